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
    expect(overview.faults).toHaveLength(1);
    expect(overview.cards.length).toBeGreaterThan(30);
  });
});
