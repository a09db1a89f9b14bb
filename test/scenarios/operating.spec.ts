import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startFleet, type Fleet } from '../simulation/fleet/index.js';
import { buildTestProduct, type TestProduct } from '../simulation/test-build/build.js';
import type { Patch } from '../simulation/test-build/patch.js';
import { shortTimes } from '../simulation/test-build/short-times.js';
import { openFleetShop, type FleetShop } from '../support/fleet-shop.js';
import type { BulkPayload, ShownCharge } from '../support/shop.js';

/** Items of the batch whose workers are killed; `BATCH_ITEMS=10000` for the size that is promised. */
const BATCH_ITEMS = Number(process.env['BATCH_ITEMS'] ?? 300);
/** Of one `createBulkCharge`. */
const ITEMS_A_CALL = 1_000;
const AGAIN = { method: 'POST', path: '/portone/subscribe/payments/again' };
/** Longer than the lease of three seconds. */
const BLOCKED_MS = 4_500;

/** A worker's loop that is busy with something else, right before it decides to send. */
const BLOCKS: Patch = {
  file: 'libs/charges/src/single-charge.channel.ts',
  find: `    const { timing } = this.dependencies;
    // The lease must outlast the call`,
  replace: `    const { timing } = this.dependencies;
    if (globalThis.simulation.isDue('blocked')) {
      globalThis.simulation.hit('blocked');
      for (const until = Date.now() + ${BLOCKED_MS}; Date.now() < until; );
    }
    // The lease must outlast the call`,
};

