import { Script } from 'node:vm';
import { PortoneDriver } from '../portone/testing/portone.driver.js';

describe('the page at /', () => {
  let portone: PortoneDriver;
  beforeAll(async () => (portone = await PortoneDriver.start()));
  afterAll(() => portone.close());

  it('is HTML whose script only uses what the control API has', async () => {
    const { app } = portone.sandbox;
    const page = await app.inject({ method: 'GET', url: '/' });
    expect(page.headers['content-type']).toContain('text/html');
    const script = await app.inject({ method: 'GET', url: '/page.js' });
    expect(() => new Script(script.payload)).not.toThrow();
    for (const [, path] of script.payload.matchAll(/'(\/control\/\w+)'/g)) {
      const method = path === '/control/faults' ? 'DELETE' : 'GET';
      expect((await app.inject({ method, url: path ?? '' })).statusCode).toBe(200);
    }
  });

  it('shows accounts, cards, payments, schedules, webhooks and faults, the newest fifty', async () => {
    const key = await portone.makeKey();
    for (let index = 0; index < 120; index += 1) await portone.again(key, `seen-${index}`);
    const schedule_at = portone.nowSeconds() + 100;
    await portone.schedule(key, [{ merchant_uid: 'seen-s', schedule_at, amount: 1 }]);
    await portone.control('/faults', { fate: 'slow' });
    const overview = await portone.control('/overview', undefined, 'GET');
    expect(overview.accounts).toHaveLength(2);
    expect(overview.payments.filter((it: any) => it.provider === 'PORTONE')).toHaveLength(50);
    expect(overview.payments[0]).toMatchObject({ reference: 'seen-119', status: 'paid' });
    expect(overview.schedules[0]).toMatchObject({ reference: 'seen-s', status: 'scheduled' });
    expect(overview.billingKeys[0]).toMatchObject({ provider: 'PORTONE', id: key });
    expect(overview.faults).toHaveLength(1);
    expect(overview.cards.length).toBeGreaterThan(30);
  });

  it('shows payments, agreements and bulk operations of Nexi too', async () => {
    const card = '4925000000000004';
    const made = { provider: 'NEXI', count: 2, cardNumber: card };
    const { ids } = await portone.control('/agreements', made);
    const item = { reference: 'i', name: 'n', quantity: 1, unit: 'p', unitPrice: 700 };
    const sums = { taxRate: 0, taxAmount: 0, grossTotalAmount: 700, netTotalAmount: 700 };
    const order = {
      amount: 700,
      currency: 'EUR',
      reference: 'seen',
      items: [{ ...item, ...sums }],
    };
    const call = (path: string, payload: object) =>
      portone.sandbox.app.inject({
        method: 'POST',
        url: `/nexi/v1/unscheduledsubscriptions${path}`,
        headers: { authorization: 'test-secret-key-sandbox' },
        payload,
      });
    await call(`/${ids[0]}/charges`, { order });
    const items = ids.map((id: string) => ({ unscheduledSubscriptionId: id, order }));
    await call('/charges', { externalBulkChargeId: 'seen', unscheduledSubscriptions: items });
    const overview = await portone.control('/overview', undefined, 'GET');
    const ofNexi = (rows: any[]) => rows.filter((row) => row.provider === 'NEXI');
    expect(ofNexi(overview.payments)[0]).toMatchObject({ reference: 'seen', status: 'charged' });
    expect(ofNexi(overview.billingKeys).map((row) => row.id)).toEqual([...ids].reverse());
    expect(ofNexi(overview.bulkOperations)).toMatchObject([{ items: 2, status: 'Processing' }]);
  });
});
