import { NexiDriver, orderOf, registrationOf, VISA } from './testing/nexi.driver.js';

let nexi: NexiDriver;
beforeEach(async () => {
  nexi = await NexiDriver.start();
});
afterEach(() => nexi.close());

it('registers a card by a zero amount and charges the agreement', async () => {
  const { status, body } = await nexi.call('POST', '/v1/payments', { body: registrationOf() });
  expect(status).toBe(201);
  expect(body.paymentId).toMatch(/^[0-9a-f]{32}$/);
  expect(body.hostedPaymentPageUrl).toContain(`pid=${body.paymentId}`);

  const fresh = await nexi.call('GET', `/v1/payments/${body.paymentId}`);
  expect(fresh.body.payment).toMatchObject({ paymentId: body.paymentId, summary: {} });
  expect(fresh.body.payment).not.toHaveProperty('charges');
  expect(fresh.body.payment).not.toHaveProperty('unscheduledSubscription');

  const completed = await nexi.control(`/checkouts/${body.paymentId}/complete`, {
    cardNumber: VISA,
  });
  expect(completed.body.status).toBe('COMPLETED');
  expect(completed.body.redirectUrl).toBe(
    `https://shop.example/return?step=2&paymentid=${body.paymentId}`,
  );

  const read = await nexi.call('GET', `/v1/payments/${body.paymentId}`);
  const id = read.body.payment.unscheduledSubscription.unscheduledSubscriptionId;
  expect(read.body.payment.paymentDetails.cardDetails.maskedPan).toBe('49250000****0004');

  const agreement = await nexi.call('GET', `/v1/unscheduledsubscriptions/${id}`);
  expect(agreement.body).toEqual({
    unscheduledSubscriptionId: id,
    paymentDetails: {
      paymentType: 'CARD',
      paymentMethod: 'Visa',
      cardDetails: {
        maskedPan: '49250000****0004',
        expiryDate: expect.stringMatching(/^\d{4}$/),
      },
    },
  });

  const charge = await nexi.call('POST', `/v1/unscheduledsubscriptions/${id}/charges`, {
    body: { order: orderOf(9900, 'order-7') },
    headers: { 'idempotency-key': 'key-1' },
  });
  expect(charge.status).toBe(200);
  expect(Object.keys(charge.body).sort()).toEqual(['chargeId', 'paymentId']);
  expect(await nexi.ledger()).toEqual([
    {
      provider: 'NEXI',
      kind: 'CAPTURE',
      reference: charge.body.paymentId,
      orderReference: 'order-7',
      billingKey: id,
      amount: 9900,
      currency: 'SEK',
      at: expect.any(String),
    },
  ]);
});

it('takes a bulk charge and shows each item with its own result', async () => {
  const good = await nexi.agreements(3);
  const [poor] = await nexi.agreements(1, '4925000000000517');
  const [lost] = await nexi.agreements(1, '4925000000000418');
  const ids = [...good, poor, lost];
  const body = {
    externalBulkChargeId: 'bulk-1',
    unscheduledSubscriptions: ids.map((unscheduledSubscriptionId, index) => ({
      unscheduledSubscriptionId,
      order: orderOf(1000 + index, `order-${index}`),
    })),
  };
  const accepted = await nexi.call('POST', '/v1/unscheduledsubscriptions/charges', { body });
  expect(accepted.status).toBe(202);
  const { bulkId } = accepted.body;
  const again = await nexi.call('POST', '/v1/unscheduledsubscriptions/charges', { body });
  expect(again).toMatchObject({ status: 202, body: { bulkId } });

  const early = await nexi.call('GET', `/v1/unscheduledsubscriptions/charges/${bulkId}`);
  expect(early.body).toMatchObject({ status: 'Processing', more: false });
  expect(early.body.page).toHaveLength(5);
  expect(early.body.page[0]).toEqual({
    unscheduledSubscriptionId: ids[0],
    status: 'Pending',
  });

  await nexi.elapse(2000 + 5);
  const page = await nexi.call(
    'GET',
    `/v1/unscheduledsubscriptions/charges/${bulkId}?skip=2&take=2`,
  );
  expect(page.body).toMatchObject({ status: 'Done', more: true });
  expect(page.body.page).toEqual([
    {
      unscheduledSubscriptionId: ids[2],
      paymentId: expect.stringMatching(/^[0-9a-f]{32}$/),
      chargeId: expect.stringMatching(/^[0-9a-f]{32}$/),
      status: 'Succeeded',
    },
    {
      unscheduledSubscriptionId: poor,
      paymentId: expect.stringMatching(/^[0-9a-f]{32}$/),
      status: 'Failed',
      code: '51',
      source: 'Issuer',
      message: expect.stringContaining('Refused by issuer'),
    },
  ]);
  expect((await nexi.ledger()).map((line) => line.orderReference)).toEqual([
    'order-0',
    'order-1',
    'order-2',
  ]);
});

it('forgets everything when it is reset, work under way too', async () => {
  const [id = ''] = await nexi.agreements(1);
  const body = {
    externalBulkChargeId: 'bulk-1',
    unscheduledSubscriptions: [{ unscheduledSubscriptionId: id, order: orderOf(1000) }],
  };
  const { body: bulk } = await nexi.call('POST', '/v1/unscheduledsubscriptions/charges', { body });
  await nexi.control('/reset', {});
  await nexi.elapse(5000);
  expect(await nexi.ledger()).toEqual([]);
  expect((await nexi.call('GET', `/v1/unscheduledsubscriptions/${id}`)).status).toBe(404);
  const path = `/v1/unscheduledsubscriptions/charges/${bulk.bulkId}`;
  expect((await nexi.call('GET', path)).status).toBe(404);
});
