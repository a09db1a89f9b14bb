import { setTimeout as pause } from 'node:timers/promises';
import { Shop, type ProviderName, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { Wire } from '../support/wire.js';

const PATHS = {
  PORTONE: '/subscribe/payments/again',
  NEXI: '/v1/unscheduledsubscriptions/*/charges',
};
const DAY_SECONDS = 86_401;

/** A provider that says no and takes the money all the same, a moment later; it would also take it again. All times are the default ones. */
describe('a payment that was declined and is paid after all', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  const keys: Record<ProviderName, string> = { PORTONE: '', NEXI: '' };

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
    keys.PORTONE = await shop.key('PORTONE');
    keys.NEXI = await shop.key('NEXI');
    await shop.turn({ duplicateGuard: 'none' });
  });
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  /** Declined, and waiting for its retry of tomorrow; paid so many seconds after the decline. */
  const declined = async (
    provider: ProviderName,
    { seconds, webhooks }: { seconds: number; webhooks: 'sent' | 'lost' },
  ): Promise<ShownCharge> => {
    const match = { provider, method: 'POST', path: PATHS[provider] };
    await shop.fault([
      { match, fate: 'failed-then-paid', options: { seconds }, times: 1 },
      ...(webhooks === 'lost' ? [{ match: { provider }, fate: 'webhook-dropped' }] : []),
    ]);
    const { id } = await shop.charge(keys[provider], shop.orderAt(provider));
    await house.worker.runUntilIdle();
    const charge = await shop.read(id);
    expect(charge).toMatchObject({
      status: 'RETRY_SCHEDULED',
      attempts: [{ outcome: 'DECLINED' }],
    });
    return charge;
  };
  const paidAtProvider = async ({ orderId }: ShownCharge, times = 1): Promise<void> => {
    while ((await shop.capturesOf(orderId)).length < times) await pause(10);
  };
  const sendsOf = async ({ attempts }: ShownCharge): Promise<number> => {
    const sends = await Promise.all(
      [...new Set(attempts.map((attempt) => attempt.providerReference))].map((reference) =>
        wire.sends(reference),
      ),
    );
    return sends.flat().length;
  };

  it('before its retry is taken, and the retry never goes out (row 52)', async () => {
    const charge = await declined('PORTONE', { seconds: 2, webhooks: 'lost' });
    await paidAtProvider(charge);
    await live(house, DAY_SECONDS, 60);
    const paid = await shop.read(charge.id);
    expect(await sendsOf(paid)).toBe(1);
    expect(await shop.capturesOf(charge.orderId)).toHaveLength(1);
    expect(paid).toMatchObject({ status: 'SUCCEEDED' });
    expect(await shop.incidents(charge.id)).toEqual([{ kind: 'LATE_SUCCESS' }]);
  });

  it('before its retry is known by webhook at once, and nothing waits any more (row 52)', async () => {
    const charge = await declined('PORTONE', { seconds: 2, webhooks: 'sent' });
    await paidAtProvider(charge);
    const paid = await shop.untilCharge(charge.id, 'SUCCEEDED');
    expect(paid.timeline.at(-1)).toMatchObject({ from: 'RETRY_SCHEDULED', cause: 'webhook' });
    await live(house, DAY_SECONDS);
    expect(await sendsOf(paid)).toBe(1);
    expect(await shop.incidents(charge.id)).toEqual([{ kind: 'LATE_SUCCESS' }]);
  });

  it('while nobody can be asked keeps its retry waiting (rows 50 and 52)', async () => {
    const charge = await declined('PORTONE', { seconds: 2, webhooks: 'lost' });
    await paidAtProvider(charge);
    await shop.fault({ match: { provider: 'PORTONE', method: 'GET' }, fate: 'lookup-down' });
    await live(house, DAY_SECONDS, 60, 60);
    expect(await shop.read(charge.id)).toMatchObject({ status: 'RETRY_SCHEDULED' });
    await shop.calm();
    await live(house, 600);
    const paid = await shop.read(charge.id);
    expect(paid).toMatchObject({ status: 'SUCCEEDED' });
    expect(await sendsOf(paid)).toBe(1);
  });

  it('after its retry was paid stands in the books as a duplicate, and is paid back by nobody unasked (row 53)', async () => {
    const charge = await declined('PORTONE', { seconds: 2, webhooks: 'sent' });
    await live(house, DAY_SECONDS);
    expect(await shop.read(charge.id)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ outcome: 'DECLINED' }, { outcome: 'SUCCEEDED' }],
    });
    await paidAtProvider(charge, 2);
    const doubled = await shop.until(
      () => shop.read(charge.id),
      ({ attempts }) => attempts.length === 3,
    );
    expect(doubled).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [
        { outcome: 'DECLINED' },
        { outcome: 'SUCCEEDED' },
        { outcome: 'DUPLICATE_CAPTURE' },
      ],
      refunds: [],
    });
    expect(await shop.incidents(charge.id)).toEqual([{ kind: 'DUPLICATE_CAPTURE' }]);
  });
});
