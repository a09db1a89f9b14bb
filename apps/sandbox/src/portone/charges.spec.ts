import {
  APPROVED_CARD,
  LATE_CARD,
  POOR_CARD,
  POOR_REFUSED_CARD,
  PortoneDriver,
} from './testing/portone.driver.js';

const ALREADY =
  '이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)';

describe('charging a billing key again', () => {
  let portone: PortoneDriver;
  let key: string;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    key = await portone.makeKey();
  });
  afterAll(() => portone.close());

  it('answers the payment with every field of the reference', async () => {
    const { response } = await portone.again(key, 'fields-1', {
      custom_data: '{"orderId":"order-7"}',
      buyer_name: '홍길동',
      card_quota: 3,
    });
    expect(response).toMatchObject({
      merchant_uid: 'fields-1',
      amount: 9900,
      cancel_amount: 0,
      currency: 'KRW',
      status: 'paid',
      channel: 'api',
      customer_uid: key,
      customer_uid_usage: 'payment',
      pay_method: 'card',
      pg_provider: 'nice',
      custom_data: '{"orderId":"order-7"}',
      buyer_name: '홍길동',
      buyer_tel: null,
      card_quota: 3,
      failed_at: 0,
      cancelled_at: 0,
      fail_reason: null,
      cancel_history: [],
      vbank_date: 0,
      escrow: false,
      user_agent: 'lightMyRequest',
    });
    expect(response.imp_uid).toMatch(/^imps_\d{12}$/);
    expect(response.paid_at).toBe(response.started_at);
    const names = Object.keys(response);
    expect(names).toEqual([...names].sort());
  });

  it('writes one line into the ledger, under the order id sent as custom_data', async () => {
    await portone.again(key, 'line-1', { custom_data: '{"orderId":"order-8"}' });
    await portone.again(key, 'line-2', {
      amount: '10.50',
      currency: 'USD',
      custom_data: 'free text',
    });
    const lines = (await portone.ledger()).slice(-2);
    expect(lines[0]).toMatchObject({
      provider: 'PORTONE',
      kind: 'CAPTURE',
      reference: 'line-1',
      orderReference: 'order-8',
      billingKey: key,
      amount: 9900,
      currency: 'KRW',
    });
    expect(lines[1]).toMatchObject({ orderReference: 'line-2', amount: 1050, currency: 'USD' });
  });

  it('takes a merchant_uid once it is paid or cancelled no second time', async () => {
    await portone.again(key, 'twice-1');
    const second = await portone.again(key, 'twice-1');
    expect(second).toEqual({ status: 200, code: 1, message: ALREADY, response: null });
    await portone.post('/payments/cancel', { merchant_uid: 'twice-1' });
    expect((await portone.again(key, 'twice-1')).message).toBe(ALREADY);
    expect((await portone.get('/payments/findAll/twice-1')).response.total).toBe(1);
  });

  it('lets a failed merchant_uid be tried again, so that several payments share it', async () => {
    const poor = await portone.makeKey(POOR_CARD);
    const first = await portone.again(poor, 'retry-1');
    expect(first).toMatchObject({ status: 200, code: 0, message: null });
    expect(first.response).toMatchObject({
      status: 'failed',
      fail_reason: '[F116]거래거절 잔액부족',
      paid_at: 0,
      pg_tid: null,
      receipt_url: null,
    });
    expect(first.response.failed_at).toBeGreaterThan(0);
    await portone.again(key, 'retry-1');
    const all = (await portone.get('/payments/findAll/retry-1')).response;
    expect(all.list.map((it: any) => it.status)).toEqual(['paid', 'failed']);
    expect((await portone.ledger()).filter((it) => it.reference === 'retry-1')).toHaveLength(1);
  });

  it('is also declined in the other way, with nothing left to look up', async () => {
    const refused = await portone.again(await portone.makeKey(POOR_REFUSED_CARD), 'refused-1');
    expect(refused).toEqual({
      status: 200,
      code: -1,
      message: '결제요청에 실패하였습니다. [F116]거래거절 잔액부족',
      response: null,
    });
    expect((await portone.get('/payments/findAll/refused-1')).status).toBe(404);
  });

  it('answers for each magic card its outcome, whatever the amount', async () => {
    const cards = await portone.control('/cards', undefined, 'GET');
    for (const { provider, number, outcome, at } of cards) {
      if (provider !== 'PORTONE' || at) continue;
      const uid = await portone.makeKey(number);
      for (const amount of [1, 101, 150_000]) {
        const answer = await portone.again(uid, `${uid.slice(5)}${amount}`, { amount });
        expect(answer.response?.status === 'paid').toBe(outcome === 'APPROVED');
        const text = answer.message ?? answer.response.fail_reason;
        if (outcome !== 'APPROVED') expect(text).toMatch(/\[[A-Z]\d{3}\]/);
      }
    }
  });

  it('needs a uid, a merchant_uid and an amount the currency has', async () => {
    for (const wrong of [
      { customer_uid: undefined },
      { merchant_uid: undefined },
      { merchant_uid: 'm'.repeat(41) },
      { merchant_uid: ['a', 'b'] },
      { amount: undefined },
      { amount: 0 },
      { amount: -1 },
      { amount: 'many' },
      { amount: 10.5 },
      { amount: 1e30 },
      { amount: 10.555, currency: 'USD' },
      { currency: 'XYZW' },
      { name: 'n'.repeat(41) },
      { card_quota: -1 },
    ]) {
      const answer = await portone.again(key, 'wrong-1', wrong);
      expect(answer).toMatchObject({ status: 400, response: null });
    }
    expect((await portone.get('/payments/findAll/wrong-1')).status).toBe(404);
  });

  it('takes the same as a form, with numbers as text', async () => {
    const answer = await portone.call('POST', '/subscribe/payments/again/', {
      raw: `customer_uid=${key}&merchant_uid=form-1&amount=500&name=%ED%9A%8C%EB%B9%84&extra[naverUseCfm]=20300101`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.response).toMatchObject({ amount: 500, name: '회비', status: 'paid' });
  });

  it('reads JSON under whatever content type it comes', async () => {
    const raw = JSON.stringify({ customer_uid: key, merchant_uid: 'plain-1', amount: 1 });
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };
    const answer = await portone.call('POST', '/subscribe/payments/again', { raw, headers });
    expect(answer.response.status).toBe('paid');
  });

  it('under another guard refuses more, or nothing', async () => {
    const poor = await portone.makeKey(POOR_CARD);
    await portone.again(poor, 'guard-1');
    await portone.control('/switches', { duplicateGuard: 'strict' });
    expect((await portone.again(key, 'guard-1')).message).toBe(ALREADY);
    await portone.control('/switches', { duplicateGuard: 'none' });
    await portone.again(key, 'guard-2');
    expect((await portone.again(key, 'guard-2')).response.status).toBe('paid');
    await portone.control('/switches', { duplicateGuard: 'racy' });
    await Promise.all([portone.again(key, 'guard-3'), portone.again(key, 'guard-3')]);
    expect((await portone.get('/payments/findAll/guard-3')).response.total).toBe(2);
    expect((await portone.again(key, 'guard-3')).message).toBe(ALREADY);
    await portone.control('/switches', { duplicateGuard: 'paid-only' });
  });

  it('with the late card fails first and is paid a minute later', async () => {
    const late = await portone.makeKey(LATE_CARD);
    const failed = (await portone.again(late, 'late-1')).response;
    expect(failed.status).toBe('failed');
    expect((await portone.ledger()).some((it) => it.reference === 'late-1')).toBe(false);
    await portone.moveClock(61);
    const paid = (await portone.get(`/payments/${failed.imp_uid}`)).response;
    expect(paid).toMatchObject({ status: 'paid', fail_reason: null, failed_at: 0 });
    expect((await portone.ledger()).filter((it) => it.reference === 'late-1')).toHaveLength(1);
  });

  it.each([
    { card: '4000-0200-0000-0026', status: 'failed', uid: 'late-2' },
    { card: '4000-0200-0000-0034', status: 'ready', uid: 'late-3' },
  ])('with $card is $status first and is paid some seconds later', async (story) => {
    const key = await portone.makeKey(story.card);
    const first = (await portone.again(key, story.uid)).response;
    expect(first).toMatchObject({ status: story.status, paid_at: 0 });
    expect((await portone.ledger()).some((it) => it.reference === story.uid)).toBe(false);
    await portone.moveClock(6);
    const paid = (await portone.get(`/payments/${first.imp_uid}`)).response;
    expect(paid).toMatchObject({ status: 'paid', fail_reason: null, failed_at: 0 });
    expect((await portone.ledger()).filter((it) => it.reference === story.uid)).toHaveLength(1);
  });
});

