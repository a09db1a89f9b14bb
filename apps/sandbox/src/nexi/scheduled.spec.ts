import { NexiDriver, orderOf, registrationOf, VISA } from './testing/nexi.driver.js';

let nexi: NexiDriver;
beforeEach(async () => {
  nexi = await NexiDriver.start();
});
afterEach(() => nexi.close());

const DAY_MS = 86_400_000;
const register = async (subscription: Record<string, unknown>, amount = 0) => {
  const { body } = await nexi.call('POST', '/v1/payments', {
    body: registrationOf({
      order: orderOf(amount),
      unscheduledSubscription: null,
      subscription,
      checkout: { ...(registrationOf()['checkout'] as object), charge: amount > 0 },
    }),
  });
  await nexi.control(`/checkouts/${body.paymentId}/complete`, { cardNumber: VISA });
  const read = await nexi.call('GET', `/v1/payments/${body.paymentId}`);
  return read.body.payment.subscription.id as string;
};
const charge = (id: string) =>
  nexi.call('POST', `/v1/subscriptions/${id}/charges`, { body: { order: orderOf(5000) } });

it('reads a scheduled agreement by the id that a payment calls subscription.id', async () => {
  const id = await register({ endDate: '2099-01-01T00:00', interval: 30 });
  const { body } = await nexi.call('GET', `/v1/subscriptions/${id}`);
  expect(body).toMatchObject({
    subscriptionId: id,
    interval: 30,
    endDate: '2099-01-01T00:00:00.0000+00:00',
    paymentDetails: { paymentType: 'CARD', cardDetails: { maskedPan: '49250000****0004' } },
  });
  expect((await nexi.call('GET', `/v1/unscheduledsubscriptions/${id}`)).status).toBe(404);
});

it('captures a first paid period at once when the checkout says so', async () => {
  const id = await register({ endDate: '2099-01-01T00:00:00+00:00', interval: 0 }, 5000);
  expect(await nexi.ledger()).toMatchObject([{ kind: 'CAPTURE', amount: 5000, billingKey: id }]);
});

it('charges only when the interval has passed, and never after the end', async () => {
  const endDate = new Date(Date.now() + 100 * DAY_MS).toISOString();
  const id = await register({ endDate, interval: 30 });
  expect(await charge(id)).toMatchObject({ status: 402, body: { code: '1020' } });
  await nexi.elapse(30 * DAY_MS + 1000);
  expect((await charge(id)).status).toBe(200);
  expect((await charge(id)).status).toBe(402);
  await nexi.elapse(30 * DAY_MS + 1000);
  expect((await charge(id)).status).toBe(200);
  await nexi.elapse(60 * DAY_MS);
  expect(await charge(id)).toMatchObject({ status: 402, body: { code: '1030' } });
});

it('charges in bulk by id with the external reference there and ignored', async () => {
  const id = await register({ endDate: '2099-01-01T00:00', interval: 0 });
  const subscriptions = [{ subscriptionId: id, externalReference: 'ours', order: orderOf(700) }];
  const missing = await nexi.call('POST', '/v1/subscriptions/charges', { body: { subscriptions } });
  expect(missing.body.errors).toHaveProperty('externalBulkChargeId');
  const { status, body } = await nexi.call('POST', '/v1/subscriptions/charges', {
    body: { externalBulkChargeId: 'run-1', subscriptions },
  });
  expect(status).toBe(202);
  await nexi.elapse(2001);
  const page = await nexi.call('GET', `/v1/subscriptions/charges/${body.bulkId}`);
  expect(page.body.page[0]).toMatchObject({ subscriptionId: id, status: 'Succeeded' });
});

describe('agreements imported from another platform', () => {
  const bring = (body: Record<string, unknown>) =>
    nexi.call('POST', '/imports/agreements', { body });

  it.each(['unscheduled', 'scheduled'])('are read by their old name: %s', async (kind) => {
    const { body } = await bring({ kind, cardNumber: VISA, externalReference: 'old-1' });
    const path = kind === 'scheduled' ? '/v1/subscriptions' : '/v1/unscheduledsubscriptions';
    const name = kind === 'scheduled' ? 'subscriptionId' : 'unscheduledSubscriptionId';
    for (const query of ['?externalReference=old-1', '?externalreference=old-1'])
      expect((await nexi.call('GET', path + query)).body[name]).toBe(body.id);
    expect((await nexi.call('GET', `${path}/old-1?externalReference=old-1`)).body[name]).toBe(
      body.id,
    );
    expect((await nexi.call('GET', `${path}?externalReference=none`)).status).toBe(404);
    expect((await nexi.call('GET', path)).status).toBe(400);
  });

  it('are charged in bulk by their old name, which the page gives back', async () => {
    const { body: imported } = await bring({ cardNumber: VISA, externalReference: 'old-1' });
    const { body } = await nexi.call('POST', '/v1/unscheduledsubscriptions/charges', {
      body: { unscheduledSubscriptions: [{ externalReference: 'old-1', order: orderOf(900) }] },
    });
    await nexi.elapse(2001);
    const page = await nexi.call('GET', `/v1/unscheduledsubscriptions/charges/${body.bulkId}`);
    expect(page.body.page).toMatchObject([
      { unscheduledSubscriptionId: imported.id, externalReference: 'old-1', status: 'Succeeded' },
    ]);
  });
});
