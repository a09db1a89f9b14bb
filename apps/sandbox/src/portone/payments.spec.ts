import { POOR_CARD, PortoneDriver } from './testing/portone.driver.js';

describe('looking payments up', () => {
  let portone: PortoneDriver;
  let key: string;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    key = await portone.makeKey();
  });
  afterAll(() => portone.close());

  const uidsIn = (response: any): string[] => response.map((it: any) => it.merchant_uid).sort();

  it('finds one by imp_uid, and answers 404 for what it does not know', async () => {
    const { response } = await portone.again(key, 'one-1');
    expect((await portone.get(`/payments/${response.imp_uid}`)).response).toEqual(response);
    expect(await portone.get('/payments/imps_0')).toEqual({
      status: 404,
      code: -1,
      message: '존재하지 않는 결제정보입니다.',
      response: null,
    });
  });

  it('finds many by either uid: 200, 207 or 404, up to a hundred', async () => {
    const { imp_uid } = (await portone.again(key, 'many-1')).response;
    await portone.again(key, 'many-2');
    const both = await portone.get(`/payments?imp_uid[]=${imp_uid}&merchant_uid[]=many-2`);
    expect(both.status).toBe(200);
    expect(uidsIn(both.response)).toEqual(['many-1', 'many-2']);
    const some = await portone.get('/payments?merchant_uid[]=many-1&merchant_uid[]=nope');
    expect(some).toMatchObject({ status: 207, code: 0 });
    expect((await portone.get('/payments?merchant_uid[]=nope')).status).toBe(404);
    expect((await portone.get('/payments')).status).toBe(400);
    const tooMany = Array.from({ length: 101 }, (_, index) => `merchant_uid[]=n${index}`).join('&');
    expect((await portone.get(`/payments?${tooMany}`)).status).toBe(400);
  });

  it('finds by merchant_uid: the newest, or all, also narrowed to a status', async () => {
    await portone.again(await portone.makeKey(POOR_CARD), 'shared-1');
    await portone.again(key, 'shared-1');
    expect((await portone.get('/payments/find/shared-1')).response.status).toBe('paid');
    const oldest = await portone.get('/payments/find/shared-1?sorting=started');
    expect(oldest.response.status).toBe('failed');
    expect((await portone.get('/payments/find/shared-1/failed')).response.status).toBe('failed');
    expect((await portone.get('/payments/find/shared-1/cancelled')).status).toBe(404);
    expect((await portone.get('/payments/find/nope')).status).toBe(404);
    const all = await portone.get('/payments/findAll/shared-1/');
    expect(all.response).toMatchObject({ total: 2, previous: 0, next: 0 });
    const second = await portone.get('/payments/findAll/shared-1?limit=1&page=2');
    expect(second.response).toMatchObject({ total: 2, previous: 1, next: 0 });
    expect(second.response.list[0].status).toBe('failed');
    const bad = await portone.get('/payments/findAll/shared-1/broken');
    expect(bad).toMatchObject({ status: 400, message: '지원되지 않는 상태값입니다.' });
    expect((await portone.get('/payments/findAll/nope')).status).toBe(404);
    expect((await portone.get('/payments/findAll/shared-1?sorting=x')).status).toBe(400);
  });

  it('lists by status within ninety days, both ends counted in', async () => {
    await portone.again(await portone.makeKey(POOR_CARD), 'status-1');
    const { paid_at } = (await portone.again(key, 'status-2')).response;
    const at = `from=${paid_at}&to=${paid_at}&limit=1000`;
    const paid = (await portone.get(`/payments/status/paid?${at}`)).response;
    expect(uidsIn(paid.list)).toContain('status-2');
    expect(uidsIn(paid.list)).not.toContain('status-1');
    const failed = (await portone.get('/payments/status/failed')).response;
    expect(uidsIn(failed.list)).toContain('status-1');
    const all = (await portone.get('/payments/status/all?limit=1000')).response;
    expect(all.total).toBeGreaterThanOrEqual(paid.total + 1);
    expect((await portone.get('/payments/status/broken')).status).toBe(400);
    expect((await portone.get('/payments/status/paid?page=999')).status).toBe(400);
    expect((await portone.get('/payments/status/paid?page=0')).status).toBe(400);
    expect((await portone.get('/payments/status/paid?limit=1001')).status).toBe(400);
    expect((await portone.get('/payments/status/paid?from=0&to=9999999')).status).toBe(400);
    expect((await portone.get('/payments/status/ready')).response).toMatchObject({ total: 0 });
  });

  it('hides those of a test channel unless include_sandbox says otherwise', async () => {
    await portone.control('/switches', { portoneChannel: 'test' });
    const { imp_uid, sandbox } = (await portone.again(key, 'test-1')).response;
    expect(sandbox).toBe(true);
    expect((await portone.get(`/payments/${imp_uid}`)).status).toBe(404);
    expect((await portone.get(`/payments/${imp_uid}?include_sandbox=true`)).code).toBe(0);
    expect((await portone.get('/payments/find/test-1')).code).toBe(0);
    await portone.control('/switches', { portoneChannel: 'live' });
  });

  it('shows no account the payments, keys or schedules of another', async () => {
    await portone.control('/accounts', { provider: 'PORTONE', key: 'imp_other', secret: 's' });
    const { imp_uid } = (await portone.again(key, 'mine-1')).response;
    const schedule_at = portone.nowSeconds() + 1000;
    await portone.schedule(key, [{ merchant_uid: 'mine-2', schedule_at, amount: 1 }]);
    const { access_token } = (await portone.getToken('imp_other', 's')).response;
    const headers = { authorization: access_token };
    for (const path of [
      `/payments/${imp_uid}`,
      '/payments/find/mine-1',
      '/payments?merchant_uid[]=mine-1',
      '/subscribe/payments/schedule/mine-2',
    ]) {
      expect((await portone.call('GET', path, { headers })).status).toBe(404);
    }
    const key404 = await portone.call('GET', `/subscribe/customers/${key}`, { headers });
    expect(key404.code).not.toBe(0);
    const body = { imp_uid };
    const cancel = await portone.call('POST', '/payments/cancel', { body, headers });
    expect(cancel.message).toBe('취소할 결제건이 존재하지 않습니다.');
  });
});

