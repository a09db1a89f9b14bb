import { setTimeout as pause } from 'node:timers/promises';
import { openFleetShop, type FleetShop } from '../../support/fleet-shop.js';
import { startFleet, type Fleet } from '../fleet/fleet.js';
import type { Member } from '../fleet/member.js';
import { POSTGRES_CRASHES, type PostgresCrash } from '../fleet/postgres.js';
import { buildTestProduct } from '../test-build/build.js';

/** Milliseconds, as this machine took them; nothing is shortened. */
export interface RecoveryTimes {
  /** From the `kill -9` of a worker with five calls open to the last of the five charges decided by another worker. */
  readonly takeoverMs: number;
  /** From the start of a process to its being ready, each of several. */
  readonly apiStartsMs: readonly number[];
  readonly workerStartsMs: readonly number[];
  /** From a PostgreSQL that answers again to a charge that was asked for, sent and settled. */
  readonly afterCrashMs: Readonly<Record<PostgresCrash, number>>;
}

const STARTS = 5;
const OPEN_CALLS = 5;
const LOOK_MS = 50;
/** Above what anything here may take; beyond it something hangs. */
const PATIENCE_MS = 180_000;
const AGAIN = { method: 'POST', path: '/portone/subscribe/payments/again' };

type Scene = FleetShop & { readonly fleet: Fleet; readonly key: string };

const timed = async (act: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await act();
  return Math.round(performance.now() - began);
};

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > giveUpAt) throw new Error('what was waited for did not come');
    await pause(LOOK_MS);
  }
};

const isCharged = async ({ shop }: Scene, id: string): Promise<boolean> =>
  (await shop.read(id)).status === 'SUCCEEDED';

const measureStarts = async (member: Member): Promise<number[]> => {
  const times: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    await member.kill();
    times.push(await timed(() => member.start()));
  }
  return times;
};

/** The second worker stands still until the first has its calls open. */
const measureTakeover = async (scene: Scene): Promise<number> => {
  const { fleet, shop, key } = scene;
  const [first, second] = fleet.workers;
  if (!first || !second) throw new Error('expected two workers');
  second.pause();
  const sends = async (): Promise<number> => {
    const found = await fleet.control('requests?method=POST');
    return ((await found.json()) as { path: string }[]).filter(({ path }) => path === AGAIN.path)
      .length;
  };
  const before = await sends();
  await shop.fault({ match: AGAIN, fate: 'hang-after' });
  const charges = await Promise.all(
    Array.from({ length: OPEN_CALLS }, () => shop.charge(key, shop.order())),
  );
  await until(async () => (await sends()) === before + OPEN_CALLS);
  await first.kill();
  second.resume();
  const ms = await timed(() =>
    until(async () => {
      const all = await Promise.all(charges.map(({ id }) => isCharged(scene, id)));
      return all.every(Boolean);
    }),
  );
  await shop.calm();
  await first.start();
  return ms;
};

const measureCrash = async (scene: Scene, how: PostgresCrash): Promise<number> => {
  const { fleet, shop, key } = scene;
  await fleet.postgres.crash(how);
  return timed(async () => {
    let id: string | undefined;
    await until(async () => {
      id ??= (await shop.charge(key, shop.order())).id;
      return isCharged(scene, id);
    });
  });
};

/** How soon the product is itself again after each kind of death, at the constants people run it with. */
export const measureRecovery = async (say: (sentence: string) => void): Promise<RecoveryTimes> => {
  const product = await buildTestProduct();
  const fleet = await startFleet({ product, apis: 1, workers: 2, times: {} });
  try {
    const opened = await openFleetShop(fleet);
    const scene: Scene = { ...opened, fleet, key: await opened.shop.key('PORTONE') };
    const [api] = fleet.apis;
    const [worker] = fleet.workers;
    if (!api || !worker) throw new Error('expected an API and a worker');
    say('processes are killed and started …');
    const apiStartsMs = await measureStarts(api);
    const workerStartsMs = await measureStarts(worker);
    say('PostgreSQL crashes …');
    const afterCrash: [PostgresCrash, number][] = [];
    for (const how of POSTGRES_CRASHES) afterCrash.push([how, await measureCrash(scene, how)]);
    const afterCrashMs = Object.fromEntries(afterCrash) as Record<PostgresCrash, number>;
    say('a worker dies with its calls open; another takes over when the lease is over …');
    const takeoverMs = await measureTakeover(scene);
    const differences = await scene.shop.differences();
    if (differences.length > 0) throw new Error(`the books differ: ${differences.join('; ')}`);
    return { takeoverMs, apiStartsMs, workerStartsMs, afterCrashMs };
  } finally {
    await fleet.close();
  }
};
