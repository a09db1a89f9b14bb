import { Shop } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';

describe('charges', () => {
  let house: House;
  let shop: Shop;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
  });
  afterAll(() => house.close());

  describe.each(['PORTONE', 'NEXI'] as const)('on %s', (provider) => {
    it('collects what is due once, and shows how', async () => {
      const order = shop.orderAt(provider, { amount: 12_300 });
      const accepted = await shop.charge(await shop.key(provider), order);
      expect(accepted).toMatchObject({
        ...{ status: 'SCHEDULED', attempts: [], refunds: [], failureCode: null },
        amount: order.amount,
        timeline: [{ from: null, to: 'SCHEDULED', cause: 'api: createCharge' }],
        explanation: expect.stringContaining('will be charged when it falls due'),
      });
      await house.worker.runUntilIdle();
      const charged = await shop.read(accepted.id);
      expect(charged).toMatchObject({
        ...{ status: 'SUCCEEDED', failureCode: null, nextAttemptAt: null },
        attempts: [{ number: 1, outcome: 'SUCCEEDED', failureCode: null }],
        explanation: expect.stringContaining('was charged'),
      });
      expect(charged.timeline.map(({ to }) => to)).toEqual([
        'SCHEDULED',
        'SUBMITTING',
        'SUCCEEDED',
      ]);
      expect(charged.attempts[0]!.providerReference).toMatch(/^[a-z0-9]{20,36}$/);
      expect(await shop.capturesOf(order.orderId)).toMatchObject([
        { provider, amount: 12_300, currency: order.amount.currency },
      ]);
    });
  });
});
