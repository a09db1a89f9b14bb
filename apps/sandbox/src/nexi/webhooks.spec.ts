import {
  NexiDriver,
  orderOf,
  registrationOf,
  VISA,
  WebhookReceiver,
} from './testing/nexi.driver.js';
import { EVENT_NAMES } from './webhook-announcer.js';

let nexi: NexiDriver;
let receiver: WebhookReceiver;
beforeEach(async () => {
  nexi = await NexiDriver.start();
  receiver = await WebhookReceiver.start();
});
afterEach(async () => {
  await nexi.close();
  await receiver.close();
});

const settled = () => nexi.sandbox.core.webhooks.settled(5000);
const arrived = async (count: number) => {
  for (let look = 0; look < 200 && receiver.deliveries.length < count; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await settled();
};
const find = (event: string) =>
  receiver.deliveries.find((delivery) => delivery.body.event === event)?.body;

const charge = async (cardNumber: string, amount: number, events: readonly string[]) => {
  const [id] = await nexi.agreements(1, cardNumber);
  return nexi.call('POST', `/v1/unscheduledsubscriptions/${id}/charges`, {
    body: { order: orderOf(amount), notifications: receiver.registerFor(...events) },
  });
};

it('sends what a charge is registered for, and nothing else', async () => {
  const { body } = await charge(VISA, 5000, ['payment.charge.created.v2']);
  await arrived(1);
  expect(receiver.names()).toEqual(['payment.charge.created.v2']);
  const [delivery] = receiver.deliveries;
  expect(delivery?.authorization).toBe('secret0123456789');
  expect(delivery?.body).toEqual({
    id: body.chargeId,
    merchantNumber: expect.any(Number),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4}\+00:00$/),
    event: 'payment.charge.created.v2',
    data: {
      chargeId: body.chargeId,
      orderItems: orderOf(5000)['items'],
      paymentMethod: 'Visa',
      paymentType: 'CARD',
      subscriptionId: expect.any(String),
      reconciliationReference: expect.any(String),
      amount: { amount: 5000, currency: 'SEK' },
      paymentId: body.paymentId,
    },
  });
});

it('sends nothing for a charge without notifications', async () => {
  await charge(VISA, 5000, []);
  await settled();
  expect(nexi.sandbox.core.webhooks.list()).toEqual([]);
});

it('tells of a decline by payment.created and payment.reservation.failed', async () => {
  await charge('4925000000000517', 5000, EVENT_NAMES);
  await arrived(2);
  expect(receiver.names().sort()).toEqual(['payment.created', 'payment.reservation.failed']);
  const failed = find('payment.reservation.failed');
  expect(failed.data.error).toEqual({
    code: '51',
    source: 'Issuer',
    message: `Direct charge failed for payment id: ${failed.data.paymentId}. ErrorMessage: Refused by issuer`,
  });
  expect(failed.data).not.toHaveProperty('subscriptionId');
  expect(failed).toHaveProperty('merchantId');
  expect(failed).not.toHaveProperty('merchantNumber');
});

const partOf = (amount: number) => ({ amount, orderItems: orderOf(amount)['items'] });

it('has all fifteen events, versions sharing an id, each in its own envelope', async () => {
  const notifications = receiver.registerFor(...EVENT_NAMES);
  const reserve = async (cardNumber: string) => {
    const { body } = await nexi.call('POST', '/v1/payments', {
      body: registrationOf({ order: orderOf(9000), unscheduledSubscription: null, notifications }),
    });
    await nexi.control(`/checkouts/${body.paymentId}/complete`, { cardNumber });
    return body.paymentId;
  };
  const paymentId = await reserve(VISA);
  const captured = await nexi.call('POST', `/v1/payments/${paymentId}/charges`, {
    body: partOf(5000),
  });
  await nexi.call('POST', `/v1/charges/${captured.body.chargeId}/refunds`, { body: partOf(1000) });
  await nexi.control('/switches', { nexiRefundOutcome: 'Failed' });
  await nexi.call('POST', `/v1/charges/${captured.body.chargeId}/refunds`, { body: partOf(1000) });
  await nexi.call('POST', `/v1/payments/${paymentId}/cancels`, { body: partOf(1000) });
  await nexi.control('/switches', { nexiCancelOutcome: 'Failed' });
  await nexi.call('POST', `/v1/payments/${paymentId}/cancels`, { body: partOf(1000) });
  const failing = await reserve('4925000000000079');
  const refused = await nexi.call('POST', `/v1/payments/${failing}/charges`, {
    body: { amount: 9000 },
  });
  expect(refused).toMatchObject({ status: 402, body: { code: '05', source: 'Issuer' } });
  await reserve('4925000000000087');
  await arrived(22);

  expect([...new Set(receiver.names())].sort()).toEqual([...EVENT_NAMES].sort());
  for (const { body } of receiver.deliveries) {
    const isV2 = body.event.endsWith('.v2');
    expect('merchantNumber' in body).toBe(isV2);
    expect('merchantId' in body).toBe(!isV2 || body.event === 'payment.refund.initiated.v2');
    expect(body.id).toMatch(/^[0-9a-f]{32}$/);
    expect(body.data.paymentId).toMatch(/^[0-9a-f]{32}$/);
  }
  expect(find('payment.reservation.created').id).toBe(find('payment.reservation.created.v2').id);
  expect(find('payment.reservation.created').data).toMatchObject({
    cardDetails: { truncatedPan: '49250000****0004', expiryMonth: 12 },
    reserveId: find('payment.reservation.created').id,
  });
  expect(find('payment.charge.created').id).toBe(captured.body.chargeId);
  expect(find('payment.refund.completed').data).not.toHaveProperty('chargeId');
  expect(find('payment.refund.failed').data).toHaveProperty('reconciliationReference');
  expect(find('payment.cancel.created').id).toBe(find('payment.cancel.created').data.cancelId);
});

it('sends again after growing waits until the receiver answers 200', async () => {
  receiver.statuses = [500, 204, 302];
  await charge(VISA, 5000, ['payment.charge.created.v2']);
  await arrived(1);
  for (const waitMs of [1_000, 5_000, 15_000]) {
    const before = receiver.deliveries.length;
    await nexi.elapse(waitMs - 500);
    expect(receiver.deliveries).toHaveLength(before);
    await nexi.elapse(600);
    expect(receiver.deliveries).toHaveLength(before + 1);
  }
  await nexi.elapse(86_400_000);
  expect(receiver.deliveries).toHaveLength(4);
  expect(new Set(receiver.deliveries.map(({ body }) => body.id)).size).toBe(1);
});

it('tells of a completed registration, the consumer being an address alone', async () => {
  const { body } = await nexi.call('POST', '/v1/payments', {
    body: registrationOf({ notifications: receiver.registerFor('payment.checkout.completed') }),
  });
  await nexi.control(`/checkouts/${body.paymentId}/complete`, { cardNumber: VISA });
  await arrived(1);
  expect(find('payment.checkout.completed').data).toEqual({
    order: {
      amount: { amount: 0, currency: 'SEK' },
      reference: 'registration-1',
      orderItems: expect.any(Array),
    },
    consumer: { ip: expect.any(String) },
    paymentId: body.paymentId,
  });
});
