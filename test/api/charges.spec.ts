import { classOf, fromPublicId, newId, toPublicId, type FailureCode } from '#kernel';
import { errorsOf, Shop, type ProviderName, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';

const MINUTE = 60_000;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe('charges', () => {
  let house: House;
  let shop: Shop;
  const keys: Record<ProviderName, string> = { PORTONE: '', NEXI: '' };

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    for (const provider of ['PORTONE', 'NEXI'] as const) keys[provider] = await shop.key(provider);
  });
  afterAll(() => house.close());

  describe.each(['PORTONE', 'NEXI'] as const)('on %s', (provider) => {
    it('collects what is due once, and shows how', async () => {
      const order = shop.orderAt(provider, { amount: 12_300 });
      const accepted = await shop.charge(keys[provider], order);
      expect(accepted).toMatchObject({
        ...{ status: 'SCHEDULED', attempts: [], refunds: [], failureCode: null },
        amount: order.amount,
        timeline: [{ from: null, to: 'SCHEDULED', cause: 'api: createCharge' }],
        explanation: expect.stringContaining('it is sent next'),
      });
      await house.worker.runUntilIdle();
      const charged = await shop.read(accepted.id);
      expect(charged).toMatchObject({
        ...{ status: 'SUCCEEDED', failureCode: null, nextAttemptAt: null, bulkCharge: null },
        billingKey: { id: keys[provider] },
        attempts: [{ number: 1, outcome: 'SUCCEEDED', failureCode: null }],
        explanation: expect.stringContaining('was charged'),
      });
      const edges = charged.timeline.map(({ from, to, cause }) => `${from} ${to} ${cause}`);
      expect(edges).toEqual([
        'null SCHEDULED api: createCharge',
        'SCHEDULED SUBMITTING dispatcher: due',
        'SUBMITTING SUCCEEDED dispatcher',
      ]);
      const [attempt] = charged.attempts;
      expect(attempt!.providerReference).toMatch(/^[a-z0-9]{20,36}$/);
      expect(attempt).toMatchObject({ sentAt: expect.any(String), answer: expect.any(String) });
      expect(await shop.capturesOf(order.orderId)).toMatchObject([
        { provider, amount: 12_300, currency: order.amount.currency },
      ]);
      expect(await shop.readOrder(order.orderId)).toEqual(charged);
      await house.worker.runUntilIdle();
      expect(await shop.capturesOf(order.orderId)).toHaveLength(1);
    });

    it('tells what each card said, in one vocabulary, and what follows from it', async () => {
      const cards = shop.cards.filter((card) => card.provider === provider && !card.at);
      expect(cards.length).toBeGreaterThan(10);
      const asked = await Promise.all(
        cards.map(async (card) => {
          const [key] = await shop.keys(provider, 1, card.number);
          return shop.charge(key!, shop.orderAt(provider));
        }),
      );
      await house.worker.runUntilIdle();
      const seen = await Promise.all(asked.map(({ id }) => shop.read(id)));
      const told = (card: (typeof cards)[number], charge: ShownCharge) => ({
        card: card.number,
        ...{ failureCode: charge.failureCode, failureClass: charge.failureClass },
        status: charge.status,
        captures: charge.attempts.filter(({ outcome }) => outcome === 'SUCCEEDED').length,
      });
      expect(seen.map((charge, index) => told(cards[index]!, charge))).toEqual(
        cards.map(({ number, outcome }) => ({
          card: number,
          ...(outcome === 'APPROVED'
            ? { failureCode: null, failureClass: null, status: 'SUCCEEDED', captures: 1 }
            : {
                failureCode: outcome,
                failureClass: classOf(outcome as FailureCode),
                status: statusAfter(outcome as FailureCode),
                captures: 0,
              }),
        })),
      );
      for (const charge of seen.filter(({ failureCode }) => failureCode !== null)) {
        expect(charge.attempts).toMatchObject([{ failureCode: charge.failureCode }]);
        expect(charge.explanation).toContain(charge.failureCode);
        expect(charge.providerMessage).toEqual(expect.any(String));
      }
    });

    it('fails before any send when its key is gone by then', async () => {
      const key = await shop.key(provider);
      const dueAt = inMs(800);
      const { id } = await shop.charge(key, shop.orderAt(provider), { dueAt });
      await setKeyStatus(key, 'INVALID');
      const failed = await shop.untilCharge(id, 'FAILED');
      expect(failed).toMatchObject({
        ...{ attempts: [], failureCode: 'KEY_NOT_FOUND', failureClass: 'KEY' },
        explanation: expect.stringContaining('INVALID'),
      });
    });
  });

  const setKeyStatus = (key: string, status: string) =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query('UPDATE billing_keys SET status = $3 WHERE merchant_id = $1 AND id = $2', [
        house.merchant.id,
        fromPublicId('billingKey', key),
        status,
      ]),
    );

  /** HARD and KEY end it, and what the provider refuses as such; the rest is tried again. */
  const statusAfter = (code: FailureCode): string =>
    ['HARD', 'KEY'].includes(classOf(code)) || code === 'PROVIDER_REJECTED'
      ? 'FAILED'
      : 'RETRY_SCHEDULED';

  it('waits for its time', async () => {
    const order = shop.order();
    const dueAt = inMs(60 * MINUTE);
    const { id } = await shop.charge(keys.PORTONE, order, { dueAt });
    await house.worker.runUntilIdle();
    expect(await shop.read(id)).toMatchObject({ status: 'SCHEDULED', dueAt, attempts: [] });
  });

  describe('asked for again', () => {
    it('answers the same charge, whatever became of it, and charges once', async () => {
      const input = { billingKeyId: keys.PORTONE, order: shop.order() };
      const first = await shop.createCharge(input);
      expect(first).toMatchObject({ replayed: false, userErrors: [] });
      const again = await Promise.all([1, 2, 3].map(() => shop.createCharge(input)));
      await house.worker.runUntilIdle();
      const late = await shop.createCharge(input);
      expect([...again, late].map(({ replayed, charge }) => [replayed, charge!.id])).toEqual(
        Array(4).fill([true, first.charge!.id]),
      );
      expect(late.charge).toMatchObject({ status: 'SUCCEEDED' });
      expect(await shop.capturesOf(input.order.orderId)).toHaveLength(1);
    });

    it('makes one charge of many calls at once', async () => {
      const input = { billingKeyId: keys.NEXI, order: shop.orderAt('NEXI') };
      const all = await Promise.all(Array.from({ length: 8 }, () => shop.createCharge(input)));
      expect(new Set(all.map(({ charge }) => charge!.id)).size).toBe(1);
      expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    });

    it('refuses other content under the same order id', async () => {
      const order = shop.order();
      const first = await shop.charge(keys.PORTONE, order);
      const others = [
        { billingKeyId: keys.PORTONE, order: { ...order, amount: { amount: 1, currency: 'KRW' } } },
        { billingKeyId: keys.PORTONE, order: { ...order, name: 'Something else' } },
        { billingKeyId: keys.PORTONE, order, dueAt: first.dueAt },
        { billingKeyId: keys.NEXI, order },
      ];
      for (const input of others) {
        const { charge, replayed, userErrors } = await shop.createCharge(input);
        expect([charge, replayed]).toEqual([null, false]);
        expect(errorsOf(userErrors)).toEqual(['IDEMPOTENCY_MISMATCH order.orderId']);
      }
    });
  });

  describe('that cannot be taken', () => {
    const order = () => shop.order();
    const money = (amount: unknown, currency = 'KRW') => ({
      ...order(),
      amount: { amount, currency },
    });

    it.each<[string, () => object, string, string]>([
      [
        'an unknown key',
        () => ({ billingKeyId: toPublicId('billingKey', newId()) }),
        'NOT_FOUND billingKeyId',
        'expected a billing key of yours',
      ],
      [
        'what is no key id',
        () => ({ billingKeyId: 'customer_1' }),
        'NOT_FOUND billingKeyId',
        'expected a billing key of yours',
      ],
      [
        'amount 0',
        () => ({ order: money(0) }),
        'INVALID_AMOUNT order.amount.amount',
        'expected a whole number of minor units from 1 to 999999999999, found 0',
      ],
      [
        'a negative amount',
        () => ({ order: money(-100) }),
        'INVALID_AMOUNT order.amount.amount',
        'found -100',
      ],
      [
        'decimals that KRW does not have',
        () => ({ order: money(9_900.5) }),
        'INVALID_AMOUNT order.amount.amount',
        'found 9900.5',
      ],
      [
        'more than twelve digits',
        () => ({ order: money(1_000_000_000_000) }),
        'INVALID_AMOUNT order.amount.amount',
        'expected a whole number of minor units from 1 to 999999999999, found 1000000000000',
      ],
      [
        'more than a safe integer',
        () => ({ order: money(2 ** 53) }),
        'INVALID_AMOUNT order.amount.amount',
        'expected a whole number of minor units from 1 to',
      ],
      [
        'more than an int32 where the provider has no more',
        () => ({ billingKeyId: keys.NEXI, order: money(2_147_483_648, 'EUR') }),
        'INVALID_AMOUNT order.amount.amount',
        'expected at most 2147483647 minor units, which NEXI takes; found 2147483648',
      ],
      [
        'a currency the account does not take',
        () => ({ order: money(100, 'SEK') }),
        'CURRENCY_NOT_SUPPORTED order.amount.currency',
        'expected one of KRW, USD, which the provider account takes; found SEK',
      ],
      [
        'an order id with other letters',
        () => ({ order: shop.order({ orderId: '주문 1' }) }),
        'INVALID_ORDER_ID order.orderId',
        'expected 1–40 of A–Z a–z 0–9 . _ -',
      ],
      [
        'an order id of 41 characters',
        () => ({ order: shop.order({ orderId: 'o'.repeat(41) }) }),
        'INVALID_ORDER_ID order.orderId',
        'found 41 characters',
      ],
      [
        'an empty order id',
        () => ({ order: shop.order({ orderId: '' }) }),
        'INVALID_ORDER_ID order.orderId',
        'expected 1–40',
      ],
      [
        'an empty name',
        () => ({ order: { ...order(), name: ' ' } }),
        'INVALID_NAME order.name',
        'expected 1–128 characters, blanks at the ends not counted; found none',
      ],
      [
        'a name that turns what is written after it',
        () => ({ order: { ...order(), name: 'tea\u202e' } }),
        'INVALID_NAME order.name',
        'found U+202E',
      ],
      [
        'items that do not add up',
        () => ({
          order: {
            ...order(),
            items: [{ reference: 'tea', name: 'Tea', unitPrice: 100, grossAmount: 100 }],
          },
        }),
        'INVALID_ITEMS order.items',
        'add up to 9900, found 100',
      ],
      [
        'a due time more than a minute past',
        () => ({ dueAt: inMs(-2 * MINUTE) }),
        'DUE_IN_PAST dueAt',
        'expected a time not more than a minute before',
      ],
      [
        'a due time in another life',
        () => ({ dueAt: '2199-01-01T00:00:00Z' }),
        'INVALID_TIME dueAt',
        'expected a time within five years',
      ],
      [
        'a retry policy nobody made',
        () => ({ retryPolicyId: toPublicId('retryPolicy', newId()) }),
        'NOT_FOUND retryPolicyId',
        'expected a retry policy of yours',
      ],
      [
        'an empty retry policy id',
        () => ({ retryPolicyId: '' }),
        'NOT_FOUND retryPolicyId',
        'expected a retry policy of yours',
      ],
    ])('names the field and what was expected: %s', async (_, more, error, message) => {
      const input = { billingKeyId: keys.PORTONE, order: order(), ...more() };
      const { charge, replayed, userErrors } = await shop.createCharge(input);
      expect([charge, replayed]).toEqual([null, false]);
      expect(errorsOf(userErrors)).toEqual([error]);
      expect(userErrors[0]!.message).toContain(message);
    });

    it('takes a due time of half a minute ago, since clocks differ', async () => {
      const input = { billingKeyId: keys.PORTONE, order: order(), dueAt: inMs(-MINUTE / 2) };
      expect(await shop.createCharge(input)).toMatchObject({ userErrors: [] });
    });

    it("cannot tell another merchant's key from one that does not exist", async () => {
      const other = await shop.anotherApiKey();
      const foreign = await shop.createCharge(
        { billingKeyId: keys.PORTONE, order: order() },
        other,
      );
      const unknown = await shop.createCharge(
        { billingKeyId: toPublicId('billingKey', newId()), order: order() },
        other,
      );
      expect(foreign).toEqual(unknown);
      expect(errorsOf(foreign.userErrors)).toEqual(['NOT_FOUND billingKeyId']);
    });

    it('says every thing that is wrong at once', async () => {
      const { userErrors } = await shop.createCharge({
        billingKeyId: keys.PORTONE,
        order: { orderId: '#', name: '', amount: { amount: 0, currency: 'KRW' } },
      });
      expect(errorsOf(userErrors)).toEqual([
        'INVALID_ORDER_ID order.orderId',
        'INVALID_NAME order.name',
        'INVALID_AMOUNT order.amount.amount',
      ]);
    });

    it.each([
      ['a NUL in the order id', { orderId: 'a\u0000' }],
      ['an amount as text', { amount: { amount: '100', currency: 'KRW' } }],
      ['a currency nobody has', { amount: { amount: 100, currency: 'XXX' } }],
      ['an amount beyond counting', { amount: { amount: 1e300, currency: 'KRW' } }],
    ])('is never our fault: %s', async (_, more) => {
      const { status, data, errors } = await house.graphql.raw<Record<string, unknown>>(
        `mutation ($input: CreateChargeInput!) { createCharge(input: $input) {
          charge { id } userErrors { code field message } } }`,
        { input: { billingKeyId: keys.PORTONE, order: { ...order(), ...more } } },
      );
      expect(status).toBeLessThan(500);
      expect(errors?.map(({ extensions }) => extensions.code) ?? []).not.toContain('INTERNAL');
      expect(JSON.stringify(data ?? null)).not.toContain('"charge":{');
    });
  });
});
