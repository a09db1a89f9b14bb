import { newId, toPublicId } from '#kernel';
import {
  errorsOf,
  Shop,
  type ChargePayload,
  type ProviderName,
  type RefundPayload,
  type ShownCharge,
} from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';

/**
 * Shortened: a refund that Nexi took in is looked at after a second, and what is unclear goes to a
 * person after three looks.
 */
const SHORTENED = { LOOKS_SECONDS: '1,2,3', SEND_DEADLINE_SECONDS: '2', LEASE_SECONDS: '5' };
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

interface ChargeList {
  readonly nodes: readonly { readonly id: string; readonly orderId: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string;
    readonly endCursor: string;
  };
}

describe('a charge that exists', () => {
  let house: House;
  let shop: Shop;
  const keys: Record<ProviderName, string> = { PORTONE: '', NEXI: '' };

  beforeAll(async () => {
    house = await startHouse({ worker: true, env: SHORTENED });
    shop = await Shop.open(house);
    for (const provider of ['PORTONE', 'NEXI'] as const) keys[provider] = await shop.key(provider);
  });
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  const waiting = () => shop.charge(keys.PORTONE, shop.order(), { dueAt: inAnHour() });
  const charged = async (provider: ProviderName, amount = 10_000): Promise<ShownCharge> => {
    const { id } = await shop.charge(keys[provider], shop.orderAt(provider, { amount }));
    return shop.untilCharge(id, 'SUCCEEDED');
  };
  const declined = async (outcome: string): Promise<ShownCharge> => {
    const { id } = await shop.charge(await shop.key('PORTONE', outcome), shop.order());
    await house.worker.runUntilIdle();
    return shop.read(id);
  };
  const command = (name: string, input: object) => shop.ask<ChargePayload>(name, input);

  describe('canceled', () => {
    it('is never sent, and stays canceled when asked again', async () => {
      const { id } = await waiting();
      const canceled = await command('cancelCharge', { id });
      expect(canceled).toMatchObject({ charge: { status: 'CANCELED' }, userErrors: [] });
      expect(canceled.charge!.timeline.at(-1)).toMatchObject({
        ...{ from: 'SCHEDULED', to: 'CANCELED', cause: expect.stringMatching(/^api key key_/) },
      });
      expect(await command('cancelCharge', { id })).toEqual(canceled);
    });

    it('stops a retry that waits', async () => {
      const { id, status } = await declined('INSUFFICIENT_FUNDS');
      expect(status).toBe('RETRY_SCHEDULED');
      const { charge } = await command('cancelCharge', { id });
      expect(charge).toMatchObject({ status: 'CANCELED', nextAttemptAt: null });
    });

    it('says so when it is too late, or no charge of yours', async () => {
      const { id } = await charged('PORTONE');
      const late = await command('cancelCharge', { id });
      expect([late.charge, errorsOf(late.userErrors)]).toEqual([null, ['INVALID_STATE id']]);
      expect(late.userErrors[0]!.message).toContain('found SUCCEEDED');
      for (const unknown of [toPublicId('charge', newId()), 'ch_1', '']) {
        const { userErrors } = await command('cancelCharge', { id: unknown });
        expect(errorsOf(userErrors)).toEqual(['NOT_FOUND id']);
      }
      const foreign = await shop.ask<ChargePayload>(
        'cancelCharge',
        { id },
        await shop.anotherApiKey(),
      );
      expect(errorsOf(foreign.userErrors)).toEqual(['NOT_FOUND id']);
    });
  });

  describe('asked to be tried again', () => {
    it('is due at once, and charged when the reason has gone', async () => {
      const key = await shop.key('NEXI');
      const match = { provider: 'NEXI', path: '/v1/unscheduledsubscriptions/*/charges' };
      await shop.fault({
        match,
        fate: 'rate-limited',
        times: 1,
        options: { retryAfterSeconds: 600 },
      });
      const { id } = await shop.charge(key, shop.orderAt('NEXI'));
      await house.worker.runUntilIdle();
      expect(await shop.read(id)).toMatchObject({
        ...{ status: 'RETRY_SCHEDULED', failureCode: 'RATE_LIMITED', failureClass: 'TRANSIENT' },
      });
      await command('retryCharge', { id });
      expect(await shop.untilCharge(id, 'SUCCEEDED')).toMatchObject({
        ...{ failureCode: null, providerCode: null, providerMessage: null },
        attempts: [
          { number: 1, outcome: 'REJECTED', failureCode: 'RATE_LIMITED' },
          { number: 2, outcome: 'SUCCEEDED' },
        ],
      });
    });

    it('goes on from FAILED when a person asks, but never after a hard decline', async () => {
      const expired = await declined('EXPIRED_CARD');
      expect(expired.status).toBe('FAILED');
      const { charge } = await command('retryCharge', { id: expired.id });
      expect(charge).toMatchObject({ status: 'RETRY_SCHEDULED' });
      await house.worker.runUntilIdle();
      expect(await shop.read(expired.id)).toMatchObject({
        status: 'FAILED',
        attempts: [{ number: 1 }, { number: 2 }],
      });
      const lost = await declined('LOST_OR_STOLEN');
      const { userErrors } = await command('retryCharge', { id: lost.id });
      expect(errorsOf(userErrors)).toEqual(['INVALID_STATE id']);
      expect(userErrors[0]!.message).toContain('found LOST_OR_STOLEN');
      const { id } = await charged('NEXI');
      expect(errorsOf((await command('retryCharge', { id })).userErrors)).toEqual([
        'INVALID_STATE id',
      ]);
    });
  });

  describe('that nobody can settle by asking', () => {
    const unclear = async (fate: string): Promise<ShownCharge> => {
      const order = shop.order();
      const match = { provider: 'PORTONE' };
      await shop.fault([
        { match: { ...match, path: '/subscribe/payments/again' }, fate, times: 1 },
        { match: { ...match, method: 'GET' }, fate: 'lookup-down' },
        { match, fate: 'webhook-dropped' },
      ]);
      const { id } = await shop.charge(keys.PORTONE, order);
      return shop.untilCharge(id, 'NEEDS_REVIEW');
    };

    it('is decided by a person, with evidence', async () => {
      const { id } = await unclear('response-lost');
      const input = { id, outcome: 'SUCCEEDED', evidence: ' ' };
      expect(errorsOf((await command('resolveCharge', input)).userErrors)).toEqual([
        'EVIDENCE_REQUIRED evidence',
      ]);
      const evidence = 'paid, says the provider’s console';
      const { charge } = await command('resolveCharge', { ...input, evidence });
      expect(charge).toMatchObject({
        status: 'SUCCEEDED',
        timeline: expect.arrayContaining([
          expect.objectContaining({
            to: 'SUCCEEDED',
            evidence: JSON.stringify({ told: evidence }),
          }),
        ]),
      });
      expect(errorsOf((await command('resolveCharge', { ...input, evidence })).userErrors)).toEqual(
        ['INVALID_STATE id'],
      );
    });

    it('is sent again under the same reference where it never happened', async () => {
      const { id, attempts } = await unclear('hang-before');
      await shop.calm();
      const evidence = 'nothing there, says the provider’s console';
      await command('resolveCharge', { id, outcome: 'NEVER_HAPPENED', evidence });
      const paid = await shop.untilCharge(id, 'SUCCEEDED');
      expect(paid.attempts.map(({ outcome }) => outcome)).toEqual(['NOT_SENT', 'SUCCEEDED']);
      expect(paid.attempts[1]!.providerReference).toBe(attempts[0]!.providerReference);
      expect(await shop.capturesOf(paid.orderId)).toHaveLength(1);
    });
  });

  describe('refunded', () => {
    let lastKey = 0;
    const refund = (id: string, amount?: object | null, more: object = {}) =>
      shop.ask<RefundPayload>('refundCharge', {
        ...{ id, reason: 'came back', idempotencyKey: `refund-${(lastKey += 1)}` },
        ...(amount ? { amount } : {}),
        ...more,
      });
    const refundsOf = async (orderId: string): Promise<number[]> =>
      (await shop.ledger())
        .filter((line) => line.orderReference === orderId && line.kind === 'REFUND')
        .map(({ amount }) => amount);

    it.each(['PORTONE', 'NEXI'] as const)('in parts and then whole at %s', async (provider) => {
      const { id, orderId, amount } = await charged(provider);
      const { currency } = amount;
      const first = await refund(id, { amount: 3_000, currency });
      expect(first).toMatchObject({
        refund: { status: 'PENDING', origin: 'MERCHANT', amount: { amount: 3_000, currency } },
        ...{ charge: { id, status: 'SUCCEEDED' }, replayed: false, userErrors: [] },
      });
      const second = await refund(id, { amount: 1, currency });
      expect(errorsOf(second.userErrors)).toEqual(['REFUND_IN_PROGRESS id']);
      expect(await shop.untilCharge(id, 'PARTIALLY_REFUNDED')).toMatchObject({
        ...{ refundedAmount: { amount: 3_000, currency }, refunds: [{ status: 'SUCCEEDED' }] },
        explanation: expect.stringContaining('refunded'),
      });
      const tooMuch = await refund(id, { amount: 7_001, currency });
      expect(tooMuch).toMatchObject({
        ...{ refund: null, charge: null },
        userErrors: [
          {
            ...{ __typename: 'RefundExceedsCaptured', code: 'REFUND_EXCEEDS_CAPTURED' },
            ...{ field: ['amount', 'amount'], refundable: 7_000 },
            message: 'expected at most 7000, found 7001',
          },
        ],
      });
      await refund(id);
      expect(await shop.untilCharge(id, 'REFUNDED')).toMatchObject({
        refundedAmount: amount,
        refunds: [{ amount: { amount: 3_000 } }, { amount: { amount: 7_000 } }],
      });
      expect(errorsOf((await refund(id)).userErrors)).toEqual(['INVALID_STATE id']);
      expect(await refundsOf(orderId)).toEqual([3_000, 7_000]);
    });

    it('once, however often the same call comes', async () => {
      const { id, orderId } = await charged('PORTONE');
      const call = () => refund(id, null, { idempotencyKey: 'once' });
      const all = await Promise.all([call(), call(), call(), call()]);
      expect(all.map(({ userErrors }) => userErrors)).toEqual(Array(4).fill([]));
      expect(new Set(all.map((each) => each.refund!.id)).size).toBe(1);
      expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
      await shop.untilCharge(id, 'REFUNDED');
      expect(await call()).toMatchObject({ replayed: true, refund: { status: 'SUCCEEDED' } });
      expect(await refundsOf(orderId)).toEqual([10_000]);
      const other = await refund(id, { amount: 1, currency: 'KRW' }, { idempotencyKey: 'once' });
      expect(errorsOf(other.userErrors)).toEqual(['IDEMPOTENCY_MISMATCH idempotencyKey']);
    });

    it.each(['PORTONE', 'NEXI'] as const)(
      'once at %s, also when the answer is lost (row 86)',
      async (provider) => {
        const { id, orderId } = await charged(provider);
        const path = provider === 'NEXI' ? '/v1/charges/*/refunds' : '/payments/cancel';
        await shop.fault({
          match: { provider, path, method: 'POST' },
          fate: 'response-lost',
          times: 1,
        });
        await refund(id);
        const refunded = await shop.untilCharge(id, 'REFUNDED');
        expect(refunded.refunds).toMatchObject([{ status: 'SUCCEEDED' }]);
        expect(await refundsOf(orderId)).toEqual([10_000]);
      },
    );

    it('never beyond what makes sense: the field is named', async () => {
      const { id } = await charged('PORTONE');
      const money = (amount: number, currency = 'KRW') => ({ amount, currency });
      const refused = async (...of: Parameters<typeof refund>) =>
        errorsOf((await refund(...of)).userErrors);
      expect(await refused(id, money(0))).toEqual(['INVALID_AMOUNT amount.amount']);
      expect(await refused(id, money(-1))).toEqual(['INVALID_AMOUNT amount.amount']);
      expect(await refused(id, money(1.5))).toEqual(['INVALID_AMOUNT amount.amount']);
      expect(await refused(id, money(5, 'USD'))).toEqual([
        'CURRENCY_NOT_SUPPORTED amount.currency',
      ]);
      expect(await refused(id, null, { reason: '' })).toEqual(['INVALID_INPUT reason']);
      expect(await refused(id, null, { idempotencyKey: '' })).toEqual([
        'INVALID_INPUT idempotencyKey',
      ]);
      expect(await refused(toPublicId('charge', newId()))).toEqual(['NOT_FOUND id']);
      expect(await refused((await waiting()).id)).toEqual(['INVALID_STATE id']);
      expect((await shop.read(id)).refunds).toEqual([]);
    });
  });

  describe('listed', () => {
    const list = async (args: string): Promise<ChargeList> => {
      const { charges } = await house.graphql<{ charges: ChargeList }>(
        `{ charges(${args}) { nodes { id orderId }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      );
      return charges;
    };
    const orders = ({ nodes }: ChargeList) => nodes.map(({ orderId }) => orderId);

    it('newest first, page by page, forward and backward', async () => {
      for (let i = 1; i <= 5; i += 1)
        await shop.charge(keys.PORTONE, shop.order({ orderId: `page-${i}` }), {
          dueAt: inAnHour(),
        });
      const filter = 'filter: { orderIdPrefix: "page-" }';
      const first = await list(`first: 2, ${filter}`);
      expect([orders(first), first.pageInfo.hasNextPage]).toEqual([['page-5', 'page-4'], true]);
      const second = await list(`first: 2, after: "${first.pageInfo.endCursor}", ${filter}`);
      expect(orders(second)).toEqual(['page-3', 'page-2']);
      expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
      const third = await list(`first: 2, after: "${second.pageInfo.endCursor}", ${filter}`);
      expect([orders(third), third.pageInfo.hasNextPage]).toEqual([['page-1'], false]);
      const back = await list(`last: 2, before: "${third.pageInfo.startCursor}", ${filter}`);
      expect(orders(back)).toEqual(['page-3', 'page-2']);
      expect(orders(await list(`last: 2, ${filter}`))).toEqual(['page-2', 'page-1']);
    });

    it('by what is asked for', async () => {
      const key = await shop.key('PORTONE', 'LOST_OR_STOLEN');
      const { id } = await shop.charge(key, shop.order({ orderId: 'filtered' }));
      await shop.untilCharge(id, 'FAILED');
      const only = async (filter: string) =>
        orders(await list(`first: 100, filter: { ${filter} }`));
      expect(await only(`billingKeyId: "${key}"`)).toEqual(['filtered']);
      const both = 'statuses: [FAILED], failureCode: LOST_OR_STOLEN, orderIdPrefix: "filt"';
      expect(await only(both)).toEqual(['filtered']);
      expect(await only(`${both}, dueFrom: "2090-01-01T00:00:00Z"`)).toEqual([]);
      expect(await only(`${both}, dueTo: "2020-01-01T00:00:00Z"`)).toEqual([]);
      expect(await only(`${both}, providerAccountId: "${shop.accountOf('NEXI')}"`)).toEqual([]);
      expect(await only('billingKeyId: ""')).toEqual([]);
      expect(await only('bulkChargeId: "blk_nothing"')).toEqual([]);
    });

    it.each(['first: 101', 'last: 101', 'first: 0', 'first: 1, last: 1', 'after: "forged"'])(
      'never beyond a hundred, nor from a cursor it did not hand out: %s',
      async (args) => {
        const { data, errors } = await house.graphql.raw(`{ charges(${args}) { nodes { id } } }`);
        expect(data ?? null).toBeNull();
        expect(errors).toMatchObject([
          { extensions: { code: expect.stringMatching(/^(BAD_USER_INPUT|INVALID_CURSOR)$/) } },
        ]);
      },
    );

    it('never to another merchant', async () => {
      const { id, orderId } = await waiting();
      const seen = await house.graphql(
        `query ($id: ID!, $orderId: String!) { byId: charge(id: $id) { id }
          byOrder: charge(orderId: $orderId) { id } node(id: $id) { id }
          charges(first: 5) { nodes { id } } }`,
        { id, orderId },
        await shop.anotherApiKey(),
      );
      expect(seen).toEqual({ byId: null, byOrder: null, node: null, charges: { nodes: [] } });
    });
  });

  it('agrees with the ledger to the unit after all of this', async () => {
    await house.worker.runUntilIdle();
    expect(await shop.differences()).toEqual([]);
  });
});
