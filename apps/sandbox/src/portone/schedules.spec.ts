import { APPROVED_CARD, POOR_CARD, PortoneDriver, Receiver } from './testing/portone.driver.js';

const DAY = 86_400;

describe('scheduled payments', () => {
  let portone: PortoneDriver;
  let key: string;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    key = await portone.makeKey();
  });
  afterAll(() => portone.close());

  const item = (merchantUid: string, inSeconds: number, more: object = {}): object => ({
    merchant_uid: merchantUid,
    schedule_at: portone.nowSeconds() + inSeconds,
    amount: 9900,
    name: 'Monthly fee',
    ...more,
  });
  const read = async (uid: string): Promise<any> =>
    (await portone.get(`/subscribe/payments/schedule/${uid}`)).response;

  it('are answered in the order of the request, times 0 and payment_status null until they run', async () => {
    const { response } = await portone.schedule(key, [
      item('order-2', 2 * DAY),
      item('order-1', DAY, { custom_data: 'x' }),
    ]);
    expect(response.map((it: any) => it.merchant_uid)).toEqual(['order-2', 'order-1']);
    expect(response[1]).toMatchObject({
      customer_uid: key,
      imp_uid: null,
      executed_at: 0,
      revoked_at: 0,
      schedule_status: 'scheduled',
      payment_status: null,
      fail_reason: null,
      custom_data: 'x',
      amount: 9900,
      currency: 'KRW',
    });
    expect('notice_url' in response[0]).toBe(false);
  });

  it('fire in the order of time when the clock moves, each paid at its own time', async () => {
    const start = portone.nowSeconds();
    await portone.schedule(key, [item('fire-b', 5 * DAY), item('fire-a', 4 * DAY)]);
    await portone.moveClock(6 * DAY);
    const lines = (await portone.ledger()).filter((it) => it.reference.startsWith('fire-'));
    expect(lines.map((it) => it.reference)).toEqual(['fire-a', 'fire-b']);
    const fired = await read('fire-a');
    expect(fired).toMatchObject({ schedule_status: 'executed', payment_status: 'paid' });
    expect(fired.executed_at - start).toBe(4 * DAY);
    const payment = (await portone.get(`/payments/${fired.imp_uid}`)).response;
    expect(payment).toMatchObject({
      customer_uid_usage: 'payment.scheduled',
      user_agent: null,
      paid_at: fired.executed_at,
    });
  });

  it('fire by themselves when their time comes', async () => {
    await portone.schedule(key, [item('soon-1', 1)]);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect((await read('soon-1')).schedule_status).toBe('executed');
  });

  it('that fail are executed too: payment_status tells', async () => {
    await portone.schedule(await portone.makeKey(POOR_CARD), [item('poor-1', DAY)]);
    await portone.moveClock(DAY);
    expect(await read('poor-1')).toMatchObject({
      schedule_status: 'executed',
      payment_status: 'failed',
      fail_reason: '[F116]거래거절 잔액부족',
    });
  });

  it('whose key was deleted meanwhile are executed and fail', async () => {
    const doomed = await portone.makeKey();
    await portone.schedule(doomed, [item('doomed-1', DAY)]);
    await portone.call('DELETE', `/subscribe/customers/${doomed}`);
    await portone.moveClock(DAY);
    const fired = await read('doomed-1');
    expect(fired).toMatchObject({ schedule_status: 'executed', payment_status: 'failed' });
    expect(fired.fail_reason).toContain('[F120]');
  });

  it('may bring the card for a new uid, and are refused without one', async () => {
    const without = await portone.schedule('nobody', [item('card-1', DAY)]);
    expect(without).toMatchObject({ status: 200, code: 1, message: '등록된 고객정보가 없습니다.' });
    const card = { card_number: APPROVED_CARD, expiry: '2035-12', birth: '881012' };
    expect((await portone.schedule('new-1', [item('card-1', DAY)], card)).code).toBe(0);
    expect((await portone.get('/subscribe/customers/new-1')).code).toBe(0);
    const wrong = { ...card, card_number: '4000-0900-0000-0078' };
    const refused = await portone.schedule('new-2', [item('card-2', DAY)], wrong);
    expect(refused.code).toBe(1);
    expect(refused.message).toBe('카드정보 확인에 실패하였습니다. [F113]거래거절 카드번호틀림');
  });

  it('are checked by a charge that is cancelled at once, when a checking_amount is given', async () => {
    await portone.schedule(key, [item('check-1', DAY)], { checking_amount: 100 });
    const lines = (await portone.ledger()).slice(-2);
    expect(lines.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['CAPTURE', 100],
      ['REFUND', 100],
    ]);
    const poor = await portone.makeKey(POOR_CARD);
    const refused = await portone.schedule(poor, [item('check-2', DAY)], { checking_amount: 100 });
    expect(refused.message).toMatch(/^카드정보 확인에 실패하였습니다\./);
    expect((await portone.get('/subscribe/payments/schedule/check-2')).status).toBe(404);
  });

  it('are refused as a whole when one is taken, doubled, past or misshapen', async () => {
    await portone.schedule(key, [item('taken-1', DAY)]);
    await portone.again(key, 'paid-1');
    for (const [wrong, status] of [
      [[item('whole-1', DAY), item('taken-1', DAY)], 200],
      [[item('whole-1', DAY), item('whole-1', DAY)], 200],
      [[item('whole-1', DAY), item('paid-1', DAY)], 200],
      [[item('whole-1', DAY), item('whole-2', -10)], 200],
      [[item('whole-1', DAY), 'none'], 400],
      [[item('whole-1', DAY, { schedule_at: 'soon' })], 400],
      [[], 400],
    ] as [object[], number][]) {
      const answer = await portone.schedule(key, wrong);
      expect(answer).toMatchObject({ status, response: null });
      expect(answer.code).not.toBe(0);
    }
    expect((await portone.get('/subscribe/payments/schedule/whole-1')).status).toBe(404);
  });

  it('of a card that is not to be stopped are paid although they were revoked', async () => {
    const stubborn = await portone.makeKey('4000-0200-0000-0042');
    await portone.schedule(stubborn, [item('stubborn', 30)]);
    await portone.post('/subscribe/payments/unschedule', { customer_uid: stubborn });
    expect((await read('stubborn')).schedule_status).toBe('revoked');
    await portone.moveClock(31);
    expect((await read('stubborn')).schedule_status).toBe('revoked');
    const paid = (await portone.ledger()).filter((it) => it.reference === 'stubborn');
    expect(paid).toHaveLength(1);
  });

  it('can be unscheduled by uid (text or list) or by key, in the order named', async () => {
    const mine = await portone.makeKey();
    await portone.schedule(
      mine,
      ['u-1', 'u-2', 'u-3', 'u-4'].map((uid) => item(uid, DAY)),
    );
    const path = '/subscribe/payments/unschedule';
    const two = await portone.post(path, { customer_uid: mine, merchant_uid: ['u-3', 'u-1'] });
    expect(two.response.map((it: any) => it.merchant_uid)).toEqual(['u-3', 'u-1']);
    expect(two.response[0]).toMatchObject({ schedule_status: 'revoked', imp_uid: null });
    expect(two.response[0].revoked_at).toBeGreaterThan(0);
    expect((await portone.post(path, { merchant_uid: 'u-2' })).response).toHaveLength(1);
    expect((await portone.post(path, { customer_uid: mine })).response[0].merchant_uid).toBe('u-4');
    expect(await portone.post(path, { customer_uid: mine })).toMatchObject({
      status: 200,
      code: 1,
      message: '취소할 예약결제 기록이 존재하지 않습니다.',
    });
    expect((await portone.post(path, {})).status).toBe(400);
    await portone.moveClock(2 * DAY);
    expect((await read('u-1')).schedule_status).toBe('revoked');
  });

  it('can be moved while they wait, and only forward of now', async () => {
    await portone.schedule(key, [item('move-1', DAY)]);
    const path = '/subscribe/payments/schedule/move-1';
    const put = (body: object): ReturnType<PortoneDriver['call']> =>
      portone.call('PUT', path, { body });
    const later = portone.nowSeconds() + 3 * DAY;
    expect((await put({ schedule_at: later })).response.schedule_at).toBe(later);
    expect((await put({})).status).toBe(400);
    expect((await put({ schedule_at: portone.nowSeconds() - 5 })).status).toBe(400);
    await portone.moveClock(2 * DAY);
    expect((await read('move-1')).schedule_status).toBe('scheduled');
    await portone.moveClock(2 * DAY);
    expect((await read('move-1')).schedule_status).toBe('executed');
    expect((await put({ schedule_at: portone.nowSeconds() + DAY })).status).toBe(400);
    const unknown = '/subscribe/payments/schedule/unknown';
    expect((await portone.call('PUT', unknown, { body: { schedule_at: later } })).status).toBe(404);
  });

  it('can be rescheduled or retried once failed or revoked, never when waiting or paid', async () => {
    const poor = await portone.makeKey(POOR_CARD);
    await portone.schedule(poor, [item('again-1', DAY)]);
    const path = '/subscribe/payments/schedule/again-1';
    const at = (): object => ({ schedule_at: portone.nowSeconds() + DAY });
    expect((await portone.post(`${path}/reschedule`, at())).status).toBe(400);
    expect((await portone.post(`${path}/retry`)).status).toBe(400);
    await portone.moveClock(DAY);
    expect((await portone.post(`${path}/reschedule`, at())).response).toMatchObject({
      schedule_status: 'scheduled',
      payment_status: null,
      executed_at: 0,
    });
    await portone.moveClock(DAY);
    const stillPoor = await portone.post(`${path}/retry`);
    expect(stillPoor).toMatchObject({ status: 200, code: 0 });
    expect(stillPoor.response.status).toBe('failed');
    await portone.post(`/subscribe/customers/${poor}`, {
      card_number: APPROVED_CARD,
      expiry: '2035-12',
    });
    expect((await portone.post(`${path}/retry`)).response.status).toBe('paid');
    expect((await portone.post(`${path}/retry`)).status).toBe(400);
    expect((await read('again-1')).payment_status).toBe('paid');
    expect((await portone.get('/payments/findAll/again-1')).response.total).toBe(4);
    expect((await portone.post('/subscribe/payments/schedule/unknown/retry')).status).toBe(404);
  });

  it('list by key and over all, newest first, the end of the window left out', async () => {
    const mine = await portone.makeKey();
    const now = portone.nowSeconds();
    const items = [1, 2, 3].map((day) => ({
      ...item(`l-${day}`, 0),
      schedule_at: now + day * DAY,
    }));
    await portone.schedule(mine, items);
    await portone.post('/subscribe/payments/unschedule', { merchant_uid: 'l-2' });
    const uidsIn = ({ response }: { response: any }): string[] =>
      response.list.map((it: any) => it.merchant_uid);
    const window = `from=${now + DAY}&to=${now + 3 * DAY}`;
    for (const path of [
      `/subscribe/customers/${mine}/schedules`,
      `/subscribe/payments/schedule/customers/${mine}`,
    ]) {
      expect(uidsIn(await portone.get(`${path}?${window}`))).toEqual(['l-2', 'l-1']);
      expect(uidsIn(await portone.get(`${path}?${window}&schedule-status=revoked`))).toEqual([
        'l-2',
      ]);
      expect((await portone.get(`${path}?from=1`)).status).toBe(400);
      expect((await portone.get(`${path}?from=0&to=${93 * DAY}`)).status).toBe(400);
      expect((await portone.get(`${path}?${window}&schedule-status=x`)).status).toBe(400);
    }
    const all = `schedule_from=${now + DAY}&schedule_to=${now + 3 * DAY}`;
    const path = '/subscribe/payments/schedule';
    expect(uidsIn(await portone.get(`${path}?${all}&sorting=scheduled&limit=1`))).toEqual(['l-1']);
    expect(uidsIn(await portone.get(`${path}?${all}&schedule_status=revoked`))).toEqual(['l-2']);
    expect((await portone.get(`${path}?${all}&limit=1001`)).status).toBe(400);
    expect((await portone.get(`${path}/customers/nobody?${window}`)).response.list).toEqual([]);
    await portone.control('/switches', { portoneScheduleLists: 'array' });
    expect(Array.isArray((await portone.get(`${path}?${all}`)).response)).toBe(true);
    await portone.control('/switches', { portoneScheduleLists: 'paged' });
  });

  it('fire late when the switch says so', async () => {
    await portone.control('/switches', { scheduleLatenessSeconds: 15 });
    await portone.schedule(key, [item('lateness-1', DAY)]);
    await portone.control('/switches', { scheduleLatenessSeconds: 0 });
    await portone.moveClock(DAY + 5);
    expect((await read('lateness-1')).schedule_status).toBe('scheduled');
    await portone.moveClock(11);
    const fired = await read('lateness-1');
    expect(fired.executed_at - fired.schedule_at).toBe(15);
  });
});

