import { APPROVED_CARD, POOR_CARD, PortoneDriver } from '../testing/portone.driver.js';

// The package has no types; the tests read its answers freely.
const { Iamporter } = jest.requireActual<{ Iamporter: any }>('iamporter');

const CARD = { card_number: APPROVED_CARD, expiry: '2035-12', birth: '881012', pwd_2digit: '12' };

/** A third party's client, unchanged, over a real socket. */
describe('the client iamporter', () => {
  let portone: PortoneDriver;
  let host: string;
  let client: any;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    host = `${await portone.sandbox.listen()}/portone`;
    client = new Iamporter({ apiKey: 'imp_sandbox', secret: 'imp_sandbox_secret', host });
  });
  afterAll(() => portone.close());

  it('gets a token, and is told which half of the credentials is missing or wrong', async () => {
    const { status, data } = await client.getToken();
    expect(status).toBe(200);
    expect(Object.keys(data).sort()).toEqual(['access_token', 'expired_at', 'now']);
    const wrong = new Iamporter({ apiKey: 'x', secret: 'y', host });
    await expect(wrong.getToken()).rejects.toMatchObject({ status: 401 });
    await expect(client.getToken('', '')).rejects.toMatchObject({
      status: 400,
      message: 'imp_key, imp_secret 파라메터가 누락되었습니다.',
    });
  });

  it('issues, reads and deletes keys', async () => {
    const issued = await client.createSubscription({ customer_uid: 'it-1', ...CARD });
    expect(issued.data.customer_uid).toBe('it-1');
    expect((await client.getSubscription('it-1')).data.customer_uid).toBe('it-1');
    const wrong = { customer_uid: 'it-2', ...CARD, card_number: '1234-1234-1234-1234' };
    await expect(client.createSubscription(wrong)).rejects.toMatchObject({
      message: expect.stringContaining('유효하지않은 카드번호를 입력하셨습니다.'),
    });
    await expect(client.getSubscription('it-2')).rejects.toMatchObject({
      message: '요청하신 customer_uid(it-2)로 등록된 정보를 찾을 수 없습니다.',
    });
    await client.createSubscription({ customer_uid: 'it-3', ...CARD });
    expect((await client.deleteSubscription('it-3')).data.customer_uid).toBe('it-3');
    await expect(client.deleteSubscription('it-3')).rejects.toMatchObject({ data: null });
  });

  it('charges a card once, a key again, and a card from abroad', async () => {
    const order = (merchant_uid: string): object => ({ merchant_uid, amount: 1000 });
    const once = await client.payOnetime({ ...order('it-p1'), ...CARD });
    expect(once.data.status).toBe('paid');
    const again = await client.paySubscription({ ...order('it-p2'), customer_uid: 'it-1' });
    expect(again.data.customer_uid).toBe('it-1');
    expect((await client.payForeign({ ...order('it-p3'), ...CARD })).data.status).toBe('paid');
    const poor = await portone.makeKey(POOR_CARD);
    await expect(
      client.paySubscription({ ...order('it-p4'), customer_uid: poor }),
    ).rejects.toMatchObject({ message: '[F116]거래거절 잔액부족' });
    await expect(
      client.paySubscription({ ...order('it-p5'), customer_uid: 'nobody' }),
    ).rejects.toMatchObject({ message: '등록되지 않은 구매자입니다.', data: null });
  });

  it('looks payments up; what is unknown resolves with no data', async () => {
    const { data } = await client.findByMerchantUid('it-p2');
    expect((await client.findByImpUid(data.imp_uid)).data).toEqual(data);
    expect((await client.findAllByMerchantUid('it-p2')).data.list).toHaveLength(1);
    expect((await client.findAllByMerchantUid('it-p2', { status: 'paid' })).data.total).toBe(1);
    expect((await client.findAllByStatus('paid', { page: 1 })).data.total).toBe(3);
    expect((await client.findAllByStatus()).data.total).toBe(4);
    for (const unknown of [client.findByImpUid('x'), client.findByMerchantUid('x')]) {
      expect(await unknown).toMatchObject({ status: 404, data: null });
    }
    await expect(client.findAllByStatus('x')).rejects.toMatchObject({
      message: '지원되지 않는 상태값입니다.',
    });
  });

  it('cancels', async () => {
    const part = await client.cancelByMerchantUid('it-p1', { amount: 400, reason: 'r' });
    expect(part.data).toMatchObject({ status: 'cancelled', cancel_amount: 400 });
    expect((await client.cancelByImpUid(part.data.imp_uid)).data.cancel_amount).toBe(1000);
    await expect(client.cancelByImpUid(part.data.imp_uid)).rejects.toMatchObject({
      message: '이미 전액취소된 주문입니다.',
    });
    await expect(client.cancelByImpUid('x')).rejects.toMatchObject({
      message: '취소할 결제건이 존재하지 않습니다.',
    });
    await expect(client.cancel()).rejects.toMatchObject({
      message: expect.stringMatching(/지정해주셔야합니다\.$/),
    });
  });

  it('prepares amounts', async () => {
    const order = { merchant_uid: 'it-a', amount: 100 };
    expect((await client.createPreparedPayment(order)).data).toMatchObject(order);
    expect((await client.getPreparedPayment('it-a')).data.amount).toBe(100);
    expect((await client.getPreparedPayment('x')).data).toBeNull();
  });

  it('is told in the envelope what an account that only charges cards cannot do', async () => {
    expect((await client.getCertification('x')).data).toBeNull();
    expect((await client.deleteCertification('x')).status).toBe(404);
    const account = { vbank_code: '004', vbank_due: 1, vbank_holder: 'h' };
    await expect(
      client.createVbank({ merchant_uid: 'it-v', amount: 1, ...account }),
    ).rejects.toMatchObject({ data: null });
  });
});