describe('charging a card once', () => {
  let portone: PortoneDriver;
  beforeAll(async () => (portone = await PortoneDriver.start()));
  afterAll(() => portone.close());

  const onetime = (more: object, path = 'onetime'): ReturnType<PortoneDriver['post']> =>
    portone.post(`/subscribe/payments/${path}`, {
      merchant_uid: 'one-1',
      amount: 1000,
      card_number: APPROVED_CARD,
      expiry: '2035-01',
      ...more,
    });

  it('keeps no key unless a uid is named, and then a usable one', async () => {
    const plain = (await onetime({})).response;
    expect(plain).toMatchObject({ status: 'paid', customer_uid: null, customer_uid_usage: null });
    const kept = (await onetime({ merchant_uid: 'one-2', customer_uid: 'kept', buyer_name: '김' }))
      .response;
    expect(kept).toMatchObject({ customer_uid: 'kept', customer_uid_usage: 'issue' });
    const key = (await portone.get('/subscribe/customers/kept')).response;
    expect(key.customer_name).toBe('김');
    expect((await portone.again('kept', 'one-3')).response.buyer_name).toBe('김');
  });

  it('is refused for a wrong card with code -1, in the recorded words', async () => {
    const wrong = await onetime({ merchant_uid: 'one-4', card_number: '1234-1234-1234-1234' });
    expect(wrong).toMatchObject({ status: 200, code: -1, response: null });
    expect(wrong.message).toMatch(/^카드정보 인증에 실패하였습니다\./);
    const bad = await onetime({ merchant_uid: 'one-4', card_number: '4000-0000-0000-0077' });
    expect(bad.message).toBe('카드정보 인증에 실패하였습니다. [F113]거래거절 카드번호틀림');
  });

  it('refuses a merchant_uid that is used up before it touches the key', async () => {
    const again = await onetime({ merchant_uid: 'one-1', customer_uid: 'untouched' });
    expect(again).toMatchObject({ status: 200, code: 1, message: ALREADY });
    expect((await portone.get('/subscribe/customers/untouched')).code).toBe(1);
  });

  it('also works by the old route for cards from abroad', async () => {
    expect((await onetime({ merchant_uid: 'one-5' }, 'foreign')).response.status).toBe('paid');
  });
});
