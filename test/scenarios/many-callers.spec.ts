import { startApi, type RunningApi } from '../../apps/api/src/api.js';
import { Database } from '#platform/database';
import { createGraphqlCaller } from '../support/graphql.js';
import { startHouse, type House } from '../support/house.js';
import {
  CHARGE,
  errorsOf,
  Shop,
  type ChargePayload,
  type RefundPayload,
  type ShownCharge,
} from '../support/shop.js';

const APIS = 3;
const CALLS = 100;

/** Three APIs over one database, each with connections of its own, as they run outside. */
describe('a merchant’s system', () => {
  let house: House;
  let shop: Shop;
  let key: string;
  const apis: { api: RunningApi; database: Database }[] = [];

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    key = await shop.key('PORTONE');
    for (let n = 0; n < APIS; n += 1) {
      const { databaseUrl, databasePoolSize } = house.platform.config;
      const database = await Database.open({
        url: databaseUrl!,
        applicationName: `refrain-api-${n}`,
        poolSize: databasePoolSize,
      });
      const api = await startApi({ ...house.platform, database }, { host: '127.0.0.1', port: 0 });
      apis.push({ api, database });
    }
  });
  beforeEach(() => shop.calm());
  afterAll(async () => {
    for (const { api, database } of apis) {
      await api.close();
      await database.close();
    }
    await house.close();
  });

  const callers = () => apis.map(({ api }) => createGraphqlCaller(api.url, house.apiKey));
  const create = async (n: number, input: object): Promise<ChargePayload> => {
    const caller = callers()[n % APIS]!;
    const { createCharge } = await caller<{ createCharge: ChargePayload }>(
      `mutation ($input: CreateChargeInput!) { createCharge(input: $input) {
        charge { ${CHARGE} } replayed userErrors { __typename code field message } } }`,
      { input },
    );
    return createCharge;
  };

  it('that asks a hundred times at once, at three APIs, has one charge and a hundred equal answers (row 89)', async () => {
    const order = shop.order();
    const answers = await Promise.all(
      Array.from({ length: CALLS }, (_, n) => create(n, { billingKeyId: key, order })),
    );
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(new Set(answers.map(({ charge }) => JSON.stringify(charge))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await shop.untilCharge(answers[0]!.charge!.id, 'SUCCEEDED');
    expect(await shop.capturesOf(order.orderId)).toHaveLength(1);
    expect(await create(1, { billingKeyId: key, order })).toMatchObject({
      ...{ replayed: true, charge: { id: answers[0]!.charge!.id, status: 'SUCCEEDED' } },
    });
  });

  it('that asks for something else under the same order id is told so, and nothing is made (row 90)', async () => {
    const order = shop.order();
    const { charge } = await create(0, { billingKeyId: key, order });
    const other = { ...order, amount: { ...order.amount, amount: order.amount.amount + 1 } };
    for (let n = 0; n < APIS; n += 1) {
      const refused = await create(n, { billingKeyId: key, order: other });
      expect(errorsOf(refused.userErrors)).toEqual(['IDEMPOTENCY_MISMATCH order.orderId']);
      expect(refused.charge).toBeNull();
    }
    await shop.untilCharge(charge!.id, 'SUCCEEDED');
    expect((await shop.capturesOf(order.orderId)).map(({ amount }) => amount)).toEqual([
      order.amount.amount,
    ]);
  });

  it('that gives one order id two contents at the same moment gets one of them (row 90)', async () => {
    const order = shop.order();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        create(n, {
          billingKeyId: key,
          order: { ...order, amount: { ...order.amount, amount: 1_000 + (n % 2) } },
        }),
      ),
    );
    const made = answers.filter(({ charge }) => charge !== null);
    expect(made).toHaveLength(15);
    expect(new Set(made.map(({ charge }) => charge!.id)).size).toBe(1);
    const refused = answers.filter(({ charge }) => charge === null);
    expect(new Set(refused.flatMap(({ userErrors }) => errorsOf(userErrors)))).toEqual(
      new Set(['IDEMPOTENCY_MISMATCH order.orderId']),
    );
    await shop.untilCharge(made[0]!.charge!.id, 'SUCCEEDED');
    expect((await shop.capturesOf(order.orderId)).map(({ amount }) => amount)).toEqual([
      made[0]!.charge!.amount.amount,
    ]);
  });

  const charged = async (amount = 10_000): Promise<ShownCharge> => {
    const { id } = await shop.charge(key, shop.order({ amount }));
    return shop.untilCharge(id, 'SUCCEEDED');
  };
  const refund = async (n: number, input: object): Promise<RefundPayload> => {
    const caller = callers()[n % APIS]!;
    const { refundCharge } = await caller<{ refundCharge: RefundPayload }>(
      `mutation ($input: RefundChargeInput!) { refundCharge(input: $input) {
        refund { id status origin amount { amount currency } } charge { ${CHARGE} } replayed
        userErrors { __typename code field message } } }`,
      { input },
    );
    return refundCharge;
  };
  const refundedAt = async (orderId: string): Promise<number[]> =>
    (await shop.ledger())
      .filter((line) => line.orderReference === orderId && line.kind === 'REFUND')
      .map(({ amount }) => amount);

  it('that pays back twice at once gets one of the two, and never more than was captured (row 85)', async () => {
    const { id, orderId } = await charged();
    const amount = { amount: 6_000, currency: 'KRW' };
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        refund(n, { id, amount, reason: 'broken', idempotencyKey: `refund-${orderId}-${n}` }),
      ),
    );
    expect(answers.filter((answer) => answer.refund !== null)).toHaveLength(1);
    const refused = answers.filter((answer) => answer.refund === null);
    expect(new Set(refused.flatMap(({ userErrors }) => errorsOf(userErrors)))).toEqual(
      new Set(['REFUND_IN_PROGRESS id']),
    );
    await shop.untilCharge(id, 'PARTIALLY_REFUNDED');
    const [late] = (await refund(1, { id, amount, reason: 'broken', idempotencyKey: 'late' }))
      .userErrors;
    expect(late).toMatchObject({ code: 'REFUND_EXCEEDS_CAPTURED' });
    expect(await refundedAt(orderId)).toEqual([6_000]);
  });
});
