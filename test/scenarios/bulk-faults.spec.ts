import { Shop, type BulkPayload, type ShownBulk, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { startRival } from '../support/rival.js';
import { Wire, type SeenRequest } from '../support/wire.js';

const BULK = { provider: 'NEXI', method: 'POST', path: '/v1/unscheduledsubscriptions/charges' };
const PAGES = { provider: 'NEXI', method: 'GET', path: '/v1/unscheduledsubscriptions/charges/*' };
const PAYMENTS = { provider: 'NEXI', method: 'GET', path: '/v1/payments/*' };
const LOST_WEBHOOKS = { match: { provider: 'NEXI' }, fate: 'webhook-dropped' };
const IS_PAYMENT = /\/v1\/payments\//;
const HOUR_SECONDS = 3_600;
const UNDER_WAY = ['SCHEDULED', 'SUBMITTING', 'PROCESSING'];

/** Many charges in one call to Nexi, and what becomes of each when something becomes of the call. Times are the default ones. */
describe('a bulk operation', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  let lastBulk = 0;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
    await shop.turn({ nexiBulkStartMs: 20 });
  });
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  interface Submitted {
    readonly id: string;
    readonly orderIds: readonly string[];
  }
  /** One item for each outcome, each on a card of its own, under faults but for the webhooks. */
  const submit = async (outcomes: readonly string[], faults: object[]): Promise<Submitted> => {
    const keys: string[] = [];
    for (const outcome of outcomes) keys.push(await shop.key('NEXI', outcome));
    await shop.fault([...faults, LOST_WEBHOOKS]);
    const items = keys.map((billingKeyId) => ({ billingKeyId, order: shop.orderAt('NEXI') }));
    const { bulkCharge } = await shop.ask<BulkPayload>('createBulkCharge', {
      ...{ providerAccountId: shop.accountOf('NEXI'), externalId: `bulk-${(lastBulk += 1)}` },
      ...{ items, submit: true },
    });
    return { id: bulkCharge!.id, orderIds: items.map(({ order }) => order.orderId) };
  };
  const chargesOf = ({ orderIds }: Submitted): Promise<ShownCharge[]> =>
    Promise.all(orderIds.map((orderId) => shop.readOrder(orderId)));
  const statusesOf = async (submitted: Submitted): Promise<string[]> =>
    (await chargesOf(submitted)).map(({ status }) => status);
  const capturesOf = async ({ orderIds }: Submitted): Promise<number[]> => {
    const captures = await Promise.all(orderIds.map((orderId) => shop.capturesOf(orderId)));
    return captures.map(({ length }) => length);
  };
  const untilDone = ({ id }: Submitted): Promise<ShownBulk> => shop.untilBulk(id, 'COMPLETED');
  const bulkSends = async (): Promise<SeenRequest[]> =>
    (await wire.sends()).filter(({ path }) => path.endsWith('unscheduledsubscriptions/charges'));

  it('whose answer is lost is replayed under its id, and is one operation (row 55)', async () => {
    const before = (await bulkSends()).length;
    const submitted = await submit(
      ['APPROVED', 'APPROVED', 'APPROVED'],
      [{ match: BULK, fate: 'bulk-response-lost', times: 2 }],
    );
    await house.worker.runUntilIdle();
    await live(house, 3, 11);
    await untilDone(submitted);
    expect(await capturesOf(submitted)).toEqual([1, 1, 1]);
    const sends = (await bulkSends()).slice(before);
    expect(sends.map(({ fate }) => fate ?? 'answered')).toEqual([
      ...['bulk-response-lost', 'bulk-response-lost', 'answered'],
    ]);
    expect(new Set(sends.map(({ reference }) => reference)).size).toBe(1);
  });

  it('whose sender died is replayed under its id by whoever takes over (rows 5 and 55)', async () => {
    const before = (await bulkSends()).length;
    const sender = await startRival(house);
    const submitted = await submit(
      ['APPROVED', 'INSUFFICIENT_FUNDS'],
      [{ match: BULK, fate: 'hang-after', times: 1 }],
    );
    const sent = (await wire.sends()).length;
    sender.runUntilIdle().catch(() => undefined); // it is killed on the way
    await wire.sendAfter(sent);
    await sender.kill();
    await live(house, 91);
    await untilDone(submitted);
    expect(await statusesOf(submitted)).toEqual(['SUCCEEDED', 'FAILED']);
    expect(await capturesOf(submitted)).toEqual([1, 0]);
    const sends = (await bulkSends()).slice(before);
    expect(new Set(sends.map(({ reference }) => reference)).size).toBe(1);
    expect(sends).toHaveLength(2);
  });

  it('that stays in progress for a day is followed, and never sent again (row 56)', async () => {
    const before = (await bulkSends()).length;
    const submitted = await submit(
      ['APPROVED', 'APPROVED'],
      [{ match: BULK, fate: 'bulk-stuck', options: { seconds: 86_400 }, times: 1 }],
    );
    await house.worker.runUntilIdle();
    await live(house, ...Array.from({ length: 24 }, () => HOUR_SECONDS));
    expect(await statusesOf(submitted)).toEqual(['PROCESSING', 'PROCESSING']);
    expect(await bulkSends()).toHaveLength(before + 1);
    const { counts } = await shop.readBulk(submitted.id);
    expect(counts).toMatchObject({ pending: 2, failed: 0 });
  });

  it('that ends without one of its items leaves that one to a person (row 57)', async () => {
    const submitted = await submit(
      ['APPROVED', 'APPROVED', 'APPROVED'],
      [{ match: BULK, fate: 'bulk-item-missing', times: 1 }],
    );
    const { counts } = await shop.until(
      () => shop.readBulk(submitted.id),
      (bulk) => bulk.counts['pending'] === 0,
    );
    expect(counts).toMatchObject({ succeeded: 2, unknown: 1, failed: 0 });
    const statuses = await statusesOf(submitted);
    expect(statuses.toSorted()).toEqual(['NEEDS_REVIEW', 'SUCCEEDED', 'SUCCEEDED']);
  });

  it('one page of which cannot be read decides nothing until it can (row 57)', async () => {
    await shop.turn({ nexiPageSize: 2 });
    const submitted = await submit(
      ['APPROVED', 'APPROVED', 'INSUFFICIENT_FUNDS'],
      [{ match: PAGES, fate: 'error-before', options: { status: 500 }, times: 3 }],
    );
    await house.worker.runUntilIdle();
    expect(await statusesOf(submitted)).toEqual(['PROCESSING', 'PROCESSING', 'PROCESSING']);
    await live(house, 30, 30, 30, 30);
    await untilDone(submitted);
    expect(await statusesOf(submitted)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED']);
    expect(await capturesOf(submitted)).toEqual([1, 1, 0]);
  });

  it('one item of which another look has taken is followed until that one is decided, too', async () => {
    const submitted = await submit(
      ['APPROVED', 'APPROVED'],
      [{ match: PAYMENTS, fate: 'slow', options: { minMs: 1_000, maxMs: 1_000 }, times: 1 }],
    );
    const reads = async () => (await wire.requests()).filter(({ path }) => IS_PAYMENT.test(path));
    const before = (await reads()).length;
    const polling = live(house, 1, 2, 4);
    await shop.until(reads, (seen) => seen.length > before);
    // As a webhook's look does, while the poll still waits for the payment that it checks.
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE charges SET lease_token = gen_random_uuid(), lease_until = now() + interval '1 minute'
         WHERE order_id = $1`,
        [submitted.orderIds[1]],
      ),
    );
    await polling;
    // Long before that look's lease is over: it may belong to a process that is dead.
    await live(house, 10);
    expect(await statusesOf(submitted)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(await capturesOf(submitted)).toEqual([1, 1]);
  });

  it('one item of which is nobody’s fails that one alone (row 58)', async () => {
    const submitted = await submit(['APPROVED', 'APPROVED', 'APPROVED'], []);
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      // Ended at the provider behind our back.
      tx.query(
        `UPDATE billing_keys SET provider_key = repeat('f', 32) WHERE merchant_id = $1 AND id =
           (SELECT billing_key_id FROM charges WHERE merchant_id = $1 AND order_id = $2)`,
        [house.merchant.id, submitted.orderIds[1]],
      ),
    );
    await untilDone(submitted);
    expect(await statusesOf(submitted)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED']);
    expect(await capturesOf(submitted)).toEqual([1, 0, 1]);
  });

  it('that is refused as a whole goes again under other ids, never under the refused one (row 58)', async () => {
    const before = (await bulkSends()).length;
    const submitted = await submit(
      ['APPROVED', 'APPROVED', 'APPROVED', 'APPROVED'],
      [{ match: BULK, fate: 'error-before', options: { status: 400 }, times: 1 }],
    );
    await house.worker.runUntilIdle();
    await live(house, 10);
    await untilDone(submitted);
    expect(await capturesOf(submitted)).toEqual([1, 1, 1, 1]);
    const references = (await bulkSends()).slice(before).map(({ reference }) => reference);
    expect(references.length).toBeGreaterThan(1);
    expect(new Set(references).size).toBe(references.length);
  });

  it('that comes back in another order is matched by key, never by position (row 59)', async () => {
    const submitted = await submit(
      ['INSUFFICIENT_FUNDS', 'APPROVED', 'APPROVED'],
      [{ match: BULK, fate: 'bulk-reordered', times: 1 }],
    );
    const statuses = await shop.until(
      () => statusesOf(submitted),
      (all) => all.every((status) => !UNDER_WAY.includes(status)),
    );
    expect(statuses).toEqual(['FAILED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(await capturesOf(submitted)).toEqual([0, 1, 1]);
  });
});
