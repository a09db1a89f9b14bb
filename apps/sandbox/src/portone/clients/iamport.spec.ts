import { APPROVED_CARD, PortoneDriver } from '../testing/portone.driver.js';

// The package has no types; the tests read its answers freely.
const IamportClient = jest.requireActual<any>('iamport');

const CARD = { card_number: APPROVED_CARD, expiry: '2035-12', birth: '881012', pwd_2digit: '12' };

/** The official JavaScript client, unchanged, over a real socket. */
describe('the client iamport', () => {
  let portone: PortoneDriver;
  let client: any;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    IamportClient.DEFAULT_HOST = `${await portone.sandbox.listen()}/portone`;
    client = new IamportClient({ impKey: 'imp_sandbox', impSecret: 'imp_sandbox_secret' });
  });
  afterAll(() => portone.close());

  it('issues, reads and deletes keys, under both names of each call', async () => {
    const { subscribe_customer: keys } = client;
    expect((await keys.create({ customer_uid: 'js-1', ...CARD })).customer_uid).toBe('js-1');
    await keys.createCustomers({ customer_uid: 'js-2', ...CARD });
    await keys.createCustomers({ customer_uid: 'js-3', ...CARD });
    expect((await keys.get({ customer_uid: 'js-1' })).customer_uid).toBe('js-1');
    expect((await keys.getCustomers({ customer_uid: 'js-1' })).customer_uid).toBe('js-1');
    expect((await keys.delete({ customer_uid: 'js-2' })).customer_uid).toBe('js-2');
    expect((await keys.deleteCustomers({ customer_uid: 'js-3' })).customer_uid).toBe('js-3');
    await expect(keys.get({ customer_uid: 'js-2' })).rejects.toMatchObject({ code: 'IAMPORT_1' });
  });

  it('charges, schedules and unschedules', async () => {
    const { subscribe } = client;
    const once = await subscribe.onetime({ merchant_uid: 'js-p1', amount: 10, ...CARD });
    expect(once.status).toBe('paid');
    const order = { customer_uid: 'js-1', merchant_uid: 'js-p2', amount: 20 };
    expect((await subscribe.again(order)).status).toBe('paid');
    await expect(subscribe.again(order)).rejects.toMatchObject({ code: 'IAMPORT_1' });
    const item = { merchant_uid: 'js-s1', schedule_at: portone.nowSeconds() + 100, amount: 30 };
    const [scheduled] = await subscribe.schedule({ customer_uid: 'js-1', schedules: [item] });
    expect(scheduled).toMatchObject({ merchant_uid: 'js-s1', schedule_status: 'scheduled' });
    const [revoked] = await subscribe.unschedule({ customer_uid: 'js-1' });
    expect(revoked.schedule_status).toBe('revoked');
  });

  it('looks up, cancels and prepares', async () => {
    const { payment } = client;
    const found = await payment.getByMerchant({ merchant_uid: 'js-p2' });
    expect((await payment.getByImpUid({ imp_uid: found.imp_uid })).amount).toBe(20);
    expect((await payment.getByStatus({ payment_status: 'paid', page: 1 })).total).toBe(2);
    expect((await payment.cancel({ imp_uid: found.imp_uid })).status).toBe('cancelled');
    await payment.prepare({ merchant_uid: 'js-a', amount: 5 });
    expect((await payment.getPrepare({ merchant_uid: 'js-a' })).amount).toBe(5);
    await expect(payment.getByImpUid({ imp_uid: 'x' })).rejects.toMatchObject({ code: 'HTTP_404' });
  });

  it('gets a new token by itself when its own is refused', async () => {
    client._setTokenCache({
      access_token: 'stale',
      expired_at: Math.floor(Date.now() / 1000) + 999,
    });
    const { payment } = client;
    expect((await payment.getByMerchant({ merchant_uid: 'js-p1' })).amount).toBe(10);
  });

  it('is told what an account that only charges cards cannot do', async () => {
    const { certification, vbank } = client;
    await expect(certification.get({ imp_uid: 'x' })).rejects.toMatchObject({ code: 'HTTP_404' });
    await expect(certification.delete({ imp_uid: 'x' })).rejects.toMatchObject({
      code: 'HTTP_404',
    });
    const account = { vbank_code: '004', vbank_due: 1, vbank_holder: 'h' };
    await expect(
      vbank.create({ merchant_uid: 'js-v', amount: 1, ...account }),
    ).rejects.toMatchObject({ code: 'IAMPORT_1' });
  });
});
