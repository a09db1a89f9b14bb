import { newId } from '#kernel';
import { createMerchants } from '#merchants';
import type { FrozenRequest } from '#providers/contract';
import { startHouse, type House } from '../support/house.js';
import { Shop, type ShownCharge } from '../support/shop.js';

/** What happens at the provider behind our back, and reaches us by its webhooks alone. */
describe("payments and refunds that are not of the engine's making", () => {
  let house: House;
  let shop: Shop;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
  });
  afterAll(() => house.close());

  const collected = async (): Promise<ShownCharge> => {
    const key = await shop.key('NEXI');
    const { id } = await shop.charge(key, shop.orderAt('NEXI', { amount: 1_000 }));
    return shop.untilCharge(id, 'SUCCEEDED');
  };
  const request = async ({ orderId }: ShownCharge): Promise<FrozenRequest> => {
    const [row] = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<{ request: FrozenRequest }>(
        `SELECT a.request FROM attempts a JOIN charges c
           ON c.merchant_id = a.merchant_id AND c.id = a.charge_id
         WHERE a.merchant_id = $1 AND c.order_id = $2`,
        [house.merchant.id, orderId],
      ),
    );
    return row!.request;
  };
  /** As somebody else would who has the account's key. */
  const call = async (path: string, { headers, body }: Partial<FrozenRequest>): Promise<void> => {
    const { accounts } = createMerchants(house.platform.database, house.platform.config);
    const { baseUrl, credentials, webhookSecret } = await accounts.access(
      house.merchant.id,
      house.nexi.id,
    );
    const answer = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', authorization: credentials['secret_key']! },
        ...headers,
        'idempotency-key': newId().replaceAll('-', ''),
      },
      // What is frozen holds no secret: the client puts it in.
      body: JSON.stringify(JSON.parse(body ?? '{}'), (name, value: unknown) =>
        name === 'authorization' ? webhookSecret : value,
      ),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  };
  const captureAgain = async (charge: ShownCharge): Promise<void> => {
    const { path, headers, body } = await request(charge);
    await call(path, { headers, body });
  };
  const duplicatesOf = ({ id }: ShownCharge) =>
    shop.until(
      () => shop.read(id),
      ({ attempts }) => attempts.length > 1,
    );

  it('books a second capture that only a webhook names, beside its incident, once', async () => {
    const charge = await collected();
    await captureAgain(charge);
    const doubled = await duplicatesOf(charge);
    expect(doubled).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ outcome: 'SUCCEEDED' }, { outcome: 'DUPLICATE_CAPTURE', number: 2 }],
    });
    expect(doubled.attempts[1]!.providerPaymentId).not.toBe(doubled.attempts[0]!.providerPaymentId);
    expect(await shop.incidents(charge.id)).toEqual([{ kind: 'DUPLICATE_CAPTURE' }]);
  });

  it('books it also when the first was refunded', async () => {
    const charge = await collected();
    const input = { id: charge.id, reason: 'returned', idempotencyKey: newId() };
    await shop.ask('refundCharge', input);
    await shop.untilCharge(charge.id, 'REFUNDED');
    await captureAgain(charge);
    expect(await duplicatesOf(charge)).toMatchObject({ status: 'REFUNDED' });
    expect(await shop.incidents(charge.id)).toEqual([{ kind: 'DUPLICATE_CAPTURE' }]);
  });

  it("books a refund made in the provider's console, in parts and once", async () => {
    const charge = await collected();
    const refund = (amount: number) =>
      call(`/v1/payments/${charge.attempts[0]!.providerPaymentId}/refunds`, {
        body: JSON.stringify({ amount, orderItems: [line(amount)] }),
      });
    await refund(300);
    const part = await shop.untilCharge(charge.id, 'PARTIALLY_REFUNDED');
    expect(part.refunds).toMatchObject([
      { status: 'SUCCEEDED', origin: 'PROVIDER', amount: { amount: 300 } },
    ]);
    await refund(700);
    const whole = await shop.untilCharge(charge.id, 'REFUNDED');
    expect(whole.refundedAmount).toMatchObject({ amount: 1_000 });
    expect(whole.refunds.map(({ amount }) => amount.amount)).toEqual([300, 700]);
  });
});

const line = (amount: number) => ({
  ...{ reference: 'part', name: 'part', quantity: 1, unit: 'pcs', unitPrice: amount, taxRate: 0 },
  ...{ taxAmount: 0, grossTotalAmount: amount, netTotalAmount: amount },
});