describe('cancelling a payment', () => {
  let portone: PortoneDriver;
  let key: string;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    key = await portone.makeKey();
  });
  afterAll(() => portone.close());
  const cancel = (body: object): ReturnType<PortoneDriver['post']> =>
    portone.post('/payments/cancel/', body);

  it('in parts leaves it cancelled each time, the parts summed and listed', async () => {
    await portone.again(key, 'part-1', { amount: 100 });
    const first = (await cancel({ merchant_uid: 'part-1', amount: 30, checksum: 100 })).response;
    expect(first).toMatchObject({ status: 'cancelled', amount: 100, cancel_amount: 30 });
    expect(first.cancelled_at).toBeGreaterThan(0);
    const second = (await cancel({ imp_uid: first.imp_uid, amount: '40', reason: 'half' }))
      .response;
    expect(second).toMatchObject({ cancel_amount: 70, cancel_reason: 'half' });
    expect(second.cancel_history.map((it: any) => it.amount)).toEqual([30, 40]);
    const rest = (await cancel({ imp_uid: first.imp_uid, amount: 0 })).response;
    expect(rest.cancel_amount).toBe(100);
    expect(await cancel({ imp_uid: first.imp_uid })).toEqual({
      status: 200,
      code: 1,
      message: '이미 전액취소된 주문입니다.',
      response: null,
    });
    const refunds = (await portone.ledger()).filter((it) => it.kind === 'REFUND');
    expect(refunds.map((it) => it.amount)).toEqual([30, 40, 30]);
  });

  it('is only taken in at first where the channel is slow, and carried out in its time', async () => {
    await portone.again(key, 'slow-1', { amount: 100 });
    await portone.control('/switches', { portoneCancelDelaySeconds: 600 });
    const taken = (await cancel({ merchant_uid: 'slow-1', amount: 30, checksum: 100 })).response;
    expect(taken).toMatchObject({ status: 'paid', cancel_amount: 0 });
    await portone.control('/switches', { portoneCancelDelaySeconds: 0 });
    await portone.moveClock(601);
    const done = (await portone.get('/payments/find/slow-1')).response;
    expect(done).toMatchObject({ status: 'cancelled', cancel_amount: 30 });
  });

  it('does nothing when the checksum is not what is left, or more is asked than is left', async () => {
    await portone.again(key, 'sum-1', { amount: 100 });
    for (const body of [{ checksum: 99 }, { amount: 101 }, { amount: 50, checksum: 50 }]) {
      const answer = await cancel({ merchant_uid: 'sum-1', ...body });
      expect(answer).toMatchObject({ status: 200, code: 1, response: null });
    }
    for (const amount of ['x', -1, 1.5]) {
      expect((await cancel({ merchant_uid: 'sum-1', amount })).status).toBe(400);
    }
    expect((await portone.get('/payments/find/sum-1')).response.cancel_amount).toBe(0);
  });

  it('needs a uid it knows; a wrong imp_uid fails beside a right merchant_uid', async () => {
    await portone.again(key, 'uid-1');
    const unknown = { status: 200, code: 1, message: '취소할 결제건이 존재하지 않습니다.' };
    expect(await cancel({ imp_uid: 'imps_0', merchant_uid: 'uid-1' })).toMatchObject(unknown);
    expect(await cancel({ merchant_uid: 'nope' })).toMatchObject(unknown);
    await portone.again(await portone.makeKey(POOR_CARD), 'uid-2');
    expect(await cancel({ merchant_uid: 'uid-2' })).toMatchObject(unknown);
    const none = await cancel({});
    expect(none.message).toMatch(/지정해주셔야합니다\.$/);
    expect(none.status).toBe(200);
  });

  it('shows in its schedule too', async () => {
    const schedule_at = portone.nowSeconds() + 10;
    await portone.schedule(key, [{ merchant_uid: 'sch-1', schedule_at, amount: 10 }]);
    await portone.moveClock(20);
    await cancel({ merchant_uid: 'sch-1' });
    const { response } = await portone.get('/subscribe/payments/schedule/sch-1');
    expect(response).toMatchObject({ schedule_status: 'executed', payment_status: 'cancelled' });
  });
});

