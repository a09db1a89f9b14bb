import { newId, toPublicId } from '#kernel';
import { errorsOf, Shop, type RefundPayload, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { startRival, type Rival } from '../support/rival.js';
import { Wire } from '../support/wire.js';

const CANCEL = { provider: 'PORTONE', method: 'POST', path: '/payments/cancel' };
const REFUND = { provider: 'NEXI', method: 'POST', path: '/v1/charges/*/refunds' };
/** A lease by default, and a little more. */
const LEASE_SECONDS = 91;

/** Refunds that asking does not settle. All times are the default ones. */
describe('a refund that nobody can see', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  const rivals: Rival[] = [];

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
    await house.graphql(
      `mutation ($input: UpdateProviderAccountInput!) { updateProviderAccount(input: $input) {
        userErrors { code } } }`,
      { input: { id: shop.accountOf('NEXI'), replay: 'UNPROVEN' } },
    );
  });
  beforeEach(async () => {
    await shop.calm();
    await shop.turn({ portoneCancelDelaySeconds: 0 });
  });
  afterEach(async () => {
    await Promise.all(rivals.splice(0).map((rival) => rival.close()));
  });
  afterAll(() => house.close());

  const charged = async (provider: 'PORTONE' | 'NEXI'): Promise<ShownCharge> => {
    const order = shop.orderAt(provider, { amount: 10_000 });
    const { id } = await shop.charge(await shop.key(provider), order);
    return shop.untilCharge(id, 'SUCCEEDED');
  };
  const refund = ({ id, amount: { currency } }: ShownCharge, amount = 3_000) =>
    shop.ask<RefundPayload>('refundCharge', {
      ...{ id, amount: { amount, currency }, reason: 'came back', idempotencyKey: newId() },
    });
  const resolve = (id: string, outcome: string, more: object = {}) =>
    shop.ask<RefundPayload>('resolveRefund', {
      ...{ id, outcome, evidence: 'so says the provider’s console', ...more },
    });
  const refundsOf = async ({ id }: ShownCharge) => (await shop.read(id)).refunds;
  const sends = async (): Promise<number> => (await wire.refunds()).length;
  const paidBack = async ({ orderId }: ShownCharge): Promise<number[]> =>
    (await shop.ledger())
      .filter((line) => line.orderReference === orderId && line.kind === 'REFUND')
      .map(({ amount }) => amount);
  const needsReview = async (): Promise<number> =>
    (
      await house.graphql<{ health: { refundsNeedingReviewCount: number } }>(
        '{ health { refundsNeedingReviewCount } }',
      )
    ).health.refundsNeedingReviewCount;

  describe('because the provider took it in and carries it out later', () => {
    const takenIn = async (): Promise<ShownCharge> => {
      const charge = await charged('PORTONE');
      await shop.turn({ portoneCancelDelaySeconds: 7_200 });
      await refund(charge);
      await house.worker.runUntilIdle();
      expect(await refundsOf(charge)).toMatchObject([{ status: 'PENDING' }]);
      return charge;
    };
    const carryOut = async (): Promise<void> => {
      const at = house.sandbox.core.clock.nowMs('imp_sandbox') + 7_201_000;
      await house.control('clock', { at: new Date(at).toISOString(), account: 'imp_sandbox' });
    };

    it('is never sent again by itself: a person is asked, and it is paid back once (row 86)', async () => {
      const before = await sends();
      const charge = await takenIn();
      await live(house, 10, 30, 120, 300, 600, 1_800);
      expect(await sends()).toBe(before + 1);
      expect(await refundsOf(charge)).toMatchObject([{ status: 'UNKNOWN', needsReview: true }]);
      expect(await shop.incidents(charge.id)).toEqual([{ kind: 'QUARANTINED' }]);
      expect(await needsReview()).toBe(1);
      await carryOut();
      await live(house, 3_600);
      expect(await paidBack(charge)).toEqual([3_000]);
      expect(await refundsOf(charge)).toMatchObject([{ status: 'SUCCEEDED', needsReview: false }]);
      expect(await needsReview()).toBe(0);
    });
  });

  describe('because its answer was lost', () => {
    it('goes out again after the quiet period, however often somebody asked for a look before (row 86)', async () => {
      const charge = await charged('PORTONE');
      const before = await sends();
      await shop.fault({ match: CANCEL, fate: 'error-before', times: 1 });
      await refund(charge);
      await house.worker.runUntilIdle();
      // Looks that webhooks asked for: eight within a minute.
      await house.platform.database.withMerchant(house.merchant.id, (tx) =>
        tx.query(
          `UPDATE refunds SET looks = 8, next_look_at = now() WHERE merchant_id = $1 AND status = 'UNKNOWN'`,
          [house.merchant.id],
        ),
      );
      await live(house, 30);
      expect(await sends()).toBe(before + 1);
      expect(await refundsOf(charge)).toMatchObject([{ status: 'UNKNOWN', needsReview: false }]);
      await live(house, 600, 3_600, 3_600);
      expect(await sends()).toBe(before + 2);
      expect(await refundsOf(charge)).toMatchObject([{ status: 'SUCCEEDED' }]);
      expect(await paidBack(charge)).toEqual([3_000]);
    });
  });

  describe('because its sender died, where a second send could be a second refund', () => {
    /** Asked about until the looks have run out. */
    const lost = async (fate: string, more: readonly object[] = []): Promise<ShownCharge> => {
      const charge = await charged('NEXI');
      const lostWebhooks = { match: { provider: 'NEXI' }, fate: 'webhook-dropped' };
      await shop.fault([{ match: REFUND, fate, times: 1 }, lostWebhooks, ...more]);
      const before = await sends();
      const sender = await startRival(house);
      rivals.push(sender);
      await refund(charge);
      sender.runUntilIdle().catch(() => undefined); // it is killed on the way
      await wire.refundAfter(before);
      await sender.kill();
      await live(house, LEASE_SECONDS, 600, 1_800);
      return charge;
    };
    const lostRefund = async () => {
      const charge = await lost('hang-before');
      const [first] = await refundsOf(charge);
      return { charge, id: first!.id };
    };

    it('waits for a person, who sees it and can end it: it failed, and another may be asked for (row 86)', async () => {
      const { charge, id } = await lostRefund();
      expect(await refundsOf(charge)).toMatchObject([{ status: 'UNKNOWN', needsReview: true }]);
      expect(await shop.incidents(charge.id)).toEqual([{ kind: 'QUARANTINED' }]);
      expect(await needsReview()).toBe(1);
      expect(errorsOf((await refund(charge)).userErrors)).toEqual(['REFUND_IN_PROGRESS id']);
      const resolved = await resolve(id, 'FAILED');
      expect(resolved).toMatchObject({
        refund: {
          ...{
            status: 'FAILED',
            needsReview: false,
            resolvedBy: expect.stringMatching(/^api key key_/),
          },
          resolutionNote: 'resolved as FAILED: so says the provider’s console',
        },
        charge: { status: 'SUCCEEDED', refundedAmount: { amount: 0 } },
        userErrors: [],
      });
      expect(await needsReview()).toBe(0);
      expect(errorsOf((await resolve(id, 'FAILED')).userErrors)).toEqual(['INVALID_STATE id']);
      await shop.calm();
      await refund(charge);
      await shop.untilCharge(charge.id, 'PARTIALLY_REFUNDED');
      expect(await paidBack(charge)).toEqual([3_000]);
    });

    it('is booked where a person saw it paid back', async () => {
      const { id } = await lostRefund();
      const resolved = await resolve(id, 'SUCCEEDED', { providerRefundId: 'r-1' });
      expect(resolved).toMatchObject({ refund: { status: 'SUCCEEDED' }, userErrors: [] });
      expect(resolved.charge).toMatchObject({
        ...{ status: 'PARTIALLY_REFUNDED', refundedAmount: { amount: 3_000 } },
        timeline: expect.arrayContaining([
          expect.objectContaining({
            ...{
              to: 'PARTIALLY_REFUNDED',
              cause: expect.stringMatching(/^api key key_.*SUCCEEDED/),
            },
            evidence: expect.stringContaining('so says the provider’s console'),
          }),
        ]),
      });
    });

    it('is sent again where a person says that it never happened, once (row 86)', async () => {
      const { charge, id } = await lostRefund();
      const before = await sends();
      await shop.calm();
      expect(await resolve(id, 'NEVER_HAPPENED')).toMatchObject({
        ...{ refund: { status: 'UNKNOWN', needsReview: false }, userErrors: [] },
      });
      await shop.untilCharge(charge.id, 'PARTIALLY_REFUNDED');
      expect(await sends()).toBe(before + 1);
      expect(await paidBack(charge)).toEqual([3_000]);
    });

    it('is found, and not sent again, where the person was wrong', async () => {
      const charge = await lost('hang-after', [
        { match: { provider: 'NEXI', method: 'GET' }, fate: 'lookup-down' },
      ]);
      const [unclear] = await refundsOf(charge);
      expect(unclear).toMatchObject({ status: 'UNKNOWN', needsReview: true });
      const before = await sends();
      await shop.calm();
      await resolve(unclear!.id, 'NEVER_HAPPENED');
      await shop.untilCharge(charge.id, 'PARTIALLY_REFUNDED');
      expect(await sends()).toBe(before);
      expect(await paidBack(charge)).toEqual([3_000]);
    });

    it('is resolved with what was seen, by whoever it belongs to: the field is named', async () => {
      const { id } = await lostRefund();
      const refused = async (...of: Parameters<typeof resolve>) =>
        errorsOf((await resolve(...of)).userErrors);
      expect(await refused(id, 'FAILED', { evidence: ' ' })).toEqual([
        'EVIDENCE_REQUIRED evidence',
      ]);
      expect(await refused(id, 'SUCCEEDED', { providerRefundId: 'ä' })).toEqual([
        'INVALID_INPUT providerRefundId',
      ]);
      expect(await refused(toPublicId('refund', newId()), 'FAILED')).toEqual(['NOT_FOUND id']);
      expect(await refused('rf_1', 'FAILED')).toEqual(['NOT_FOUND id']);
      const foreign = await shop.ask<RefundPayload>(
        'resolveRefund',
        { id, outcome: 'FAILED', evidence: 'mine' },
        await shop.anotherApiKey(),
      );
      expect(errorsOf(foreign.userErrors)).toEqual(['NOT_FOUND id']);
    });
  });
});
