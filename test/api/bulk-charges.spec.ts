import { newId, toPublicId } from '#kernel';
import {
  BULK,
  errorsOf,
  Shop,
  type BulkPayload,
  type ProviderName,
  type ShownBulk,
} from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';

interface Item {
  readonly billingKeyId: string;
  readonly order: object & { readonly orderId: string };
}
interface ShownItem {
  readonly line: number;
  readonly status: string;
  readonly failureCode: string | null;
  readonly charge: { readonly orderId: string; readonly failureClass: string | null };
}

describe('bulk charges', () => {
  let house: House;
  let shop: Shop;
  let last = 0;
  const good: Record<ProviderName, string[]> = { PORTONE: [], NEXI: [] };

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    await shop.turn({ nexiBulkStartMs: 20 });
    for (const provider of ['PORTONE', 'NEXI'] as const)
      good[provider] = await shop.keys(provider, 4);
  });
  afterAll(() => house.close());

  const externalId = (): string => `bulk-${(last += 1)}`;
  const item = (provider: ProviderName, billingKeyId: string, more: object = {}): Item => ({
    billingKeyId,
    order: shop.orderAt(provider, more),
  });
  const itemsOf = (provider: ProviderName, count: number): Item[] =>
    good[provider].slice(0, count).map((key) => item(provider, key));
  const create = (provider: ProviderName, items: readonly object[], more: object = {}) =>
    shop.ask<BulkPayload>('createBulkCharge', {
      ...{ providerAccountId: shop.accountOf(provider), externalId: externalId(), items },
      ...{ submit: true, ...more },
    });
  const taken = async (...of: Parameters<typeof create>): Promise<ShownBulk> => {
    const { bulkCharge, userErrors } = await create(...of);
    if (!bulkCharge) throw new Error(JSON.stringify(userErrors));
    return bulkCharge;
  };
  const readItems = async (id: string, filter: object | null = null): Promise<ShownItem[]> => {
    const { bulkCharge } = await house.graphql<{ bulkCharge: { items: { nodes: ShownItem[] } } }>(
      `query ($id: ID!, $filter: BulkItemFilter) { bulkCharge(id: $id) {
        items(first: 100, filter: $filter) {
          nodes { line status failureCode charge { orderId failureClass } } } } }`,
      { id, filter },
    );
    return bulkCharge.items.nodes.toSorted((a, b) => a.line - b.line);
  };
  const counts = (more: object = {}) => ({
    ...{ total: 0, pending: 0, succeeded: 0, failed: 0, unknown: 0, canceled: 0 },
    ...more,
  });

  it.each(['PORTONE', 'NEXI'] as const)('brings each item of %s home once', async (provider) => {
    const poor = await shop.key(provider, 'INSUFFICIENT_FUNDS');
    const lost = await shop.key(provider, 'LOST_OR_STOLEN');
    const items = [
      ...itemsOf(provider, 4),
      ...[poor, lost].map((key) => item(provider, key, { amount: 4_500 })),
    ];
    const { bulkCharge } = await create(provider, items);
    expect(bulkCharge).toMatchObject({
      ...{ status: 'SUBMITTING', progress: 0, counts: counts({ total: 6, pending: 6 }) },
    });
    const done = await shop.untilBulk(bulkCharge!.id, 'COMPLETED');
    expect(done).toMatchObject({
      ...{ progress: 1, counts: counts({ total: 6, succeeded: 4, failed: 2 }) },
    });
    const seen = await readItems(done.id);
    expect(seen.map(({ charge }) => charge.orderId)).toEqual(
      items.map(({ order }) => order.orderId),
    );
    expect(seen.map(({ line, failureCode }) => [line, failureCode])).toEqual([
      ...[1, 2, 3, 4].map((line) => [line, null]),
      ...[
        [5, 'INSUFFICIENT_FUNDS'],
        [6, 'LOST_OR_STOLEN'],
      ],
    ]);
    expect(seen.slice(4).map(({ status, charge }) => [status, charge.failureClass])).toEqual([
      ['FAILED', 'SOFT'],
      ['FAILED', 'HARD'],
    ]);
    const captures = await Promise.all(items.map(({ order }) => shop.capturesOf(order.orderId)));
    expect(captures.map(({ length }) => length)).toEqual([1, 1, 1, 1, 0, 0]);
    expect(await readItems(done.id, { statuses: ['FAILED'] })).toHaveLength(2);
    expect(await readItems(done.id, { failureCode: 'LOST_OR_STOLEN' })).toHaveLength(1);
    expect(await shop.incidents()).toEqual([]);
  });

  it('puts two items of one key into two operations', async () => {
    const [key] = good.NEXI;
    const { id } = await taken('NEXI', [item('NEXI', key!), item('NEXI', key!)]);
    const done = await shop.untilBulk(id, 'COMPLETED');
    expect(done.counts).toEqual(counts({ total: 2, succeeded: 2 }));
  });

  it('answers the same bulk to the same call, and charges it once', async () => {
    const input = { externalId: 'once' };
    const items = itemsOf('NEXI', 3);
    const all = await Promise.all([1, 2, 3, 4].map(() => create('NEXI', items, input)));
    expect(new Set(all.map(({ bulkCharge }) => bulkCharge!.id)).size).toBe(1);
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const { id } = all[0]!.bulkCharge!;
    const done = await shop.untilBulk(id, 'COMPLETED');
    expect(await create('NEXI', items, input)).toEqual({
      ...{ bulkCharge: done, replayed: true, userErrors: [] },
    });
    const { bulkCharge } = await house.graphql<{ bulkCharge: ShownBulk }>(
      `{ bulkCharge(externalId: "once") { ${BULK} } }`,
    );
    expect(bulkCharge).toEqual(done);
    for (const { order } of items) expect(await shop.capturesOf(order.orderId)).toHaveLength(1);
  });

  it('refuses other content under the same external id', async () => {
    const items = itemsOf('NEXI', 2);
    await taken('NEXI', items, { externalId: 'mismatch', submit: false });
    const others = [
      create('NEXI', items.slice(1), { externalId: 'mismatch', submit: false }),
      create('NEXI', items, { externalId: 'mismatch', submit: true }),
      create('PORTONE', items, { externalId: 'mismatch', submit: false }),
    ];
    for (const { bulkCharge, userErrors } of await Promise.all(others)) {
      expect(bulkCharge).toBeNull();
      expect(errorsOf(userErrors)).toEqual(['IDEMPOTENCY_MISMATCH externalId']);
    }
  });

  it('holds a draft until it is submitted', async () => {
    const items = itemsOf('PORTONE', 2);
    const draft = await taken('PORTONE', items, { submit: false });
    await house.worker.runUntilIdle();
    expect(await shop.readBulk(draft.id)).toMatchObject({
      ...{ status: 'DRAFT', counts: counts({ total: 2, pending: 2 }) },
    });
    expect(await shop.capturesOf(items[0]!.order.orderId)).toEqual([]);
    const { bulkCharge } = await shop.ask<BulkPayload>('submitBulkCharge', { id: draft.id });
    expect(bulkCharge).toMatchObject({ status: 'SUBMITTING' });
    const done = await shop.untilBulk(draft.id, 'COMPLETED');
    expect(done.counts).toEqual(counts({ total: 2, succeeded: 2 }));
    const { userErrors } = await shop.ask<BulkPayload>('submitBulkCharge', { id: draft.id });
    expect(errorsOf(userErrors)).toEqual(['INVALID_STATE id']);
  });

  it('stops what is unsent when it is paused, and lets it go on', async () => {
    const items = itemsOf('PORTONE', 2);
    const { id } = await taken('PORTONE', items);
    expect((await shop.ask<BulkPayload>('pauseBulkCharge', { id })).bulkCharge).toMatchObject({
      status: 'PAUSED',
    });
    await house.worker.runUntilIdle();
    expect((await shop.readBulk(id)).counts).toEqual(counts({ total: 2, pending: 2 }));
    await shop.ask('resumeBulkCharge', { id });
    expect(await shop.untilBulk(id, 'COMPLETED')).toMatchObject({ progress: 1 });
  });

  it('cancels what is unsent, and nothing of it is ever charged', async () => {
    const items = itemsOf('NEXI', 3);
    const { id } = await taken('NEXI', items);
    const { bulkCharge } = await shop.ask<BulkPayload>('cancelBulkCharge', { id });
    expect(bulkCharge).toMatchObject({
      ...{ status: 'CANCELED', counts: counts({ total: 3, canceled: 3 }) },
    });
    await house.worker.runUntilIdle();
    for (const { order } of items) expect(await shop.capturesOf(order.orderId)).toEqual([]);
    expect((await shop.ask<BulkPayload>('cancelBulkCharge', { id })).userErrors).toEqual([]);
  });

  it('does not charge what comes back unsent to a bulk that was canceled meanwhile', async () => {
    const items = itemsOf('NEXI', 2);
    const match = {
      provider: 'NEXI',
      method: 'POST',
      path: '/v1/unscheduledsubscriptions/charges',
    };
    await shop.fault({ match, fate: 'rate-limited', times: 1 });
    const { id } = await taken('NEXI', items);
    await house.worker.runUntilIdle();
    expect((await shop.readBulk(id)).counts).toEqual(counts({ total: 2, pending: 2 }));
    // As if it had been canceled while the operation was on the wire: its items were not unsent then.
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE bulk_charges SET status = 'CANCELED' WHERE merchant_id = $1 AND external_id = $2`,
        [house.merchant.id, `bulk-${last}`],
      ),
    );
    const done = await shop.until(
      () => shop.readBulk(id),
      (bulk) => bulk.counts['pending'] === 0,
    );
    expect(done.counts).toEqual(counts({ total: 2, canceled: 2 }));
    for (const { order } of items) expect(await shop.capturesOf(order.orderId)).toEqual([]);
  });

  it('fails the items a refusal names, and sends the others under a new operation', async () => {
    const items = itemsOf('NEXI', 3);
    const gone = await shop.key('NEXI');
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE billing_keys SET provider_key = 'ffffffffffffffffffffffffffffffff'
         WHERE merchant_id = $1 AND id = (SELECT max(id::text)::uuid FROM billing_keys WHERE merchant_id = $1)`,
        [house.merchant.id],
      ),
    );
    const { id } = await taken('NEXI', [...items, item('NEXI', gone)]);
    const done = await shop.untilBulk(id, 'COMPLETED');
    expect(done.counts).toEqual(counts({ total: 4, succeeded: 3, failed: 1 }));
    for (const { order } of items) expect(await shop.capturesOf(order.orderId)).toHaveLength(1);
  });

  describe('that cannot be taken', () => {
    const refused = async (...of: Parameters<typeof create>): Promise<string[]> => {
      const { bulkCharge, replayed, userErrors } = await create(...of);
      expect([bulkCharge, replayed]).toEqual([null, false]);
      for (const { message } of userErrors) expect(message).toContain('expected');
      return errorsOf(userErrors);
    };

    it('names what its provider cannot be asked for', async () => {
      const amount = 2_147_483_648;
      const item = { billingKeyId: good.NEXI[0]!, order: shop.orderAt('NEXI', { amount }) };
      expect(await refused('NEXI', [item])).toEqual(['INVALID_AMOUNT items.0.order.amount.amount']);
    });

    it('names the item and its field', async () => {
      const [key] = good.PORTONE;
      const [ok] = itemsOf('PORTONE', 1);
      const money = (amount: number, currency = 'KRW') => ({
        billingKeyId: key,
        order: { ...shop.order(), amount: { amount, currency } },
      });
      expect(
        await refused('PORTONE', [
          ok!,
          money(0),
          money(-5),
          money(10.5),
          money(1e12),
          money(100, 'EUR'),
          { ...ok!, order: shop.order({ orderId: 'no spaces' }) },
          { ...ok!, order: shop.order({ orderId: 'x'.repeat(41) }) },
          { billingKeyId: toPublicId('billingKey', newId()), order: shop.order() },
          { billingKeyId: good.NEXI[0]!, order: shop.order() },
          { billingKeyId: 'no key', order: shop.order() },
        ]),
      ).toEqual([
        'INVALID_AMOUNT items.1.order.amount.amount',
        'INVALID_AMOUNT items.2.order.amount.amount',
        'INVALID_AMOUNT items.3.order.amount.amount',
        'INVALID_AMOUNT items.4.order.amount.amount',
        'CURRENCY_NOT_SUPPORTED items.5.order.amount.currency',
        'INVALID_ORDER_ID items.6.order.orderId',
        'INVALID_ORDER_ID items.7.order.orderId',
        'NOT_FOUND items.8.billingKeyId',
        'NOT_FOUND items.9.billingKeyId',
        'NOT_FOUND items.10.billingKeyId',
      ]);
    });

    it('takes a thousand items, and names the bound at one more', async () => {
      const [key] = good.NEXI;
      const items = Array.from({ length: 1_001 }, () => item('NEXI', key!));
      expect(await refused('NEXI', items)).toEqual(['TOO_MANY_ITEMS items']);
      const { userErrors, bulkCharge } = await create('NEXI', items.slice(1), { submit: false });
      expect([userErrors, bulkCharge!.counts['total']]).toEqual([[], 1_000]);
      await shop.ask('cancelBulkCharge', { id: bulkCharge!.id });
    });

    it('names what is wrong with it as a whole', async () => {
      const items = itemsOf('NEXI', 1);
      const unknown = { providerAccountId: toPublicId('providerAccount', newId()) };
      expect(await refused('NEXI', [])).toEqual(['INVALID_ITEMS items']);
      expect(await refused('NEXI', items, unknown)).toEqual(['NOT_FOUND providerAccountId']);
      expect(await refused('NEXI', items, { externalId: ' ' })).toEqual([
        'INVALID_INPUT externalId',
      ]);
      expect(await refused('NEXI', items, { externalId: 'x'.repeat(256) })).toEqual([
        'INVALID_INPUT externalId',
      ]);
      expect(await refused('NEXI', items, { retryPolicyId: '' })).toEqual([
        'NOT_FOUND retryPolicyId',
      ]);
    });

    it('takes each order once: in the bulk, and among all charges there are', async () => {
      const [first, second] = itemsOf('NEXI', 2);
      expect(await refused('NEXI', [first!, second!, first!])).toEqual([
        'DUPLICATE_ORDER_ID items.2.order.orderId',
      ]);
      const charged = shop.orderAt('NEXI');
      await shop.charge(good.NEXI[0]!, charged);
      expect(await refused('NEXI', [{ billingKeyId: good.NEXI[1]!, order: charged }])).toEqual([
        'ORDER_ALREADY_EXISTS items.0.order.orderId',
      ]);
      await taken('NEXI', [first!]);
      const { userErrors } = await shop.createCharge(first!);
      expect(errorsOf(userErrors)).toEqual(['ORDER_ALREADY_EXISTS order.orderId']);
      await house.worker.runUntilIdle();
    });

    it('leaves a schedule its order ids', async () => {
      const { createSchedule } = await house.graphql<{
        createSchedule: { userErrors: unknown[] };
      }>(
        `mutation ($input: CreateScheduleInput!) {
          createSchedule(input: $input) { schedule { id } userErrors { code message } } }`,
        {
          input: {
            ...{ billingKeyId: good.NEXI[0]!, order: shop.orderAt('NEXI', { orderId: 'tea' }) },
            ...{ startAt: new Date(Date.now() + 86_400_000).toISOString() },
            recurrence: { every: 1, unit: 'MONTH', timeZone: 'Europe/Oslo' },
          },
        },
      );
      expect(createSchedule.userErrors).toEqual([]);
      const order = shop.orderAt('NEXI', { orderId: 'tea-7' });
      const taker = { billingKeyId: good.NEXI[0]!, order };
      expect(await refused('NEXI', [taker])).toEqual([
        'ORDER_ALREADY_EXISTS items.0.order.orderId',
      ]);
      expect(errorsOf((await shop.createCharge(taker)).userErrors)).toEqual([
        'ORDER_ALREADY_EXISTS order.orderId',
      ]);
    });

    it('hears which order was taken by a call that came at the same time', async () => {
      const shared = itemsOf('PORTONE', 2);
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => create('PORTONE', shared, { submit: false })),
      );
      const winners = answers.filter(({ bulkCharge }) => bulkCharge !== null);
      expect(winners).toHaveLength(1);
      for (const { bulkCharge, userErrors } of answers)
        if (!bulkCharge)
          expect(errorsOf(userErrors)).toEqual([
            'ORDER_ALREADY_EXISTS items.0.order.orderId',
            'ORDER_ALREADY_EXISTS items.1.order.orderId',
          ]);
    });

    it("does not show another merchant's bulk", async () => {
      const { id } = await taken('NEXI', itemsOf('NEXI', 1), { submit: false });
      const key = await shop.anotherApiKey();
      const { userErrors } = await shop.ask<BulkPayload>('submitBulkCharge', { id }, key);
      expect(errorsOf(userErrors)).toEqual(['NOT_FOUND id']);
      const read = await house.graphql(
        `query ($id: ID!) { bulkCharge(id: $id) { id } node(id: $id) { id } }`,
        { id },
        key,
      );
      expect(read).toEqual({ bulkCharge: null, node: null });
    });
  });

  it('agrees with the ledger to the unit after all of this', async () => {
    const differences = await shop.until(
      () => shop.differences(),
      ({ length }) => length === 0,
    );
    expect(differences).toEqual([]);
  });
});
