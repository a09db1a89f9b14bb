import { NexiDriver, registrationOf, VISA } from './testing/nexi.driver.js';

let nexi: NexiDriver;
beforeEach(async () => {
  nexi = await NexiDriver.start();
});
afterEach(() => nexi.close());

const start = async (changes = {}) => {
  const { body } = await nexi.call('POST', '/v1/payments', { body: registrationOf(changes) });
  const url = new URL(body.hostedPaymentPageUrl);
  return { paymentId: body.paymentId as string, page: `${url.pathname}${url.search}` };
};
const open = (page: string) => nexi.sandbox.app.inject({ method: 'GET', url: page });
const submit = (page: string, fields: Record<string, string>) =>
  nexi.sandbox.app.inject({
    method: 'POST',
    url: page,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      cardNumber: VISA,
      expiry: '11/39',
      cvc: '123',
      ...fields,
    }).toString(),
  });
const agreementOf = async (paymentId: string) =>
  (await nexi.call('GET', `/v1/payments/${paymentId}`)).body.payment.unscheduledSubscription
    ?.unscheduledSubscriptionId;

it('shows a form for a card, and sends the person back with paymentid in lower case', async () => {
  const { paymentId, page } = await start();
  const form = await open(`${page}&language=sv-SE`);
  expect(form.statusCode).toBe(200);
  expect(form.headers['content-type']).toContain('text/html');
  for (const name of ['cardNumber', 'expiry', 'cvc'])
    expect(form.payload).toContain(`name="${name}"`);
  expect(form.payload).toContain('Register your card');
  expect(form.payload).toContain('https://shop.example/cancel');

  const done = await submit(page, { cardNumber: '4925 0000 0000 0004' });
  expect(done.statusCode).toBe(303);
  expect(done.headers.location).toBe(`https://shop.example/return?step=2&paymentid=${paymentId}`);
  const id = await agreementOf(paymentId);
  const { body } = await nexi.call('GET', `/v1/unscheduledsubscriptions/${id}`);
  expect(body.paymentDetails.cardDetails.expiryDate).toBe('1139');
});

it('says what is wrong with a card and lets the person try another', async () => {
  const { paymentId, page } = await start();
  for (const [fields, reason] of [
    [{ cardNumber: '12' }, 'card number'],
    [{ cardNumber: '4111111111111111' }, 'not a test card'],
    [{ expiry: '13/39' }, 'MM/YY'],
    [{ expiry: '01/20' }, 'expired'],
    [{ cvc: '1' }, 'security code'],
    [{ cardNumber: '4925000000000087' }, 'refused'],
  ] as const) {
    const answer = await submit(page, fields);
    expect(answer.statusCode).toBe(422);
    expect(answer.payload).toContain(reason);
  }
  expect(await agreementOf(paymentId)).toBeUndefined();
  expect((await submit(page, {})).statusCode).toBe(303);
});

it('asks the holder before the challenged card is taken', async () => {
  const { paymentId, page } = await start();
  const cardNumber = '5544330000000235';
  expect((await submit(page, { cardNumber })).payload).toContain('Your bank asks');
  const refused = await submit(page, { cardNumber, challenge: 'refuse' });
  expect(refused.statusCode).toBe(422);
  expect(await agreementOf(paymentId)).toBeUndefined();
  expect((await submit(page, { cardNumber, challenge: 'accept' })).statusCode).toBe(303);
});

it('changes the card of an agreement and keeps its id', async () => {
  const [id] = await nexi.agreements(1, '4925000000000541');
  const { page } = await start({ unscheduledSubscription: { unscheduledSubscriptionId: id } });
  expect((await open(page)).payload).toContain('Update your card');
  await submit(page, { cardNumber: '5413000000000000' });
  const { body } = await nexi.call('GET', `/v1/unscheduledsubscriptions/${id}`);
  expect(body.paymentDetails).toMatchObject({
    paymentMethod: 'MasterCard',
    cardDetails: { maskedPan: '54130000****0000' },
  });
});

it('is closed once completed, terminated or expired, and unknown without its key', async () => {
  const completed = await start();
  await submit(completed.page, {});
  expect((await submit(completed.page, {})).statusCode).toBe(409);

  const terminated = await start();
  await nexi.call('PUT', `/v1/payments/${terminated.paymentId}/terminate`, { raw: '' });
  expect((await open(terminated.page)).payload).toContain('terminated');

  const expired = await start();
  await nexi.elapse(48 * 3_600_000 + 1000);
  expect((await open(expired.page)).payload).toContain('expired');

  expect(
    (await open(completed.page.replace(/checkoutKey=[^&]*/, 'checkoutKey=x'))).statusCode,
  ).toBe(404);
  expect((await open('/nexi/hostedpaymentpage/')).statusCode).toBe(404);
});

it('keeps what a merchant writes into an order as text', async () => {
  const order = (registrationOf()['order'] ?? {}) as { items: Record<string, unknown>[] };
  order.items[0] = { ...order.items[0], name: `"Fee" & 'more'` };
  const { page } = await start({ order });
  const { payload, headers } = await open(page);
  expect(payload).not.toContain(`"Fee" & 'more'`);
  expect(payload).toContain('&#34;Fee&#34; &#38; &#39;more&#39;');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

it('takes a card from a script as the test system does', async () => {
  const { paymentId } = await start();
  const pay = (card: unknown) =>
    nexi.call('POST', '/api/v1/pay', {
      headers: { paymentid: paymentId, checkoutkey: 'test-checkout-key-sandbox' },
      body: { type: 'card', card, amountConfirmedByConsumer: 0 },
    });
  const details = { expiryMonth: '11', expiryYear: '39', cvc: '123' };
  expect((await pay({ ...details, cardNumber: '4925000000000087' })).status).toBe(402);
  expect(await pay({ ...details, cardNumber: VISA })).toMatchObject({
    status: 200,
    body: { redirectUrl: expect.stringContaining(`paymentid=${paymentId}`) },
  });
});