/** A pipe that is full, and that nobody reads. */
const openFullPipe = async (path: string): Promise<{ fd: number; close: () => void }> => {
  await promisify(execFile)('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY);
  try {
    for (;;) writeSync(reader, Buffer.alloc(4_096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  const close = () => [reader, fd].forEach((each) => closeSync(each));
  return { fd, close };
};

/** What people do to a running Refrain, and what it does to its people. Times are shortened as in the simulation. */
describe('every charge is paid once', () => {
  let product: TestProduct;
  let fleet: Fleet;
  let at: FleetShop;
  let key: string;

  beforeAll(async () => {
    product = await buildTestProduct({ patches: [...shortTimes, BLOCKS] });
    fleet = await startFleet({ product, apis: 2, workers: 2 });
    at = await openFleetShop(fleet);
    key = await at.shop.key('PORTONE');
  }, 400_000);
  afterEach(async () => {
    await at.shop.calm();
    await fleet.heal();
  });
  afterAll(() => fleet?.close(), 30_000);

  const charges = (count: number): Promise<ShownCharge[]> =>
    Promise.all(Array.from({ length: count }, () => at.shop.charge(key, at.shop.order())));
  const untilPaid = async (all: readonly ShownCharge[]): Promise<void> => {
    for (const { id } of all)
      await at.until(
        () => at.shop.read(id),
        ({ status }) => status === 'SUCCEEDED',
      );
  };
  const capturesOf = async (orderIds: readonly string[]): Promise<number[]> => {
    const counts = new Map<string, number>();
    for (const { orderReference } of await at.shop.ledger())
      counts.set(orderReference, (counts.get(orderReference) ?? 0) + 1);
    return orderIds.map((orderId) => counts.get(orderId) ?? 0);
  };
  const paidOnce = async (all: readonly ShownCharge[]): Promise<void> => {
    await untilPaid(all);
    expect(await capturesOf(all.map(({ orderId }) => orderId))).toEqual(all.map(() => 1));
  };
  /** How often charges of these orders became unclear. */
  const unclear = async (orderIds: readonly string[]): Promise<number> => {
    const [row] = await fleet.postgres.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM charge_transitions t
       JOIN charges c ON c.merchant_id = t.merchant_id AND c.id = t.charge_id
       WHERE c.order_id = ANY($1) AND t.to_state = 'UNKNOWN'`,
      [orderIds],
    );
    return row!.count;
  };
  const holding = (name: 'holdNewSends' | 'releaseNewSends', reason: string) =>
    at.shop.ask<object>(name, { scope: 'MERCHANT', reason });
  const stopWorkers = () => Promise.all(fleet.workers.map((worker) => worker.drain()));
  const startWorkers = () => Promise.all(fleet.workers.map((worker) => worker.start()));

  it('though its worker’s loop is blocked past the lease (row 17)', async () => {
    await stopWorkers();
    const [blocked, other] = fleet.workers;
    await blocked!.start({ CRASH_POINTS: 'blocked:1' });
    const all = await charges(5);
    await at.untilHit('blocked');
    await other!.start();
    await paidOnce(all);
    for (const { id } of all) {
      const { attempts } = await at.shop.read(id);
      const requests = await at.shop.requestsOf(attempts[0]!.providerReference);
      expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    }
  }, 120_000);

  it('though all workers are killed at a third of a large batch (row 91)', async () => {
    await at.shop.fault({
      ...{ match: AGAIN, fate: 'slow', options: { minMs: 20, maxMs: 60 } },
    });
    const orderIds = Array.from({ length: BATCH_ITEMS }, () => at.shop.order().orderId);
    const bulks: string[] = [];
    for (let from = 0; from < BATCH_ITEMS; from += ITEMS_A_CALL) {
      const items = orderIds
        .slice(from, from + ITEMS_A_CALL)
        .map((orderId) => ({ billingKeyId: key, order: { ...at.shop.order(), orderId } }));
      const { bulkCharge } = await at.shop.ask<BulkPayload>('createBulkCharge', {
        ...{ providerAccountId: at.shop.accountOf('PORTONE'), externalId: `batch-${from}` },
        ...{ items, submit: true },
      });
      bulks.push(bulkCharge!.id);
    }
    await at.until(
      () => capturesOf(orderIds),
      (counts) => counts.filter((count) => count > 0).length >= BATCH_ITEMS / 3,
    );
    await Promise.all(fleet.workers.map((worker) => worker.kill()));
    const before = (await capturesOf(orderIds)).filter((count) => count > 0).length;
    expect(before).toBeLessThan(BATCH_ITEMS);
    await startWorkers();
    for (const id of bulks)
      await at.until(
        () => at.shop.readBulk(id),
        ({ status }) => status === 'COMPLETED',
      );
    expect(await capturesOf(orderIds)).toEqual(orderIds.map(() => 1));
  }, 300_000);

  it('though every process is restarted in turn, and nobody who calls again at a 503 notices (row 93)', async () => {
    const made: ShownCharge[] = [];
    const refusals: string[] = [];
    let isOver = false;
    const call = async (): Promise<void> => {
      const order = at.shop.order();
      for (;;) {
        const trouble = await at.shop.charge(key, order).then(
          (charge) => void made.push(charge),
          (error: { message: string }) => error.message,
        );
        if (trouble === undefined) return;
        // Shed, or cut off before it was heard: the same call again.
        if (!/^503 |fetch failed|other side closed/.test(trouble)) refusals.push(trouble);
        await pause(100);
      }
    };
    const callers = Array.from({ length: 3 }, async () => {
      while (!isOver) await call();
    });
    for (const member of [...fleet.apis, ...fleet.workers]) {
      await pause(500);
      await member.drain();
      await member.start();
    }
    isOver = true;
    await Promise.all(callers);
    expect(refusals).toEqual([]);
    expect(made.length).toBeGreaterThan(20);
    await paidOnce(made);
    expect(await unclear(made.map(({ orderId }) => orderId))).toBe(0);
  }, 180_000);

  it('though nobody reads the worker’s log (row 96)', async () => {
    await stopWorkers();
    const pipe = await openFullPipe(join(fleet.dir, 'unread'));
    const worker: ChildProcess = spawn(
      process.execPath,
      [`--import=file://${product.runtime}`, join(product.root, 'dist/apps/worker/src/main.js')],
      {
        env: { ...fleet.environment, LOG_LEVEL: 'trace' },
        stdio: ['ignore', pipe.fd, 'ignore', 'ipc'],
      },
    );
    const ended = once(worker, 'exit');
    try {
      await paidOnce(await charges(20));
      worker.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      worker.kill('SIGKILL');
      pipe.close();
    }
  }, 120_000);

  it('though a backup is restored that lacks what was paid since (row 98)', async () => {
    const before = await charges(2);
    await untilPaid(before);
    await stopWorkers();
    const between = await charges(3);
    const backup = join(fleet.dir, 'backup');
    await fleet.postgres.backUp(backup);
    await startWorkers();
    await untilPaid(between);
    const lost = await charges(2);
    await untilPaid(lost);
    await stopWorkers();
    await fleet.postgres.restore(backup);

    // As docs/reliability.md tells operators: nothing is sent until the captures were compared.
    await at.until(
      () => holding('holdNewSends', 'restored from a backup'),
      () => true,
    );
    await startWorkers();
    const told = await at.until(
      () =>
        fleet.postgres.query<{ order: string }>(
          `SELECT detail->>'orderId' AS "order" FROM incidents
           WHERE kind = 'FOREIGN_PAYMENT' AND charge_id IS NULL`,
        ),
      (seen) => seen.length >= between.length + lost.length,
    );
    const unknown = [...between, ...lost].map(({ orderId }) => orderId);
    expect(told.map(({ order }) => order).sort()).toEqual(unknown.sort());
    for (const { id } of between) expect((await at.shop.read(id)).status).toBe('SCHEDULED');
    await holding('releaseNewSends', 'compared');
    await paidOnce(between);
    expect(await capturesOf([...before, ...lost].map(({ orderId }) => orderId))).toEqual([
      1, 1, 1, 1,
    ]);
  }, 180_000);
});
