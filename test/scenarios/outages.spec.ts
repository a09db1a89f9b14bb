import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startFleet, type Fleet, type PostgresCrash } from '../simulation/fleet/index.js';
import { buildTestProduct } from '../simulation/test-build/build.js';
import { crashPointPatches } from '../simulation/test-build/crash-points.js';
import type { Patch } from '../simulation/test-build/patch.js';
import { shortTimes } from '../simulation/test-build/short-times.js';
import { openFleetShop, type FleetShop } from '../support/fleet-shop.js';
import { createGraphqlCaller } from '../support/graphql.js';
import { CHARGE, type ChargePayload, type ShownCharge } from '../support/shop.js';

/** An API dies when the charge is committed and the answer is not out yet. */
const DIES_COMMITTED: Patch = {
  file: 'apps/api/src/charges/charges.resolver.ts',
  find: `requestHash: inputHash(input),
    });
    return created.kind`,
  replace: `requestHash: inputHash(input),
    });
    globalThis.simulation.crashAt('committed');
    return created.kind`,
};
/** Outside it is 10,000: as many as a run of a few seconds takes. */
const BATCH = 400;

/**
 * Everything around a charge goes away and comes back. Times are shortened: a lease of 3 s, absence is proof
 * after 6 s; PostgreSQL is away for 4 s instead of minutes.
 */
