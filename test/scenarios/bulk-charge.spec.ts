import {
  errorsOf,
  Shop,
  type BulkPayload,
  type LedgerLine,
  type ProviderName,
} from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';

/**
 * Shortened, so that a quiet period passes within a test: by default it is ten minutes, with looks
 * from ten seconds to half an hour.
 */
const SHORTENED = {
  LOOKS_SECONDS: '1,2,3,4,5,600',
  QUIET_PERIOD_SECONDS: '3',
  SEND_DEADLINE_SECONDS: '2',
  LEASE_SECONDS: '5',
  // What waits for its share of retries goes out after this; by default five minutes.
  RETRY_WAIT_SECONDS: '1',
};
const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };
const SINGLE = { provider: 'NEXI', method: 'POST', path: '/v1/unscheduledsubscriptions/*/charges' };
const BULK = { provider: 'NEXI', method: 'POST', path: '/v1/unscheduledsubscriptions/charges' };

interface Registration {
  readonly id: string;
  readonly status: string;
  readonly paymentUrl: string;
  readonly billingKey: { readonly id: string } | null;
}

describe('a merchant charges its subscribers', () => {
  let house: House;
  let shop: Shop;

  beforeAll(async () => {
    house = await startHouse({ worker: true, env: SHORTENED });
    shop = await Shop.open(house);
    await shop.turn({ nexiBulkStartMs: 50 });
  });
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  /** A person opens the page we were given, and types a card. */
  const registerCard = async (customerRef: string, outcome: string): Promise<string> => {
    const { startCardRegistration: started } = await house.graphql<{
      startCardRegistration: { registration: Registration };
    }>(
      `mutation ($input: StartCardRegistrationInput!) { startCardRegistration(input: $input) {
        registration { id status paymentUrl billingKey { id } } userErrors { code message } } }`,
      {
        input: {
          ...{ providerAccountId: shop.accountOf('NEXI'), customerRef, currency: 'EUR' },
          returnUrl: 'https://shop.example/cards/done',
        },
      },
    );
    const { id, paymentUrl } = started.registration;
    const paymentId = new URL(paymentUrl).searchParams.get('pid')!;
    const cardNumber = shop.cardOf('NEXI', outcome);
    await house.control(`checkouts/${paymentId}/complete`, { cardNumber });
    const done = await shop.until(
      async () =>
        (
          await house.graphql<{ cardRegistration: Registration }>(
            `query ($id: ID!) { cardRegistration(id: $id) {
              id status paymentUrl billingKey { id } } }`,
            { id },
          )
        ).cardRegistration,
      ({ status }) => status !== 'PENDING',
    );
    return done.billingKey!.id;
  };
  const submit = async (provider: ProviderName, externalId: string, items: readonly object[]) => {
    const { bulkCharge, userErrors } = await shop.ask<BulkPayload>('createBulkCharge', {
      ...{ providerAccountId: shop.accountOf(provider), externalId, items, submit: true },
    });
    expect(errorsOf(userErrors)).toEqual([]);
    return bulkCharge!.id;
  };
  const setReplay = (replay: 'ENFORCED' | 'UNPROVEN') =>
    house.graphql(
      `mutation ($input: UpdateProviderAccountInput!) { updateProviderAccount(input: $input) {
        providerAccount { id } userErrors { code } } }`,
      { input: { id: shop.accountOf('NEXI'), replay } },
    );
  const capturesByOrder = async (orderIds: readonly string[]): Promise<number[]> => {
    const lines = await shop.ledger();
    const isCapture = ({ kind }: LedgerLine) => kind === 'CAPTURE';
    return orderIds.map(
      (orderId) =>
        lines.filter((line) => isCapture(line) && line.orderReference === orderId).length,
    );
  };
  const posts = async (path: RegExp) =>
    (
      (await (await house.control('requests?method=POST')).json()) as {
        path: string;
        reference: string;
        fate?: string;
      }[]
    ).filter((request) => path.test(request.path));

  it('registers cards for nothing, charges them in bulk, and learns of two failures of two kinds', async () => {
    const outcomes = ['APPROVED', 'INSUFFICIENT_FUNDS', 'LOST_OR_STOLEN', 'APPROVED'];
    const keys: string[] = [];
    for (const [index, outcome] of outcomes.entries())
      keys.push(await registerCard(`subscriber-${index}`, outcome));
    expect(await shop.ledger()).toEqual([]);

    // More than a page of the provider's own size, so that they are read one after the other.
    const others = await shop.keys('NEXI', 30);
    const items = [...keys, ...others].map((billingKeyId, index) => ({
      billingKeyId,
      order: shop.orderAt('NEXI', { orderId: `march-${index}`, amount: 1_990 }),
    }));
    const id = await submit('NEXI', 'march', items);
    const done = await shop.untilBulk(id, 'COMPLETED');
    expect(done).toMatchObject({
      progress: 1,
      counts: { total: 34, pending: 0, succeeded: 32, failed: 2, unknown: 0, canceled: 0 },
    });
    // Pages carry no amount: at least one of the operation's payments was read before it was believed.
    const charges = await Promise.all(items.map(({ order }) => shop.readOrder(order.orderId)));
    const ids = charges.map(({ attempts }) => attempts[0]?.providerPaymentId ?? 'none');
    const reads = (await (await house.control('requests?method=GET')).json()) as { path: string }[];
    expect(reads.filter(({ path }) => ids.some((id) => path.endsWith(id)))).not.toEqual([]);
    const poor = await shop.readOrder('march-1');
    expect(poor).toMatchObject({
      ...{ status: 'FAILED', failureCode: 'INSUFFICIENT_FUNDS', failureClass: 'SOFT' },
      bulkCharge: { id },
      explanation: expect.stringContaining('INSUFFICIENT_FUNDS'),
    });
    expect(poor.timeline.map(({ to, cause }) => `${to}: ${cause}`)).toEqual([
      'SCHEDULED: api: createBulkCharge',
      'SUBMITTING: dispatcher: due, in bulk',
      'PROCESSING: dispatcher: bulk operation',
      'FAILED: poller',
    ]);
    expect(await shop.readOrder('march-2')).toMatchObject({
      ...{ status: 'FAILED', failureCode: 'LOST_OR_STOLEN', failureClass: 'HARD' },
    });
    const orderIds = items.map(({ order }) => order.orderId);
    const expected = orderIds.map((_, index) => (index === 1 || index === 2 ? 0 : 1));
    expect(await capturesByOrder(orderIds)).toEqual(expected);
    expect(await posts(/unscheduledsubscriptions\/charges$/)).toHaveLength(1);
    expect(await shop.incidents()).toEqual([]);
    expect(await shop.differences()).toEqual([]);
  });

  it.each([
    ['PORTONE', AGAIN, 'response-lost'],
    ['PORTONE', AGAIN, '504-after'],
    ['PORTONE', AGAIN, 'truncated-json'],
    ['NEXI', SINGLE, 'response-lost'],
    ['NEXI', SINGLE, 'reset-mid-body'],
  ] as const)(
    'asks %s what became of a charge whose answer was lost, and finds it paid once',
    async (provider, match, fate) => {
      const key = await shop.key(provider);
      await shop.fault([
        { match, fate, times: 1 },
        { match: { provider }, fate: 'webhook-dropped' },
        // Nobody can learn what became of it before it was asked to be canceled.
        { match: { provider }, fate: 'lookup-down' },
      ]);
      const order = shop.orderAt(provider);
      const { id } = await shop.charge(key, order);
      const unclear = await shop.untilCharge(id, 'UNKNOWN');
      expect(unclear).toMatchObject({
        attempts: [{ number: 1, outcome: 'UNKNOWN' }],
        explanation: expect.stringContaining('nothing is sent before it is'),
      });
      const { userErrors } = await shop.ask<BulkPayload>('cancelCharge', { id });
      expect(errorsOf(userErrors)).toEqual(['IN_FLIGHT id']);
      await shop.calm();
      const paid = await shop.untilCharge(id, 'SUCCEEDED');
      expect(paid.attempts).toMatchObject([{ number: 1, outcome: 'SUCCEEDED' }]);
      expect(paid.timeline.at(-1)).toMatchObject({ from: 'UNKNOWN', cause: 'resolver' });
      expect(await capturesByOrder([order.orderId])).toEqual([1]);
      const requests = await shop.requestsOf(paid.attempts[0]!.providerReference);
      expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    },
  );

  it('learns by webhook, before its first look, what became of a charge whose answer was lost', async () => {
    const key = await shop.key('PORTONE');
    await shop.fault({ match: AGAIN, fate: 'response-lost', times: 1 });
    const order = shop.order();
    const { id } = await shop.charge(key, order);
    const paid = await shop.untilCharge(id, 'SUCCEEDED');
    expect(paid.timeline.at(-1)).toMatchObject({ from: 'UNKNOWN', cause: 'webhook' });
    expect(await capturesByOrder([order.orderId])).toEqual([1]);
  });

  it('waits for a payment that look-ups do not show yet, and sends nothing meanwhile', async () => {
    const key = await shop.key('PORTONE');
    await shop.fault({ match: AGAIN, fate: 'response-lost', times: 1 });
    await shop.fault({ match: { provider: 'PORTONE' }, fate: 'webhook-dropped' });
    // Hidden for less than the quiet period, as the quiet period is chosen for.
    await shop.fault({
      match: { provider: 'PORTONE' },
      fate: 'lookup-lag',
      options: { seconds: 2 },
    });
    const order = shop.order();
    const { id } = await shop.charge(key, order);
    const paid = await shop.untilCharge(id, 'SUCCEEDED');
    expect(paid.attempts).toHaveLength(1);
    const sends = (await posts(/payments\/again$/)).filter(
      ({ reference }) => reference === paid.attempts[0]!.providerReference,
    );
    expect(sends).toHaveLength(1);
    expect(await capturesByOrder([order.orderId])).toEqual([1]);
  });

  it('sends again, under the same reference, what was proved never to have arrived', async () => {
    const key = await shop.key('PORTONE');
    await shop.fault({ match: AGAIN, fate: 'hang-before', times: 1 });
    const order = shop.order();
    const { id } = await shop.charge(key, order);
    await shop.untilCharge(id, 'UNKNOWN');
    const paid = await shop.untilCharge(id, 'SUCCEEDED');
    expect(paid.attempts).toMatchObject([{ number: 1, outcome: 'SUCCEEDED' }]);
    const [attempt] = paid.attempts;
    const sends = (await posts(/payments\/again$/)).filter(
      ({ reference }) => reference === attempt!.providerReference,
    );
    expect(sends.map(({ fate }) => fate ?? 'answered')).toEqual(['hang-before', 'answered']);
    const again = paid.timeline.filter(({ to }) => to === 'SUBMITTING');
    expect(again).toHaveLength(2);
    expect(JSON.parse(again[1]!.evidence!)).toMatchObject({ found: 'ABSENT', absents: 3 });
    const [unclearAt, sentAt] = [paid.timeline[2]!, again[1]!].map(({ at }) => Date.parse(at));
    expect(sentAt! - unclearAt!).toBeGreaterThan(0);
    expect(await capturesByOrder([order.orderId])).toEqual([1]);
  });

  it('replays a bulk operation whose answer was lost, as one operation', async () => {
    const keys = await shop.keys('NEXI', 5);
    const items = keys.map((billingKeyId) => ({ billingKeyId, order: shop.orderAt('NEXI') }));
    await shop.fault({ match: BULK, fate: 'bulk-response-lost', times: 1 });
    const before = (await posts(/unscheduledsubscriptions\/charges$/)).length;
    const id = await submit('NEXI', 'april', items);
    const done = await shop.untilBulk(id, 'COMPLETED');
    expect(done.counts).toMatchObject({ total: 5, succeeded: 5 });
    const sends = (await posts(/unscheduledsubscriptions\/charges$/)).slice(before);
    expect(sends).toHaveLength(2);
    expect(new Set(sends.map(({ reference }) => reference)).size).toBe(1);
    expect(await capturesByOrder(items.map(({ order }) => order.orderId))).toEqual([1, 1, 1, 1, 1]);
    const [operation] = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `SELECT count(*)::int AS operations, max(state) AS state, max(sends) AS sends
         FROM provider_operations WHERE merchant_id = $1
         AND bulk_charge_id = (SELECT id FROM bulk_charges WHERE merchant_id = $1 AND external_id = $2)`,
        [house.merchant.id, 'april'],
      ),
    );
    expect(operation).toEqual({ operations: 1, state: 'DONE', sends: 2 });
  });

  it('never replays where the provider is not proved to answer a replay: a person decides', async () => {
    const change = (statement: string, value: unknown) =>
      house.platform.database.withMerchant(house.merchant.id, (tx) =>
        tx.query(statement, [house.merchant.id, value]),
      );
    await setReplay('UNPROVEN');
    const [key] = await shop.keys('NEXI', 1);
    const order = shop.orderAt('NEXI');
    await shop.fault([
      { match: BULK, fate: 'bulk-response-lost', times: 1 },
      { match: { provider: 'NEXI' }, fate: 'webhook-dropped' },
    ]);
    const before = (await posts(/unscheduledsubscriptions\/charges$/)).length;
    const id = await submit('NEXI', 'unproven', [{ billingKeyId: key, order }]);
    const isUnclear = ({ status }: { status: string }) => status === 'NEEDS_REVIEW';
    const unclear = await shop.until(() => shop.readOrder(order.orderId), isUnclear);
    // As a sender leaves it that died between the intent and the answer.
    await change(
      `UPDATE provider_operations SET state = 'INTENDED', next_poll_at = $2
       WHERE merchant_id = $1 AND state = 'NEEDS_REVIEW'`,
      new Date(0),
    );
    await house.platform.database.withoutMerchant((tx) =>
      tx.query(`UPDATE account_agendas SET next_due_at = $1 WHERE lane = 'POLL'`, [tx.now]),
    );
    await house.worker.runUntilIdle();
    expect(await posts(/unscheduledsubscriptions\/charges$/)).toHaveLength(before + 1);
    expect((await shop.readBulk(id)).counts).toMatchObject({ total: 1, unknown: 1 });
    const [operation] = await change(
      `SELECT state, sends FROM provider_operations WHERE merchant_id = $1 AND sends = $2
       ORDER BY id DESC LIMIT 1`,
      2,
    );
    expect(operation).toEqual({ state: 'NEEDS_REVIEW', sends: 2 });
    const evidence = 'seen in the provider’s portal';
    await shop.ask('resolveCharge', { id: unclear.id, outcome: 'SUCCEEDED', evidence });
    expect(await shop.untilBulk(id, 'COMPLETED')).toMatchObject({ counts: { succeeded: 1 } });
    await setReplay('ENFORCED');
  });

  it('gives an operation up and asks a person in one commit, or does neither', async () => {
    const { database } = house.platform;
    await setReplay('UNPROVEN');
    const [key] = await shop.keys('NEXI', 1);
    const order = shop.orderAt('NEXI');
    await shop.fault([
      { match: BULK, fate: 'bulk-response-lost', times: 1 },
      { match: { provider: 'NEXI' }, fate: 'webhook-dropped' },
    ]);
    await submit('NEXI', 'given-up', [{ billingKeyId: key, order }]);
    await database.dataSource.query(
      `ALTER TABLE incidents ADD CONSTRAINT refused CHECK (kind <> 'UNCLEAR_OPERATION') NOT VALID`,
    );
    await expect(house.worker.runUntilIdle()).rejects.toThrow('refused');
    await database.dataSource.query('ALTER TABLE incidents DROP CONSTRAINT refused');
    expect(await shop.readOrder(order.orderId)).toMatchObject({ status: 'SUBMITTING' });
    // It is still somebody's: whoever takes it over comes to its end.
    await setReplay('ENFORCED');
    const isPaid = ({ status }: { status: string }) => status === 'SUCCEEDED';
    await shop.until(() => shop.readOrder(order.orderId), isPaid);
    expect(await capturesByOrder([order.orderId])).toEqual([1]);
  });

  it('asks a person about an item that the finished operation does not name', async () => {
    const keys = await shop.keys('NEXI', 3);
    const items = keys.map((billingKeyId) => ({ billingKeyId, order: shop.orderAt('NEXI') }));
    await shop.fault([
      { match: { provider: 'NEXI' }, fate: 'bulk-item-missing', times: 1 },
      // One that names its payment would have it asked about, and decided without anybody.
      { match: { provider: 'NEXI' }, fate: 'webhook-dropped' },
    ]);
    const id = await submit('NEXI', 'may', items);
    const { counts } = await shop.until(
      () => shop.readBulk(id),
      (bulk) => bulk.counts['pending'] === 0,
    );
    expect(counts).toMatchObject({ total: 3, succeeded: 2, unknown: 1 });
    const orders = await Promise.all(items.map(({ order }) => shop.readOrder(order.orderId)));
    const unclear = orders.find(({ status }) => status === 'NEEDS_REVIEW')!;
    expect(unclear.explanation).toContain('a person has to decide');
    const [captured] = await capturesByOrder([unclear.orderId]);
    const outcome = captured === 1 ? 'SUCCEEDED' : 'FAILED';
    const evidence = 'seen in the provider’s portal';
    await shop.ask('resolveCharge', { id: unclear.id, outcome, evidence });
    expect((await shop.untilBulk(id, 'COMPLETED')).counts).toMatchObject({ unknown: 0 });
  });

  it('sends the items of a bulk to PortOne one by one, also when answers are lost on the way', async () => {
    const keys = await shop.keys('PORTONE', 12);
    const items = keys.map((billingKeyId) => ({ billingKeyId, order: shop.order() }));
    await shop.fault([
      { match: { ...AGAIN, share: 0.3 }, fate: 'response-lost', times: 3, seed: 'lost' },
      { match: { ...AGAIN, share: 0.3 }, fate: '502-before', times: 3, seed: 'never' },
      { match: { ...AGAIN, share: 0.3 }, fate: 'rate-limited', times: 3, seed: 'often' },
    ]);
    const id = await submit('PORTONE', 'june', items);
    // Too many requests: such an item counts as failed, and moves when it is charged after all.
    await shop.until(
      () => shop.readBulk(id),
      ({ counts }) => counts['succeeded'] === 12,
    );
    expect(await shop.untilBulk(id, 'COMPLETED')).toMatchObject({
      counts: { total: 12, pending: 0, failed: 0, unknown: 0, canceled: 0 },
    });
    const orderIds = items.map(({ order }) => order.orderId);
    expect(await capturesByOrder(orderIds)).toEqual(orderIds.map(() => 1));
  });

  it('keeps books that agree with the provider’s ledger to the unit, after all of this', async () => {
    expect(await shop.differences()).toEqual([]);
    const kinds = (await shop.incidents()).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'DUPLICATE_CAPTURE' || kind === 'LATE_SUCCESS')).toEqual(
      [],
    );
  });
});
