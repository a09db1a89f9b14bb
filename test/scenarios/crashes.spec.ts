import { setTimeout as pause } from 'node:timers/promises';
import { startFleet, type Fleet } from '../simulation/fleet/index.js';
import { buildTestProduct } from '../simulation/test-build/build.js';
import { crashPointPatches, type CrashPoint } from '../simulation/test-build/crash-points.js';
import { readHits } from '../simulation/test-build/runtime.js';
import { shortTimes } from '../simulation/test-build/short-times.js';
import type { Patch } from '../simulation/test-build/patch.js';
import { openFleetShop, type FleetShop } from '../support/fleet-shop.js';
import type { ShownCharge } from '../support/shop.js';

/** A process stands still at exactly this place of its code, until somebody lets it go on. */
const standstill = (name: string, file: string, find: string, when = 'true'): Patch => ({
  ...{ file, find },
  replace: `if (${when} && globalThis.simulation.isDue('${name}')) {
      globalThis.simulation.hit('${name}');
      process.kill(process.pid, 'SIGSTOP');
    }
    ${find}`,
});

const STANDSTILLS: readonly Patch[] = [
  standstill(
    'still-before-check',
    'libs/charges/src/single-charge.channel.ts',
    'const forestalled =\n',
  ),
  standstill(
    'still-before-send',
    'libs/platform/src/http/exchange.ts',
    'poolOf(origin).dispatch(request, this);',
    `this.call.method === 'POST' && this.call.body && !this.call.url.includes('getToken')`,
  ),
];

/**
 * How often the provider was asked to charge when a worker died there. Only at k4 it had the request and did
 * nothing: there it is asked a second time, after the proof. At k1 to k3 it never heard of the first one.
 */
const DEATHS: readonly (readonly [CrashPoint, number, string])[] = [
  ['k1', 1, '(row 1)'],
  ['k2', 1, '(row 2)'],
  ['k3', 1, '(row 3)'],
  ['k4', 2, '(row 4)'],
  ['k5', 1, '(row 5)'],
  ['k6', 1, '(row 6)'],
  ['k7', 1, '(row 7)'],
  ['k8', 1, '(row 8)'],
  ['k9', 1, '(row 9)'],
];
/**
 * A worker that looks after what an earlier one left settles, too: those that die while settling go first,
 * when nothing is left to look after.
 */
const ORDER: readonly CrashPoint[] = ['k8', 'k7', 'k9', 'k1', 'k6', 'k5', 'k4', 'k3', 'k2'];

/**
 * Real processes over a real PostgreSQL that crash and stand still. Times are shortened: a lease of 3 s, absence
 * is proof after 6 s, looks after 1 to 12 s.
 */
describe('a worker', () => {
  let fleet: Fleet;
  let at: FleetShop;
  let key: string;
  const crashed = new Map<CrashPoint, ShownCharge>();

  beforeAll(async () => {
    const patches = [...crashPointPatches, ...shortTimes, ...STANDSTILLS];
    const product = await buildTestProduct({ patches });
    fleet = await startFleet({ product, apis: 1, workers: 2 });
    at = await openFleetShop(fleet);
    key = await at.shop.key('PORTONE');
    await Promise.all(fleet.workers.map((worker) => worker.kill()));
    const [worker] = fleet.workers;
    for (const point of ORDER) {
      const charge = await at.shop.charge(key, at.shop.order());
      crashed.set(point, charge);
      // It listens to nothing that came before it.
      const started = worker!.start({ CRASH_POINTS: `${point}:1` });
      if (point === 'k9') {
        await started;
        await fleet.postgres.query(`SELECT pg_notify('refrain_work', '')`);
      }
      await at.untilHit(point);
      await worker!.gone();
    }
    await worker!.start();
  }, 400_000);
  afterAll(() => fleet?.close(), 30_000);

  const paid = (charge: ShownCharge): Promise<ShownCharge> =>
    at.until(
      () => at.shop.read(charge.id),
      ({ status }) => status === 'SUCCEEDED',
    );

  it.each(DEATHS)(
    'that dies at %s leaves a charge that is paid once, for which the provider was asked %i times %s',
    async (point, sends) => {
      const charge = await paid(crashed.get(point)!);
      expect(charge.attempts).toHaveLength(1);
      expect(await at.shop.capturesOf(charge.orderId)).toHaveLength(1);
      const { providerReference } = charge.attempts[0]!;
      expect(await at.wire.sends(providerReference)).toHaveLength(sends);
    },
    100_000,
  );

  it('that stood still past its lease sends nothing more when it goes on (row 14)', async () => {
    const { charge, sleeper } = await sleptThrough('still-before-check');
    const { providerReference } = charge.attempts[0]!;
    const before = await at.wire.sends(providerReference);
    await wake(sleeper, 'fenced');
    expect(await at.wire.sends(providerReference)).toEqual(before);
    expect(await at.shop.capturesOf(charge.orderId)).toHaveLength(1);
    expect((await at.shop.read(charge.id)).status).toBe('SUCCEEDED');
  }, 100_000);

  it('that stood still between its check and its send is stopped by the provider’s guard (row 16)', async () => {
    const { charge, sleeper } = await sleptThrough('still-before-send');
    const { providerReference } = charge.attempts[0]!;
    await wake(sleeper, 'fenced');
    // It goes on to send, long after another did: its own deadline cuts it off, or the guard does.
    expect((await at.wire.sends(providerReference)).length).toBeLessThanOrEqual(2);
    expect(await at.shop.capturesOf(charge.orderId)).toHaveLength(1);
    expect((await at.shop.read(charge.id)).status).toBe('SUCCEEDED');
  }, 100_000);

  /** A worker takes a charge and stands still there, until others brought the charge to its end. */
  const sleptThrough = async (place: string) => {
    const [sleeper, other] = fleet.workers;
    await Promise.all([sleeper!.kill(), other!.kill()]);
    const charge = await at.shop.charge(key, at.shop.order());
    await sleeper!.start({ CRASH_POINTS: `${place}:1` });
    await at.untilHit(place);
    await other!.start();
    return { charge: await paid(charge), sleeper: sleeper! };
  };
  const wake = async (sleeper: Fleet['workers'][number], hit: string): Promise<void> => {
    const before = (await hitsOf(hit)).length;
    sleeper.resume();
    await at.untilHit(hit, before);
    await pause(100);
  };
  const hitsOf = async (name: string) =>
    (await readHits(fleet.hitsFile)).filter((hit) => hit.name === name);
});