describe('what a PortOne webhook is sent for', () => {
  let portone: PortoneDriver;
  let receiver: Receiver;
  const setHook = (more: object): Promise<unknown> =>
    portone.control('/accounts', { key: 'imp_sandbox', webhookUrl: receiver.url, ...more });
  beforeEach(async () => {
    portone = await PortoneDriver.start();
    receiver = await Receiver.start();
    await setHook({});
  });
  afterEach(async () => {
    await portone.close();
    await receiver.close();
  });
  const settle = (): Promise<void> => portone.sandbox.core.webhooks.settled(5000);

  it('paid immediate payments, paid and failed scheduled ones, and nothing else', async () => {
    const key = await portone.makeKey();
    const poor = await portone.makeKey(POOR_CARD);
    const paid = (await portone.again(key, 'w-1')).response;
    await portone.again(poor, 'w-2');
    const schedule_at = portone.nowSeconds() + 100;
    await portone.schedule(key, [{ merchant_uid: 'w-3', schedule_at, amount: 1 }]);
    await portone.schedule(poor, [{ merchant_uid: 'w-4', schedule_at, amount: 1 }]);
    await portone.post('/payments/cancel', { merchant_uid: 'w-1', amount: 5 });
    await portone.moveClock(200);
    expect(receiver.bodies.map((it) => [it.merchant_uid, it.status])).toEqual([
      ['w-1', 'paid'],
      ['w-3', 'paid'],
      ['w-4', 'failed'],
    ]);
    expect(receiver.bodies[0]).toEqual({
      imp_uid: paid.imp_uid,
      merchant_uid: 'w-1',
      status: 'paid',
    });
  });

  it('a cancel that asks for one, with its cancellation_id', async () => {
    await portone.again(await portone.makeKey(), 'w-5');
    const cancel = { merchant_uid: 'w-5', enable_webhook: true };
    const { response } = await portone.post('/payments/cancel', cancel);
    await settle();
    expect(receiver.bodies[1]).toMatchObject({
      status: 'cancelled',
      cancellation_id: response.cancel_history[0].cancellation_id,
    });
  });

  it('a cancel made in the console, in part or in whole', async () => {
    const { imp_uid } = (await portone.again(await portone.makeKey(), 'w-10')).response;
    await portone.control(`/payments/${imp_uid}/cancel`, { amount: 900 });
    const whole = await portone.control(`/payments/${imp_uid}/cancel`, {
      reason: 'asked by phone',
    });
    expect(whole).toMatchObject({ cancel_amount: 9900, cancel_reason: 'asked by phone' });
    await settle();
    expect(receiver.bodies.map((it) => it.status)).toEqual(['paid', 'cancelled', 'cancelled']);
    await expect(portone.control(`/payments/${imp_uid}/cancel`, {})).rejects.toThrow(/amount/);
    await expect(portone.control('/payments/imps_0/cancel', {})).rejects.toThrow(/paymentId/);
  });

  it('goes to the notice_url of the payment when there is one, as a form when the account wants', async () => {
    const other = await Receiver.start();
    await setHook({ webhookContentType: 'form' });
    await portone.again(await portone.makeKey(), 'w-6', { notice_url: other.url });
    await settle();
    expect(receiver.received).toHaveLength(0);
    expect(other.received[0]?.contentType).toBe('application/x-www-form-urlencoded');
    expect(other.received[0]?.body).toMatch(/^imp_uid=imps_\d+&merchant_uid=w-6&status=paid$/);
    await other.close();
  });

  it('once by default, and up to five times more a minute apart when the account asked', async () => {
    const key = await portone.makeKey();
    receiver.statuses = [500];
    await portone.again(key, 'w-7');
    await settle();
    await portone.moveClock(600);
    expect(receiver.received).toHaveLength(1);
    await setHook({ webhookRetries: 5 });
    receiver.statuses = [500, 503, 200];
    await portone.again(key, 'w-8');
    await settle();
    for (let minute = 0; minute < 7; minute += 1) await portone.moveClock(60);
    expect(receiver.received).toHaveLength(4);
    receiver.statuses = [404];
    await portone.again(key, 'w-9');
    await settle();
    await portone.moveClock(120);
    expect(receiver.received).toHaveLength(5);
    const { sent } = await portone.control('/webhooks', undefined, 'GET');
    expect(sent.map((it: any) => it.status)).toEqual([500, 500, 503, 200, 404]);
  });
});