describe('what else an account can ask', () => {
  let portone: PortoneDriver;
  beforeAll(async () => (portone = await PortoneDriver.start()));
  afterAll(() => portone.close());

  it('prepares an amount once, changes it, and reads it back', async () => {
    const path = '/payments/prepare';
    const order = { merchant_uid: 'prep-1', amount: 1000 };
    const prepared = (await portone.post(path, order)).response;
    expect(prepared).toEqual({ ...order, currency: null });
    expect(await portone.post(path, order)).toMatchObject({
      status: 200,
      code: 1,
      message: '결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).',
    });
    const changed = await portone.call('PUT', path, { body: { ...order, amount: 2000 } });
    expect(changed.response.amount).toBe(2000);
    expect((await portone.get(`${path}/prep-1`)).response.amount).toBe(2000);
    expect(await portone.get(`${path}/nope`)).toMatchObject({
      status: 404,
      message: '사전등록된 결제정보가 존재하지 않습니다.',
    });
    const unknown = await portone.call('PUT', path, { body: { merchant_uid: 'nope', amount: 1 } });
    expect(unknown.status).toBe(404);
  });

  it('lists its channels', async () => {
    const { response } = await portone.get('/users/pg');
    expect(response[0]).toMatchObject({ pg_provider: 'nice', type: 'api_payment', sandbox: false });
    expect(Object.keys(response[0])).toContain('channel_key');
  });

  it('answers unknown paths and broken bodies in the same envelope', async () => {
    expect(await portone.get('/nope')).toMatchObject({ status: 404, code: -1, response: null });
    const broken = await portone.call('POST', '/subscribe/payments/again', { raw: '{"a":' });
    expect(broken).toMatchObject({ status: 400, code: -1, response: null });
    const percent = await portone.get('/payments/%E0%A4%A');
    expect(percent.status).toBe(400);
    expect(percent.response).toBeNull();
  });
});
