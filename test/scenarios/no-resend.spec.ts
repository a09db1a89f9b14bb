import { fromPublicId } from '#kernel';
import { live } from '../support/passing-time.js';
import { startHouse, type House } from '../support/house.js';
import { Shop, type BulkPayload, type ProviderName, type ShownCharge } from '../support/shop.js';
import { Timekeeper } from '../support/timekeeper.js';
import { Wire } from '../support/wire.js';

const PATHS = {
  PORTONE: '/subscribe/payments/again',
  NEXI: '/v1/unscheduledsubscriptions/*/charges',
};
/** Looks at 10 s, 30 s, 2 min, 5 min and 10 min: by then the proof is there, and it would go out again. */
const UNTIL_PROVED = [11, 20, 90, 180, 300];

/** A send that never arrived, of which meanwhile nothing more is wanted. All times are the default ones. */
describe('what was proved never to have arrived', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  let time: Timekeeper;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
    time = new Timekeeper(house);
    await shop.turn({ duplicateGuard: 'none' });
  }, 60_000);
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  const cut = (provider: ProviderName): Promise<void> =>
    shop.fault({
      match: { provider, method: 'POST', path: PATHS[provider] },
      ...{ fate: '500-before', times: 1 },
    });
  const isUnclear = (charge: ShownCharge): ShownCharge => {
    expect(charge).toMatchObject({ status: 'UNKNOWN', attempts: [{ outcome: 'UNKNOWN' }] });
    return charge;
  };
  /** An occurrence whose send was cut off, and whose schedule is canceled since. */
  const canceled = async (provider: ProviderName): Promise<ShownCharge> => {
    const order = shop.orderAt(provider);
    const { schedule } = await time.create({
      ...{ billingKeyId: await shop.key(provider), order, execution: 'SERVICE_DISPATCHED' },
      startAt: new Date(Date.now() + 60_000),
    });
    await cut(provider);
    await live(house, 61);
    const charge = isUnclear(await shop.readOrder(`${order.orderId}-1`));
    const { userErrors } = await time.mutate('cancelSchedule', { id: schedule!.id });
    // It tells of the one that is under way, and that nothing is sent after it.
    expect(userErrors).toMatchObject([{ code: 'IN_FLIGHT' }]);
    return charge;
  };
  const isSentOnce = async ({ orderId, attempts: [first] }: ShownCharge): Promise<void> => {
    expect(await wire.sends(first!.providerReference)).toHaveLength(1);
    expect(await shop.capturesOf(orderId)).toEqual([]);
  };

  it('is canceled, not sent again, when its schedule was', async () => {
    const charge = await canceled('PORTONE');
    await live(house, ...UNTIL_PROVED);
    await isSentOnce(charge);
    const settled = await shop.read(charge.id);
    expect(settled).toMatchObject({ status: 'CANCELED', attempts: [{ outcome: 'NOT_SENT' }] });
    expect(settled.timeline.slice(-2)).toMatchObject([
      {
        ...{ from: 'UNKNOWN', to: 'RETRY_SCHEDULED' },
        evidence: expect.stringContaining('its schedule is canceled'),
      },
      { to: 'CANCELED', cause: 'dispatcher: its schedule is canceled' },
    ]);
  });

  it('is for a person where absence is no proof and its schedule was canceled', async () => {
    const charge = await canceled('NEXI');
    await live(house, ...UNTIL_PROVED);
    expect(await shop.read(charge.id)).toMatchObject({ status: 'UNKNOWN' });
    await live(house, 1_201);
    await isSentOnce(charge);
    const asked = await shop.read(charge.id);
    expect(asked).toMatchObject({ status: 'NEEDS_REVIEW', attempts: [{ outcome: 'UNKNOWN' }] });
    expect(asked.timeline.at(-1)!.evidence).toContain('its schedule is canceled');
    await live(house, 3_601);
    await isSentOnce(charge);
  });

  it('is canceled, not sent again, when its bulk was', async () => {
    const order = shop.order();
    await cut('PORTONE');
    const { bulkCharge } = await shop.ask<BulkPayload>('createBulkCharge', {
      ...{ providerAccountId: shop.accountOf('PORTONE'), externalId: order.orderId },
      ...{ items: [{ billingKeyId: await shop.key('PORTONE'), order }], submit: true },
    });
    await house.worker.runUntilIdle();
    const charge = isUnclear(await shop.readOrder(order.orderId));
    await shop.ask('cancelBulkCharge', { id: bulkCharge!.id });
    await live(house, ...UNTIL_PROVED);
    await isSentOnce(charge);
    expect(await shop.read(charge.id)).toMatchObject({
      ...{ status: 'CANCELED', attempts: [{ outcome: 'NOT_SENT' }] },
    });
    expect(await shop.readBulk(bulkCharge!.id)).toMatchObject({
      counts: { total: 1, canceled: 1, unknown: 0 },
    });
  });

  it('fails, not sent again, when another charge ended its card for good', async () => {
    const key = await shop.key('PORTONE', 'LOST_OR_STOLEN');
    await cut('PORTONE');
    const { id } = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    const charge = isUnclear(await shop.read(id));
    const other = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    expect(await shop.read(other.id)).toMatchObject({ failureCode: 'LOST_OR_STOLEN' });
    await live(house, ...UNTIL_PROVED);
    await isSentOnce(charge);
    expect(await shop.read(id)).toMatchObject({
      ...{ status: 'FAILED', failureCode: 'LOST_OR_STOLEN' },
      attempts: [{ outcome: 'NOT_SENT' }],
    });
  });

  it('is asked about before another card is charged: it may have arrived after all', async () => {
    const key = await shop.key('PORTONE');
    await shop.fault([
      {
        match: { provider: 'PORTONE', method: 'POST', path: PATHS.PORTONE },
        ...{ fate: 'response-lost', times: 1 },
      },
      { match: { provider: 'PORTONE' }, fate: 'lookup-lag', options: { seconds: 3_600 } },
      { match: { provider: 'PORTONE' }, fate: 'webhook-dropped' },
    ]);
    const { id, orderId } = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE billing_keys SET hard_failure_code = 'LOST_OR_STOLEN' WHERE merchant_id = $1 AND id = $2`,
        [house.merchant.id, fromPublicId('billingKey', key)],
      ),
    );
    await live(house, ...UNTIL_PROVED);
    expect(await shop.read(id)).toMatchObject({
      ...{ status: 'FAILED', attempts: [{ outcome: 'NOT_SENT' }] },
    });
    await shop.calm();
    const { changeBillingKey } = await house.graphql<{
      changeBillingKey: { charges: { id: string }[] };
    }>(
      `mutation ($input: ChangeBillingKeyInput!) { changeBillingKey(input: $input) {
        charges { id } } }`,
      { input: { replacedKeyId: key, billingKeyId: await shop.key('PORTONE') } },
    );
    expect(changeBillingKey.charges).toEqual([{ id }]);
    await live(house, 60);
    expect(await shop.read(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
  });
});
