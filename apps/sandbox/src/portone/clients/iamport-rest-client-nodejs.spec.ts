import { Enum, Iamport, Request } from 'iamport-rest-client-nodejs';
import { APPROVED_CARD, PortoneDriver } from '../testing/portone.driver.js';

const CARD = { card_number: APPROVED_CARD, expiry: '2035-12', birth: '881012', pwd_2digit: '12' };

/** The official TypeScript client, unchanged, over a real socket. */
describe('the client iamport-rest-client-nodejs', () => {
  let portone: PortoneDriver;
  let client: Iamport;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    const baseUrl = `${await portone.sandbox.listen()}/portone`;
    client = new Iamport({ apiKey: 'imp_sandbox', apiSecret: 'imp_sandbox_secret', baseUrl });
  });
  afterAll(() => portone.close());

  // Its requests are typed by classes whose fields the tests read freely.
  const call = async (request: any): Promise<any> => (await request.request(client)).data.response;
  const failureOf = async (request: any): Promise<any> =>
    request.request(client).then(
      () => Promise.reject(new Error('it should have failed')),
      (error: any) => error.response.data,
    );
  // Its types ask for more than the provider does.
  const { Customers, Payments, Prepare, Subscribe }: any = Request;

  it('authenticates', async () => {
    const token = await call(
      Request.Authenticate.getToken({ imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' }),
    );
    expect(token.access_token).toBe(portone.token);
  });

  it('issues, reads, lists and deletes keys', async () => {
    const issued = await call(Customers.postBillingKey({ customer_uid: 'ts-1', ...CARD }));
    expect(issued).toMatchObject({ customer_uid: 'ts-1', card_name: '해외비자' });
    await call(Customers.postBillingKey({ customer_uid: 'ts-2', ...CARD }));
    expect((await call(Customers.getBillingKey({ customer_uid: 'ts-1' }))).customer_uid).toBe(
      'ts-1',
    );
    const both = await call(Customers.getBillingKeys({ customer_uid: ['ts-1', 'ts-2'] }));
    expect(both.map((it: any) => it.customer_uid).sort()).toEqual(['ts-1', 'ts-2']);
    const some = await call(Customers.getBillingKeys({ customer_uid: ['ts-1', 'ts-9'] }));
    expect(some).toHaveLength(1);
    expect((await call(Customers.deleteBillingKey({ customer_uid: 'ts-2' }))).customer_uid).toBe(
      'ts-2',
    );
    expect((await failureOf(Customers.getBillingKey({ customer_uid: 'ts-2' }))).code).toBe(1);
  });

  it('charges, looks up and cancels', async () => {
    const order = { merchant_uid: 'ts-p1', amount: 1000, name: 'n', ...CARD };
    expect((await call(Subscribe.onetime(order))).status).toBe('paid');
    const again = { customer_uid: 'ts-1', merchant_uid: 'ts-p2', amount: 2000, name: 'n' };
    const paid = await call(Subscribe.again(again));
    expect(paid).toMatchObject({ status: 'paid', amount: 2000 });
    const { imp_uid } = paid;
    expect((await call(Payments.getByImpUid({ imp_uid }))).merchant_uid).toBe('ts-p2');
    expect(await call(Payments.getByImpUids({ imp_uid: [imp_uid] }))).toHaveLength(1);
    const status = Enum.StatusEnum.PAID;
    const uid = { merchant_uid: 'ts-p2', status };
    expect((await call(Payments.getByMerchantUid(uid))).imp_uid).toBe(imp_uid);
    expect((await call(Payments.getByMerchantUids(uid))).list).toHaveLength(1);
    expect((await call(Payments.getByStatus({ status }))).total).toBe(2);
    expect((await call(Customers.getPayments({ customer_uid: 'ts-1' }))).total).toBe(1);
    const cancelled = await call(Payments.cancel({ imp_uid, amount: 500, checksum: 2000 }));
    expect(cancelled).toMatchObject({ status: 'cancelled', cancel_amount: 500 });
    expect((await failureOf(Payments.getAmountByImpUid({ imp_uid }))).code).not.toBe(0);
  });

  it('schedules, reads schedules (never in 1970) and unschedules', async () => {
    const schedule_at = portone.nowSeconds() + 86_400;
    const item = { merchant_uid: 'ts-s1', schedule_at, amount: 3000, name: 'n' };
    const [scheduled] = await call(
      Subscribe.schedule({ customer_uid: 'ts-1', schedules: [item] } as any),
    );
    expect(scheduled).toMatchObject({ schedule_status: 'scheduled', payment_status: null });
    const read = await call(Subscribe.getScheduled({ merchant_uid: 'ts-s1' }));
    expect(read.amount).toBe(3000);
    expect(String(read.executed_at)).not.toContain('1970');
    const window: any = { customer_uid: 'ts-1', from: schedule_at - 10, to: schedule_at + 10 };
    expect((await call(Subscribe.getScheduleds(window))).list).toHaveLength(1);
    expect((await call(Customers.getScheduleds(window))).total).toBe(1);
    const revoked = await call(
      Subscribe.unschedule({ customer_uid: 'ts-1', merchant_uid: 'ts-s1' }),
    );
    expect(revoked[0].schedule_status).toBe('revoked');
    expect(String(revoked[0].revoked_at)).not.toContain('1970');
  });

  it('prepares amounts', async () => {
    await call(Prepare.postAmount({ merchant_uid: 'ts-a', amount: 10 }));
    expect((await call(Prepare.getAmount({ merchant_uid: 'ts-a' }))).amount).toBe(10);
  });

  it('reads the lists of banks and card companies', async () => {
    expect((await call(Request.Banks.getBanks())).length).toBeGreaterThan(5);
    expect((await call(Request.Banks.getBank({ code: '004' as any }))).name).toBe('국민은행');
    expect((await call(Request.Cards.getCards())).length).toBeGreaterThan(5);
    expect((await call(Request.Cards.getCard({ code: '361' as any }))).name).toBe('BC카드');
  });

  it('is told in the envelope what an account that only charges cards cannot do', async () => {
    const imp_uid = 'imps_1';
    const any: any = {
      imp_uid,
      merchant_uid: 'm',
      product_order_id: ['p'],
      amount: 1,
      vbank_due: 1,
    };
    const { Certifications, Escrows, External, Kakao, NaverCo, NaverPay, Payco, Receipts, Vbanks } =
      Request;
    const calls = [
      Certifications.getCertification(any),
      Certifications.deleteCertification(any),
      Escrows.postEscrow(any),
      Escrows.putEscrow(any),
      External.postReceipt(any),
      External.getReceipt(any),
      External.deleteReceipt(any),
      Kakao.getOrders(any),
      NaverCo.place(any),
      NaverCo.ship(any),
      NaverCo.shipExchanged(any),
      NaverCo.requestReturn(any),
      NaverCo.withholdReturn(any),
      NaverCo.resolveReturn(any),
      NaverCo.rejectReturn(any),
      NaverCo.approveReturn(any),
      NaverCo.cancel(any),
      NaverCo.getProductOrderIds(any),
      NaverCo.getOrderDetail(any),
      NaverCo.getReviews(any),
      NaverPay.postPoint(any),
      NaverPay.postEscrow(any),
      NaverPay.getCashAmount(any),
      Payco.postOrderStatus(any),
      Receipts.postReceipt(any),
      Receipts.getReceipt(any),
      Receipts.deleteReceipt(any),
      Vbanks.post(any),
      Vbanks.delete(any),
      Vbanks.put(any),
      Vbanks.getHolder(any),
    ];
    for (const request of calls) {
      const failure = await failureOf(request);
      expect(failure).toMatchObject({ message: expect.any(String), response: null });
      expect(failure.code).not.toBe(0);
      expect(failure.message).not.toBe('Not Found');
    }
  });
});
