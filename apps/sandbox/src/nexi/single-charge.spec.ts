import { NexiDriver, orderOf } from './testing/nexi.driver.js';

let nexi: NexiDriver;
let id: string;
beforeEach(async () => {
  nexi = await NexiDriver.start();
  [id = ''] = await nexi.agreements(1);
});
afterEach(() => nexi.close());

const charge = (amount: number, key?: string, agreement = id) =>
  nexi.call('POST', `/v1/unscheduledsubscriptions/${agreement}/charges`, {
    body: { order: orderOf(amount, `order-${amount}`), myReference: 'mine-1' },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
const status = (key?: string) =>
  nexi.call('GET', `/v1/unscheduledsubscriptions/${id}/charges/status`, {
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });

it('makes a new payment per charge, which a read then shows', async () => {
  const { body } = await charge(5000);
  const read = await nexi.call('GET', `/v1/payments/${body.paymentId}`);
  expect(read.body.payment).toMatchObject({
    paymentId: body.paymentId,
    summary: { reservedAmount: 5000, chargedAmount: 5000 },
    orderDetails: { amount: 5000, currency: 'SEK', reference: 'order-5000' },
    charges: [{ chargeId: body.chargeId, amount: 5000 }],
    unscheduledSubscription: { unscheduledSubscriptionId: id },
    myReference: 'mine-1',
  });
  expect(read.body.payment.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4}\+00:00$/);
});

it('answers a decline by 402 with the issuer code, and the payment it made anyway', async () => {
  const [poor] = await nexi.agreements(1, '4925000000000517');
  const declined = await charge(5000, undefined, poor);
  expect(declined).toMatchObject({ status: 402, body: { code: '51', source: 'Issuer' } });
  const [paymentId] = /[0-9a-f]{32}/.exec(declined.body.message) ?? [];
  const read = await nexi.call('GET', `/v1/payments/${paymentId}`);
  expect(read.body.payment.orderDetails).toEqual({
    amount: 5000,
    currency: 'SEK',
    reference: 'order-5000',
  });
  expect(read.body.payment.unscheduledSubscription.unscheduledSubscriptionId).toBe(poor);
  expect(read.body.payment).not.toHaveProperty('charges');
  expect(read.body.payment.summary).toEqual({});
  expect(await nexi.ledger()).toEqual([]);
});

it.each([
  [101, '01'],
  [114, '14'],
  [133, '33'],
  [199, '99'],
])('answers the amount %i with the issuer code %s', async (amount, code) => {
  expect(await charge(amount)).toMatchObject({ status: 402, body: { code, source: 'Issuer' } });
});

it('charges the amounts 100 and 200 like any other', async () => {
  expect((await charge(100)).status).toBe(200);
  expect((await charge(200)).status).toBe(200);
});

it('answers the first result again under the same Idempotency-Key', async () => {
  const first = await charge(5000, 'key-1');
  expect(await charge(5000, 'key-1')).toEqual(first);
  expect(await nexi.ledger()).toHaveLength(1);
  expect((await charge(5000, 'key-2')).body.paymentId).not.toBe(first.body.paymentId);
});

it('answers a decline again under its key, without asking the issuer again', async () => {
  const first = await charge(114, 'key-1');
  expect(first.status).toBe(402);
  expect(await charge(114, 'key-1')).toEqual(first);
});

it('refuses another amount under a known key with 1026', async () => {
  await charge(5000, 'key-1');
  expect(await charge(5001, 'key-1')).toMatchObject({ status: 402, body: { code: '1026' } });
  expect(await nexi.ledger()).toHaveLength(1);
});

it('answers 409 while the first request under a key has no answer yet', async () => {
  await nexi.control('/switches', { nexiSlowAmount: 5000, nexiSlowMs: 200 });
  const first = charge(5000, 'key-1');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await charge(5000, 'key-1')).status).toBe(409);
  expect((await first).status).toBe(200);
  expect((await charge(5000, 'key-1')).body).toEqual((await first).body);
});

it('tells of a completed charge by its key, and of a declined or unknown one nothing', async () => {
  const { body } = await charge(5000, 'key-1');
  expect(await status('key-1')).toMatchObject({ status: 200, body: { ...body, completed: true } });
  await charge(114, 'key-2');
  expect(await status('key-2')).toMatchObject({ status: 404, text: '' });
  expect((await status('key-3')).status).toBe(404);
  expect((await status()).body.errors).toHaveProperty('Idempotency-Key');
});

it('refuses keys that are too long, unknown agreements, amounts of 0', async () => {
  expect((await charge(5000, 'k'.repeat(65))).body.errors).toHaveProperty('Idempotency-Key');
  expect(await charge(5000, 'key-1', '0'.repeat(32))).toMatchObject({ status: 404, text: '' });
  expect((await charge(0)).body.errors).toHaveProperty(['order.amount']);
});

it('takes ids with hyphens and in capitals', async () => {
  const hyphened = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-').toUpperCase();
  expect((await charge(5000, undefined, hyphened)).status).toBe(200);
});

it.each([
  ['error', 409],
  ['none', 200],
])('does as the switch nexiReplay says: %s', async (mode, expected) => {
  await nexi.control('/switches', { nexiReplay: mode });
  await charge(5000, 'key-1');
  expect((await charge(5000, 'key-1')).status).toBe(expected);
  expect(await nexi.ledger()).toHaveLength(mode === 'none' ? 2 : 1);
});

it('answers 1029 after a hard decline when the switch says so', async () => {
  await nexi.control('/switches', { nexiHardDeclineBlock: 'on' });
  expect((await charge(114)).body.code).toBe('14');
  expect((await charge(5000)).body).toMatchObject({ code: '1029', source: 'Internal' });
});
