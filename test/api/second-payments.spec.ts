import { newId } from '#kernel';
import { createMerchants } from '#merchants';
import type { FrozenRequest } from '#providers/contract';
import { startHouse, type House } from '../support/house.js';
import {
  errorsOf,
  Shop,
  type LedgerLine,
  type RefundPayload,
  type ShownCharge,
  type UserError,
} from '../support/shop.js';

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

  const incidentsOf = async ({ id }: ShownCharge) => {
    const { charge } = await house.graphql<{ charge: { incidents: ShownIncident[] } }>(
      `query ($id: ID!) { charge(id: $id) { incidents { ${INCIDENT} } } }`,
      { id },
    );
    return charge.incidents;
  };
  const capturedBy = (lines: readonly LedgerLine[], { orderId }: ShownCharge) =>
    lines
      .filter(({ orderReference }) => orderReference === orderId)
      .map(({ kind, amount }) => `${kind} ${amount}`);

  it('pays a second capture back when asked, which ends its incident and leaves the charge alone', async () => {
    const charge = await collected();
    await captureAgain(charge);
    const { attempts } = await duplicatesOf(charge);
    const { providerPaymentId } = attempts[1]!;
    const input = { id: charge.id, reason: 'charged twice', providerPaymentId };
    const refund = await shop.ask<RefundPayload>('refundCharge', {
      ...{ ...input, idempotencyKey: newId() },
    });
    expect(errorsOf(refund.userErrors)).toEqual([]);
    const settled = await shop.until(
      () => shop.read(charge.id),
      ({ refunds }) => refunds[0]?.status === 'SUCCEEDED',
    );
    expect(settled).toMatchObject({ status: 'SUCCEEDED', refundedAmount: { amount: 0 } });
    expect(await incidentsOf(charge)).toMatchObject([
      { kind: 'DUPLICATE_CAPTURE', resolvedBy: 'refund' },
    ]);
    expect(capturedBy(await shop.ledger(), charge)).toEqual([
      ...['CAPTURE 1000', 'CAPTURE 1000', 'REFUND 1000'],
    ]);
    const more = await shop.ask<RefundPayload>('refundCharge', {
      ...{ ...input, idempotencyKey: newId() },
    });
    expect(errorsOf(more.userErrors)).toEqual(['REFUND_EXCEEDS_CAPTURED amount.amount']);
    const strange = { ...input, providerPaymentId: 'nobodys', idempotencyKey: newId() };
    const refused = await shop.ask<RefundPayload>('refundCharge', strange);
    expect(errorsOf(refused.userErrors)).toEqual(['NOT_FOUND providerPaymentId']);
  });

  it('pays it back without being asked where the account says so', async () => {
    const update = (duplicateCapturePolicy: string) =>
      house.graphql(
        `mutation ($input: UpdateProviderAccountInput!) {
          updateProviderAccount(input: $input) { userErrors { message } } }`,
        { input: { id: shop.accountOf('NEXI'), duplicateCapturePolicy } },
      );
    await update('REFUND');
    const charge = await collected();
    await captureAgain(charge);
    const settled = await shop.until(
      () => shop.read(charge.id),
      ({ refunds }) => refunds[0]?.status === 'SUCCEEDED',
    );
    await update('REPORT');
    expect(settled).toMatchObject({ status: 'SUCCEEDED', refundedAmount: { amount: 0 } });
    expect(capturedBy(await shop.ledger(), charge)).toEqual([
      ...['CAPTURE 1000', 'CAPTURE 1000', 'REFUND 1000'],
    ]);
    expect(await incidentsOf(charge)).toMatchObject([{ resolvedBy: 'refund' }]);
  });

  it('books what was paid back of it in the provider’s console, which ends its incident too', async () => {
    const charge = await collected();
    await captureAgain(charge);
    const { attempts } = await duplicatesOf(charge);
    await call(`/v1/payments/${attempts[1]!.providerPaymentId}/refunds`, {
      body: JSON.stringify({ amount: 1_000 }),
    });
    const settled = await shop.until(
      () => shop.read(charge.id),
      ({ refunds }) => refunds.length > 0,
    );
    expect(settled).toMatchObject({
      ...{ status: 'SUCCEEDED', refundedAmount: { amount: 0 } },
      refunds: [{ status: 'SUCCEEDED', origin: 'PROVIDER', amount: { amount: 1_000 } }],
    });
    expect(await incidentsOf(charge)).toMatchObject([{ resolvedBy: 'refund' }]);
  });

  it('shows an operator what is open, and takes their word for what was done', async () => {
    const charge = await collected();
    await captureAgain(charge);
    await duplicatesOf(charge);
    const list = async (isOpen: boolean) =>
      (
        await house.graphql<{ incidents: { nodes: ShownIncident[] } }>(
          `query ($filter: IncidentFilter) { incidents(first: 10, filter: $filter) {
            nodes { ${INCIDENT} } } }`,
          { filter: { chargeId: charge.id, kinds: ['DUPLICATE_CAPTURE'], isOpen } },
        )
      ).incidents.nodes;
    const [open] = await list(true);
    const resolve = (note: string) =>
      house.graphql<{ resolveIncident: ResolvePayload }>(
        `mutation ($input: ResolveIncidentInput!) { resolveIncident(input: $input) {
          incident { ${INCIDENT} } userErrors { __typename code field message } } }`,
        { input: { id: open!.id, note } },
      );
    const empty = await resolve(' ');
    expect(errorsOf(empty.resolveIncident.userErrors)).toEqual(['INVALID_INPUT note']);
    const done = await resolve('paid back by bank transfer');
    expect(done.resolveIncident.incident).toMatchObject({
      resolutionNote: 'paid back by bank transfer',
    });
    const again = await resolve('somebody else');
    expect(again.resolveIncident.incident).toEqual(done.resolveIncident.incident);
    expect([await list(true), (await list(false)).length]).toEqual([[], 1]);
  });
});

const INCIDENT = 'id kind detail openedAt resolvedAt resolvedBy resolutionNote';

interface ShownIncident {
  readonly id: string;
  readonly kind: string;
  readonly resolvedBy: string | null;
}
interface ResolvePayload {
  readonly incident: ShownIncident | null;
  readonly userErrors: readonly UserError[];
}

const line = (amount: number) => ({
  ...{ reference: 'part', name: 'part', quantity: 1, unit: 'pcs', unitPrice: amount, taxRate: 0 },
  ...{ taxAmount: 0, grossTotalAmount: amount, netTotalAmount: amount },
});