describe('every charge is paid once', () => {
  let fleet: Fleet;
  let at: FleetShop;
  let key: string;

  beforeAll(async () => {
    const product = await buildTestProduct({
      patches: [...crashPointPatches, ...shortTimes, DIES_COMMITTED],
    });
    fleet = await startFleet({ product, apis: 2, workers: 1 });
    at = await openFleetShop(fleet);
    key = await at.shop.key('PORTONE');
  }, 400_000);
  afterEach(() => fleet.heal());
  afterAll(() => fleet?.close(), 30_000);

  const ask = (order: object, url = fleet.proxies.front.url): Promise<ChargePayload> =>
    createGraphqlCaller(url, at.apiKey)<{ createCharge: ChargePayload }>(
      `mutation ($input: CreateChargeInput!) { createCharge(input: $input) {
        charge { ${CHARGE} } replayed userErrors { __typename code field message } } }`,
      { input: { billingKeyId: key, order } },
    ).then(({ createCharge }) => createCharge);
  /** As a merchant's system does it: the same call again until it is answered. */
  const insist = (order: object): Promise<ChargePayload> =>
    at.until(
      () => ask(order),
      ({ charge }) => charge !== null,
    );
  const insistAll = (count: number): Promise<ShownCharge[]> =>
    Promise.all(Array.from({ length: count }, async () => (await insist(at.shop.order())).charge!));
  const paidOnce = async (charges: readonly ShownCharge[]): Promise<void> => {
    for (const { id } of charges)
      await at.until(
        () => at.shop.read(id),
        ({ status }) => status === 'SUCCEEDED',
      );
    const ledger = await at.shop.ledger();
    for (const { orderId } of charges)
      expect(ledger.filter(({ orderReference }) => orderReference === orderId)).toHaveLength(1);
  };
  const countOf = async (orderId: string): Promise<number> => {
    const [row] = await fleet.postgres.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM charges WHERE order_id = $1',
      [orderId],
    );
    return row!.count;
  };

  it('though the API is killed before it committed, and the call is made again (row 10)', async () => {
    const [first, second] = fleet.apis;
    const order = at.shop.order();
    const holder = new Client({ connectionString: fleet.postgres.urlAt() });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE charges IN SHARE MODE');
    const lost = ask(order, first!.url).catch(() => 'lost');
    await at.until(
      () =>
        fleet.postgres.query(
          `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'charges'::regclass`,
        ),
      (waiting) => waiting.length > 0,
    );
    await first!.kill();
    expect(await lost).toBe('lost');
    await holder.query('COMMIT');
    await holder.end();
    await pause(200);
    expect(await countOf(order.orderId)).toBe(0);
    const { charge, replayed } = await ask(order, second!.url);
    expect(replayed).toBe(false);
    await paidOnce([charge!]);
  }, 100_000);

  it('though the API is killed between its commit and its answer (row 11)', async () => {
    const [first, second] = fleet.apis;
    await first!.kill();
    await first!.start({ CRASH_POINTS: 'committed:1' });
    const order = at.shop.order();
    expect(await ask(order, first!.url).catch(() => 'lost')).toBe('lost');
    expect(await countOf(order.orderId)).toBe(1);
    const { charge, replayed } = await ask(order, second!.url);
    expect(replayed).toBe(true);
    await paidOnce([charge!]);
  }, 100_000);

  it('though the answer to the commit is lost (row 26)', async () => {
    const order = at.shop.order();
    const struck = fleet.proxies.database.struck['CUT_AFTER_COMMIT'] ?? 0;
    for (const worker of fleet.workers) await worker.kill(); // the next commit is the API's
    fleet.proxies.database.trouble({ kind: 'CUT_AFTER_COMMIT' });
    const first = await ask(order).catch(() => 'lost');
    expect(fleet.proxies.database.struck['CUT_AFTER_COMMIT']).toBe(struck + 1);
    expect(first).toBe('lost');
    const { charge } = await insist(order);
    expect(await countOf(order.orderId)).toBe(1);
    await fleet.heal();
    await paidOnce([charge!]);
  }, 100_000);

  it.each<[PostgresCrash, number, string]>([
    ['IMMEDIATE_STOP', 0, '(row 18)'],
    ['POSTMASTER_KILL', 0, '(row 19)'],
    ['BACKEND_KILL', 0, '(row 20)'],
    ['IMMEDIATE_STOP', 4_000, '(row 21)'],
  ])(
    'though PostgreSQL goes away by %s for %i ms and comes back %s',
    async (how, downMs) => {
      const before = await insistAll(6);
      const [during] = await Promise.all([insistAll(6), fleet.postgres.crash(how, downMs)]);
      // Nobody starts anything again but PostgreSQL.
      await paidOnce([...before, ...during, ...(await insistAll(2))]);
    },
    100_000,
  );

  it('though all processes are killed at once (rows 12 and 97)', async () => {
    await fleet.control('faults', {
      ...{ match: { provider: 'PORTONE' }, fate: 'slow', times: 6 },
      options: { minMs: 200, maxMs: 600 },
    });
    const charges = await insistAll(8);
    await Promise.all([...fleet.apis, ...fleet.workers].map((member) => member.kill()));
    await fleet.postgres.crash('POSTMASTER_KILL');
    await fleet.heal();
    await paidOnce(charges);
  }, 100_000);

  it('though all processes are restarted one after the other while calls come in (row 93)', async () => {
    const charges: ShownCharge[] = [];
    let isOver = false;
    const calling = (async () => {
      while (!isOver) charges.push((await insist(at.shop.order())).charge!);
    })();
    for (const member of [...fleet.apis, ...fleet.workers]) {
      await member.drain();
      await member.start();
    }
    isOver = true;
    await calling;
    expect(charges.length).toBeGreaterThan(5);
    await paidOnce(charges);
    for (const { id } of charges)
      expect((await at.shop.read(id)).timeline.map(({ to }) => to)).not.toContain('UNKNOWN');
  }, 100_000);

  it('though a worker is killed at a third of a large batch (row 91)', async () => {
    const keys = await at.shop.keys('PORTONE', 20);
    const items = Array.from({ length: BATCH }, (_, n) => ({
      billingKeyId: keys[n % keys.length],
      order: at.shop.order({ orderId: `batch-${n}` }),
    }));
    const { userErrors } = await at.shop.ask<{ userErrors: unknown[] }>('createBulkCharge', {
      ...{
        providerAccountId: at.shop.accountOf('PORTONE'),
        externalId: 'batch',
        items,
        submit: true,
      },
    });
    expect(userErrors).toEqual([]);
    const captured = async () =>
      (await at.shop.ledger()).filter(({ orderReference }) => orderReference.startsWith('batch-'));
    await at.until(captured, (lines) => lines.length >= BATCH / 3);
    await fleet.workers[0]!.kill();
    await fleet.workers[0]!.start();
    const lines = await at.until(captured, (seen) => seen.length >= BATCH);
    expect(lines).toHaveLength(BATCH);
    expect(new Set(lines.map(({ orderReference }) => orderReference)).size).toBe(BATCH);
  }, 150_000);
});
