import { NexiDriver, orderOf } from './testing/nexi.driver.js';

let nexi: NexiDriver;
let payment: { paymentId: string; chargeId: string };
const AMOUNT = 10_000;

beforeEach(async () => {
  nexi = await NexiDriver.start();
  const [id] = await nexi.agreements(1);
  const { body } = await nexi.call('POST', `/v1/unscheduledsubscriptions/${id}/charges`, {
    body: { order: orderOf(AMOUNT) },
  });
  payment = body;
});
afterEach(() => nexi.close());

const partOf = (amount: number) => ({ amount, orderItems: orderOf(amount)['items'] });
const refund = (body: unknown, key?: string) =>
  nexi.call('POST', `/v1/charges/${payment.chargeId}/refunds`, {
    body,
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });

it('refunds in parts up to what was charged, each refund completed at once', async () => {
  const first = await refund(partOf(4000));
  expect(first).toMatchObject({ status: 201, body: { refundId: expect.any(String) } });
  const tooMuch = await refund(partOf(6001));
  expect(tooMuch).toMatchObject({ status: 400, body: { code: '1009', source: 'Internal' } });
  expect((await refund(partOf(6000))).status).toBe(201);
  expect((await refund(partOf(1))).body.code).toBe('1023');

  const { body } = await nexi.call('GET', `/v1/payments/${payment.paymentId}`);
  expect(body.payment.summary).toEqual({
    reservedAmount: AMOUNT,
    chargedAmount: AMOUNT,
    refundedAmount: AMOUNT,
  });
  expect(body.payment.refunds.map((row: any) => [row.amount, row.state])).toEqual([
    [4000, 'Completed'],
    [6000, 'Completed'],
  ]);
  expect((await nexi.ledger()).map((line) => [line.kind, line.reference, line.amount])).toEqual([
    ['CAPTURE', payment.paymentId, AMOUNT],
    ['REFUND', payment.paymentId, 4000],
    ['REFUND', payment.paymentId, 6000],
  ]);
  const read = await nexi.call('GET', `/v1/refunds/${first.body.refundId}`);
  expect(read.body).toMatchObject({ refundId: first.body.refundId, amount: 4000 });
});

it('answers the first refund again under its key, and refuses another amount', async () => {
  const first = await refund({ amount: AMOUNT }, 'refund-1');
  const again = await refund({ amount: AMOUNT }, 'refund-1');
  expect(again).toEqual(first);
  const other = await refund(partOf(5), 'refund-1');
  expect(other).toMatchObject({ status: 400, body: { code: '1027' } });
  expect(await nexi.ledger()).toHaveLength(2);
});

it('needs the items of a partial refund, and their sum to be the amount', async () => {
  expect((await refund({ amount: 10 })).body.errors).toHaveProperty('orderItems');
  const wrongSum = await refund({ amount: 10, orderItems: orderOf(11)['items'] });
  expect(wrongSum).toMatchObject({
    status: 400,
    body: { errors: { amount: [expect.any(String)] } },
  });
});

it('refunds a payment as a whole by its own id', async () => {
  const answer = await nexi.call('POST', `/v1/payments/${payment.paymentId}/refunds`, {
    body: { amount: AMOUNT },
  });
  expect(answer.status).toBe(201);
  expect((await nexi.ledger()).at(-1)).toMatchObject({ kind: 'REFUND', amount: AMOUNT });
});

it('holds a refund Pending for as long as asked, and lets it be cancelled until then', async () => {
  await nexi.control('/switches', { nexiRefundDelayMs: 60_000 });
  const { body: first } = await refund(partOf(4000));
  const { body: second } = await refund(partOf(6000));
  const cancelled = await nexi.call('POST', `/v1/pending-refunds/${first.refundId}/cancel`);
  expect(cancelled).toMatchObject({ status: 204, text: '' });
  await nexi.elapse(61_000);
  const late = await nexi.call('POST', `/v1/pending-refunds/${second.refundId}/cancel`);
  expect(late).toMatchObject({ status: 405, body: { code: '1025' } });
  const { body } = await nexi.call('GET', `/v1/payments/${payment.paymentId}`);
  expect(body.payment.refunds.map((row: any) => row.state)).toEqual(['Cancelled', 'Completed']);
  expect(body.payment.summary.refundedAmount).toBe(6000);
});

it('answers 404 to ids that name nothing of this account', async () => {
  const unknown = '0'.repeat(32);
  for (const path of [
    `/v1/charges/${unknown}`,
    `/v1/charges/${payment.paymentId}`,
    `/v1/refunds/${payment.chargeId}`,
    '/v1/charges/no-id',
  ])
    expect(await nexi.call('GET', path)).toMatchObject({ status: 404, text: '' });
});
