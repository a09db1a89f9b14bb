import { setTimeout as pause } from 'node:timers/promises';
import { fromPublicId } from '#kernel';
import { hastenAll } from '#merchants';
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

  /** As if the first look after the decision were due. */
  const lookAfterwards = async ({ id }: ShownCharge): Promise<void> => {
    const { database } = house.platform;
    await database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE charges SET next_afterlook_at = $3 WHERE merchant_id = $1 AND id = $2
         AND next_afterlook_at IS NOT NULL`,
        [house.merchant.id, fromPublicId('charge', id), tx.now],
      ),
    );
    await hastenAll(database);
    await house.worker.runUntilIdle();
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

  describe('on a card that was changed since', () => {
    const changeCard = async (provider: ProviderName): Promise<void> => {
      const [replacedKeyId, billingKeyId] = [keys[provider], await shop.key(provider)];
      const { changeBillingKey } = await house.graphql<{
        changeBillingKey: { charges: { id: string }[] };
      }>(
        `mutation ($input: ChangeBillingKeyInput!) { changeBillingKey(input: $input) {
          charges { id } } }`,
        { input: { replacedKeyId, billingKeyId } },
      );
      expect(changeBillingKey.charges).toHaveLength(1);
      keys[provider] = billingKeyId;
    };
    /** As by an answer that named no payment: it can be asked about by its reference alone. */
    const forgetPayment = ({ id }: ShownCharge): Promise<unknown> =>
      house.platform.database.withMerchant(house.merchant.id, (tx) =>
        tx.query(
          `UPDATE attempts SET provider_payment_id = NULL
           WHERE merchant_id = $1 AND charge_id = $2`,
          [house.merchant.id, fromPublicId('charge', id)],
        ),
      );

    it.each([
      ['PORTONE', 'and named', async () => undefined],
      ['PORTONE', 'and never named', forgetPayment],
      ['NEXI', 'and named', async () => undefined],
      ['NEXI', 'and never named', forgetPayment],
    ] as const)(
      'at %s %s is found by the old card before the new one is charged (row 52)',
      async (provider, _, forget) => {
        const charge = await declined(provider, { seconds: 2, webhooks: 'lost' });
        await forget(charge);
        await paidAtProvider(charge);
        await changeCard(provider);
        await live(house, 60);
        const paid = await shop.read(charge.id);
        expect(await sendsOf(paid)).toBe(1);
        expect(await shop.capturesOf(charge.orderId)).toHaveLength(1);
        expect(paid).toMatchObject({ status: 'SUCCEEDED' });
        expect(await shop.incidents(charge.id)).toEqual([{ kind: 'LATE_SUCCESS' }]);
      },
    );

    it.each(['PORTONE', 'NEXI'] as const)(
      'at %s after the new one was charged stands in the books as a duplicate (row 53)',
      async (provider) => {
        const charge = await declined(provider, { seconds: 4, webhooks: 'lost' });
        await changeCard(provider);
        await live(house, 0);
        expect(await shop.read(charge.id)).toMatchObject({
          status: 'SUCCEEDED',
          attempts: [{ outcome: 'DECLINED' }, { outcome: 'SUCCEEDED' }],
        });
        await paidAtProvider(charge, 2);
        await lookAfterwards(charge);
        expect(await shop.incidents(charge.id)).toEqual([{ kind: 'DUPLICATE_CAPTURE' }]);
        expect(await shop.read(charge.id)).toMatchObject({ status: 'SUCCEEDED' });
      },
    );
  });
});
