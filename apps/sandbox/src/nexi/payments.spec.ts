import { NexiDriver, orderOf, registrationOf, VISA } from './testing/nexi.driver.js';

let nexi: NexiDriver;
beforeEach(async () => {
  nexi = await NexiDriver.start();
});
afterEach(() => nexi.close());

type Json = Record<string, any>;
const checkout = registrationOf()['checkout'] as Json;
const create = (changes: Json = {}) =>
  nexi.call('POST', '/v1/payments', { body: registrationOf(changes) });
const purchase = (changes: Json = {}) =>
  create({ order: orderOf(9000), unscheduledSubscription: undefined, ...changes });
const reserve = async (cardNumber = VISA) => {
  const { body } = await purchase();
  await nexi.control(`/checkouts/${body.paymentId}/complete`, { cardNumber });
  return body.paymentId as string;
};
const read = async (id: string) => (await nexi.call('GET', `/v1/payments/${id}`)).body.payment;
const partOf = (amount: number) => ({ amount, orderItems: orderOf(amount)['items'] });
const post = (id: string, what: string, body: unknown, key?: string) =>
  nexi.call('POST', `/v1/payments/${id}/${what}`, {
    body,
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
const put = (id: string, what: string, body: unknown) =>
  nexi.call('PUT', `/v1/payments/${id}/${what}`, { body });

describe('access', () => {
  it.each([
    'Bearer test-secret-key-sandbox',
    'test-secret-key-other',
    'test-checkout-key-sandbox',
    '',
  ])('answers 401 with an empty body to %p', async (authorization) => {
    const answer = await nexi.call('GET', '/v1/payments/x', { headers: { authorization } });
    expect(answer).toMatchObject({ status: 401, text: '' });
  });

  it('hides one account from another', async () => {
    await nexi.control('/accounts', {
      provider: 'NEXI',
      key: 'test-secret-key-two',
      secret: 'two',
    });
    const { body } = await create();
    const path = `/v1/payments/${body.paymentId}`;
    const other = await nexi.call('GET', path, {
      headers: { authorization: 'test-secret-key-two' },
    });
    expect(other).toMatchObject({ status: 404, text: '' });
  });

  it('tolerates a trailing slash and answers 404 to what it does not know', async () => {
    expect((await nexi.call('POST', '/v1/payments/', { body: registrationOf() })).status).toBe(201);
    expect(await nexi.call('GET', '/v1/nothing')).toMatchObject({ status: 404, text: '' });
  });
});

describe('creating a payment', () => {
  it.each<[string, string, Json]>([
    ['no order', 'order', { order: null }],
    [
      'an amount that is no sum of the items',
      'order.amount',
      { order: { ...orderOf(5), amount: 6 } },
    ],
    ['amount 0 without an agreement', 'order.amount', { unscheduledSubscription: null }],
    ['a negative amount', 'order.amount', { order: orderOf(-5) }],
    ['a fraction', 'order.amount', { order: orderOf(1.5) }],
    ['more than 32 bits', 'order.amount', { order: orderOf(2 ** 31) }],
    ['an amount as text', 'order.amount', { order: { ...orderOf(5), amount: '5' } }],
    ['an unknown currency', 'order.currency', { order: { ...orderOf(0), currency: 'XXZ' } }],
    ['no items', 'order.items', { order: { ...orderOf(0), items: [] } }],
    ['a long reference', 'order.reference', { order: orderOf(0, 'x'.repeat(129)) }],
    ['a reference with markup', 'order.reference', { order: orderOf(0, '<b>') }],
    ['no checkout', 'checkout', { checkout: null }],
    ['no terms', 'checkout.termsUrl', { checkout: { ...checkout, termsUrl: null } }],
    [
      'hosted without returnUrl',
      'checkout.returnUrl',
      { checkout: { ...checkout, returnUrl: '' } },
    ],
    [
      'another integration',
      'checkout.integrationType',
      { checkout: { ...checkout, integrationType: 'hosted' } },
    ],
    ['embedded without url', 'checkout.url', { checkout: { termsUrl: 'https://shop.example' } }],
    [
      'a returnUrl of script',
      'checkout.returnUrl',
      { checkout: { ...checkout, returnUrl: 'javascript:1' } },
    ],
    [
      'a phone prefix',
      'checkout.consumer.phoneNumber.prefix',
      { checkout: { ...checkout, consumer: { phoneNumber: { prefix: '46' } } } },
    ],
    [
      'an address without city',
      'checkout.consumer.billingAddress.city',
      {
        checkout: {
          ...checkout,
          consumer: { billingAddress: { addressLine1: 'a', postalCode: '1', country: 'SWE' } },
        },
      },
    ],
    [
      'person and company',
      'checkout.consumer.company',
      {
        checkout: {
          ...checkout,
          consumer: { privatePerson: { firstName: 'a', lastName: 'b' }, company: { name: 'c' } },
        },
      },
    ],
    [
      'an end too far',
      'checkout.expiresAt',
      { checkout: { ...checkout, expiresAt: '2999-01-01T00:00:00Z' } },
    ],
    [
      'http webhooks',
      'notifications.webHooks[0].url',
      {
        notifications: {
          webHooks: [{ eventName: 'payment.created', url: 'http://shop.example/' }],
        },
      },
    ],
    [
      'an & in a webhook url',
      'notifications.webHooks[0].url',
      {
        notifications: {
          webHooks: [{ eventName: 'payment.created', url: 'https://shop.example/?a=1&b=2' }],
        },
      },
    ],
    [
      'a short authorization',
      'notifications.webHooks[0].authorization',
      {
        notifications: {
          webHooks: [
            { eventName: 'payment.created', url: 'https://shop.example/', authorization: 'short' },
          ],
        },
      },
    ],
    [
      'no event name',
      'notifications.webHooks[0].eventName',
      { notifications: { webHooks: [{ url: 'https://shop.example/' }] } },
    ],
    [
      '33 webhooks',
      'notifications.webHooks',
      {
        notifications: {
          webHooks: Array(33).fill({ eventName: 'payment.created', url: 'https://shop.example/' }),
        },
      },
    ],
    ['a long myReference', 'myReference', { myReference: 'x'.repeat(37) }],
    [
      'an unknown agreement to update',
      'unscheduledSubscription.unscheduledSubscriptionId',
      { unscheduledSubscription: { unscheduledSubscriptionId: 'a'.repeat(32) } },
    ],
    ['both kinds of agreement', 'subscription', { subscription: { interval: 0 } }],
    [
      'an endDate that is none',
      'subscription.endDate',
      { unscheduledSubscription: null, subscription: { endDate: 'soon' } },
    ],
  ])('refuses %s under %s', async (_name, path, changes) => {
    const { status, body } = await create(changes);
    expect(status).toBe(400);
    expect(Object.keys(body.errors)).toContain(path);
    expect(body.errors[path]).toEqual([expect.any(String)]);
  });

  it('refuses a body that is no JSON object', async () => {
    for (const raw of ['', '{', '[]', '"text"', 'null'])
      expect(await nexi.call('POST', '/v1/payments', { raw })).toMatchObject({
        status: 400,
        body: { errors: { '': [expect.any(String)] } },
      });
  });

  it('matches property names in any case and takes nulls for absences', async () => {
    const answer = await create({
      subscription: null,
      MyReference: 'mine',
      notifications: { webhooks: [{ EventName: 'payment.created', url: 'https://shop.example/' }] },
      checkout: { ...checkout, consumer: null, charge: null },
    });
    expect(answer.status).toBe(201);
    expect(await read(answer.body.paymentId)).toMatchObject({ myReference: 'mine' });
  });

  it('answers hostedPaymentPageUrl for the hosted page only', async () => {
    const embedded = await create({
      checkout: { url: 'https://shop.example/pay', termsUrl: 'https://shop.example/terms' },
    });
    expect(Object.keys(embedded.body)).toEqual(['paymentId']);
    expect((await read(embedded.body.paymentId)).checkout).toEqual({
      url: 'https://shop.example/pay',
    });
    await nexi.control('/switches', { nexiExpiresAt: 'present' });
    expect(Object.keys((await create()).body)).toEqual([
      'paymentId',
      'hostedPaymentPageUrl',
      'expiresAt',
    ]);
  });

  it('shows the consumer it was told of in the shape of reads', async () => {
    const address = {
      addressLine1: 'Gatan 1',
      postalCode: '11122',
      city: 'Stockholm',
      country: 'SWE',
    };
    const phoneNumber = { prefix: '+46', number: '700000000' };
    const consumer = {
      reference: 'c-1',
      email: 'a@shop.example',
      shippingAddress: address,
      phoneNumber,
      privatePerson: { firstName: 'Ada', lastName: 'Berg' },
    };
    const { body } = await create({ checkout: { ...checkout, consumer } });
    expect((await read(body.paymentId)).consumer).toEqual({
      shippingAddress: { ...address, phoneNumber },
      company: { contactDetails: { phoneNumber: {} } },
      privatePerson: {
        merchantReference: 'c-1',
        firstName: 'Ada',
        lastName: 'Berg',
        email: 'a@shop.example',
        phoneNumber,
      },
      billingAddress: {},
    });
  });
});

it('answers 429 to the 31st read of a payment in an hour, and goes on with others', async () => {
  const { body } = await create();
  const { body: other } = await create();
  const statuses: number[] = [];
  for (let n = 0; n < 31; n += 1)
    statuses.push((await nexi.call('GET', `/v1/payments/${body.paymentId}`)).status);
  expect(statuses).toEqual([...Array(30).fill(200), 429]);
  expect((await nexi.call('GET', `/v1/payments/${other.paymentId}`)).status).toBe(200);
});

describe('an ordinary reservation', () => {
  it('is captured in parts, the rest let go with the final one', async () => {
    const id = await reserve();
    expect((await read(id)).summary).toEqual({ reservedAmount: 9000 });
    const first = await post(id, 'charges', partOf(4000));
    expect(first).toMatchObject({ status: 201, body: { chargeId: expect.any(String) } });
    expect(await nexi.call('GET', `/v1/charges/${first.body.chargeId}`)).toMatchObject({
      body: { chargeId: first.body.chargeId, amount: 4000 },
    });
    expect((await post(id, 'charges', partOf(5001))).body.code).toBe('1001');
    expect((await post(id, 'charges', { amount: 0 })).body.code).toBe('1002');
    expect((await post(id, 'charges', { amount: 5 })).body.errors).toHaveProperty('orderItems');
    await post(id, 'charges', { ...partOf(1000), finalCharge: true });
    expect((await read(id)).summary).toEqual({
      reservedAmount: 9000,
      chargedAmount: 5000,
      cancelledAmount: 4000,
    });
    expect((await post(id, 'charges', partOf(1))).body.code).toBe('1008');
    expect((await nexi.ledger()).map((line) => line.amount)).toEqual([4000, 1000]);
  });

  it('answers a charge again under its key, and refuses another amount with 1026', async () => {
    const id = await reserve();
    const first = await post(id, 'charges', { amount: 9000 }, 'key-1');
    expect(await post(id, 'charges', { amount: 9000 }, 'key-1')).toEqual(first);
    expect(await post(id, 'charges', partOf(1), 'key-1')).toMatchObject({
      status: 402,
      body: { code: '1026' },
    });
    const failing = await reserve('4925000000000079');
    const refused = await post(failing, 'charges', { amount: 9000 }, 'key-2');
    expect(refused).toMatchObject({ status: 402, body: { code: '05', source: 'Issuer' } });
    expect(await post(failing, 'charges', { amount: 9000 }, 'key-2')).toEqual(refused);
  });

  it('is cancelled in whole or in part, not once it is captured', async () => {
    const id = await reserve();
    expect((await post(id, 'cancels', { amount: 1 })).body.errors).toHaveProperty('orderItems');
    expect(await post(id, 'cancels', partOf(2000))).toMatchObject({ status: 204, text: '' });
    expect((await read(id)).summary.cancelledAmount).toBe(2000);
    expect((await post(id, 'cancels', partOf(7001))).body.errors).toHaveProperty('amount');
    expect((await post(id, 'charges', partOf(7000))).status).toBe(201);
    expect(await post(id, 'cancels', partOf(1))).toMatchObject({
      status: 405,
      body: { code: '1008' },
    });
    const { body } = await purchase();
    expect((await post(body.paymentId, 'cancels', partOf(1))).body.code).toBe('1003');
  });

  it('is declined on the page by the amounts and cards that decline', async () => {
    const { body } = await purchase({ order: orderOf(114) });
    const complete = (cardNumber: string) =>
      nexi.control(`/checkouts/${body.paymentId}/complete`, { cardNumber });
    expect((await complete(VISA)).body).toMatchObject({ status: 'FAILED', code: '14' });
    expect((await read(body.paymentId)).summary).toEqual({});
    expect((await complete('4111111111111111')).status).toBe(400);
  });
});

describe('changing a payment', () => {
  it('is terminated before its checkout is completed, once', async () => {
    const { body } = await create();
    expect(await put(body.paymentId, 'terminate', {})).toMatchObject({ status: 204, text: '' });
    expect(await read(body.paymentId)).toHaveProperty('terminated');
    expect((await put(body.paymentId, 'terminate', {})).status).toBe(409);
    expect((await put(await reserve(), 'terminate', {})).status).toBe(400);
    expect((await put('0'.repeat(32), 'terminate', {})).status).toBe(404);
  });

  it('takes new references at any time and new items until completed', async () => {
    const { body } = await create();
    const id = body.paymentId;
    expect((await put(id, 'myreference', { myReference: 'new-1' })).status).toBe(204);
    expect(
      (await put(id, 'orderitems', { ...orderOf(700), shipping: { costSpecified: true } })).status,
    ).toBe(204);
    const reference = { checkoutUrl: 'https://shop.example/x', reference: 'order-9' };
    expect((await put(id, 'referenceinformation', reference)).status).toBe(204);
    expect(await read(id)).toMatchObject({
      myReference: 'new-1',
      orderDetails: { amount: 700, reference: 'order-9' },
    });
    await nexi.control(`/checkouts/${id}/complete`, { cardNumber: VISA });
    expect((await put(id, 'orderitems', orderOf(800))).status).toBe(405);
    expect((await put(id, 'myreference', { myReference: 'new-2' })).status).toBe(204);
    expect((await put(id, 'referenceinformation', {})).body.errors).toHaveProperty('reference');
  });
});

describe('the rest', () => {
  it('lists payment methods as a bare array, by currency', async () => {
    const { body } = await nexi.call('GET', '/v1/paymentmethods?Currency=SEK&Enabled=true');
    expect(body).toContainEqual({
      name: 'Visa',
      paymentType: 'CARD',
      currency: 'SEK',
      enabled: true,
    });
    expect(body.every((method: Json) => method['currency'] === 'SEK')).toBe(true);
    expect((await nexi.call('GET', '/v1/paymentmethods?Enabled=maybe')).status).toBe(400);
  });

  it('takes card data from servers that may hold it', async () => {
    const pay = (cardNumber: string, key: string) =>
      nexi.call('POST', '/v1/cardpayments', {
        body: {
          interactionType: 'none',
          order: orderOf(9000),
          paymentInfo: { charge: true },
          cardDetails: { cardNumber, expiryMonth: '11', expiryYear: '39', cvc: '123' },
        },
        headers: { 'idempotency-key': key },
      });
    const first = await pay(VISA, 'key-1');
    expect(first).toMatchObject({
      status: 201,
      body: { paymentId: expect.any(String), idempotencyKey: 'key-1' },
    });
    expect(await pay(VISA, 'key-1')).toEqual(first);
    expect((await read(first.body.paymentId)).summary.chargedAmount).toBe(9000);
    expect(await pay('4925000000000517', 'key-2')).toMatchObject({
      status: 402,
      body: { code: '51' },
    });
    expect((await pay('12', 'key-3')).body.errors).toHaveProperty(['cardDetails.cardNumber']);
  });
});
