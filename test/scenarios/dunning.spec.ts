import { startHouse, type House } from '../support/house.js';
import {
  errorsOf,
  Shop,
  type ChargePayload,
  type ShownCharge,
  type UserError,
} from '../support/shop.js';
import { Timekeeper } from '../support/timekeeper.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

interface ShownRetry extends ShownCharge {
  readonly willRetry: boolean;
  readonly retryReason: string | null;
}
interface CardPayload {
  readonly schedules: { id: string }[] | null;
  readonly charges: { id: string; orderId: string; status: string }[] | null;
  readonly userErrors: readonly UserError[];
}

/** What happens after a failure, day by day on an account's test clock. */
describe('a charge that fails', () => {
  let house: House;
  let shop: Shop;
  let time: Timekeeper;
  let aheadMs = 0;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    time = new Timekeeper(house);
  }, 60_000);
  afterAll(() => house.close());

  /** Nexi's account, lived through until so long after now. */
  const liveFor = async (ms: number) => {
    aheadMs += ms;
    const { operation } = await time.liveUntil('NEXI', new Date(Date.now() + aheadMs));
    expect(operation).toMatchObject({ status: 'COMPLETED' });
    return operation!;
  };
  const businessNow = () => new Date(Date.now() + aheadMs);
  const policy = async (input: object): Promise<string> => {
    const { retryPolicy, userErrors } = await shop.ask<{
      retryPolicy: { id: string } | null;
      userErrors: object[];
    }>('createRetryPolicy', input);
    expect(userErrors).toEqual([]);
    return retryPolicy!.id;
  };
  const declinedOn = async (billingKeyId: string, more: object = {}): Promise<ShownRetry> => {
    const { id } = await shop.charge(billingKeyId, shop.orderAt('NEXI'), more);
    await house.worker.runUntilIdle();
    return (await shop.read(id)) as ShownRetry;
  };
  const readAgain = async ({ id }: ShownCharge) => (await shop.read(id)) as ShownRetry;
  const monthly = (billingKeyId: string, orderId: string, more: object = {}) =>
    time.create({
      ...{ billingKeyId, startAt: new Date(businessNow().getTime() + HOUR_MS) },
      order: { orderId, name: 'Tea', amount: { amount: 900, currency: 'EUR' } },
      recurrence: { every: 1, unit: 'MONTH', timeZone: 'Europe/Oslo' },
      ...more,
    });
  const changeCard = async (input: object): Promise<CardPayload> => {
    const { changeBillingKey } = await house.graphql<{ changeBillingKey: CardPayload }>(
      `mutation ($input: ChangeBillingKeyInput!) { changeBillingKey(input: $input) {
        schedules { id } charges { id orderId status } userErrors { code field message } } }`,
      { input },
    );
    return changeBillingKey;
  };

  it('says whether it goes out again, when, and why', async () => {
    const key = await shop.key('NEXI', 'INSUFFICIENT_FUNDS');
    const retryPolicyId = await policy({
      ...{ name: 'two mornings', timeZone: 'Europe/Oslo' },
      soft: [1, 2].map((day) => ({ day, timeOfDay: '09:00' })),
    });
    const first = await declinedOn(key, { retryPolicyId });
    expect(first).toMatchObject({
      ...{ status: 'RETRY_SCHEDULED', willRetry: true },
      retryReason: 'retry policy: step 1 of 2',
    });
    expect(new Date(first.nextAttemptAt!).toISOString()).toMatch(/T0[78]:00:00\.000Z$/);
    await liveFor(3 * DAY_MS);
    expect(await readAgain(first)).toMatchObject({
      ...{ status: 'FAILED', willRetry: false, nextAttemptAt: null },
      retryReason: 'retry policy: every step is used up',
      attempts: [{ number: 1 }, { number: 2 }, { number: 3 }],
    });
  }, 60_000);

  it('goes on by the version of its policy that it began with', async () => {
    const id = await policy({ name: 'changed', soft: [3_600, 7_200].map(afterSeconds) });
    const key = await shop.key('NEXI', 'DO_NOT_HONOR');
    const charge = await declinedOn(key, { retryPolicyId: id });
    await shop.ask('updateRetryPolicy', { id, soft: [] });
    const later = await declinedOn(key, { retryPolicyId: id });
    expect(later).toMatchObject({ status: 'FAILED', retryReason: 'no retry policy' });
    await liveFor(4 * HOUR_MS);
    expect((await readAgain(charge)).attempts).toHaveLength(3);
  }, 60_000);

  it('of a kind that nobody is to blame for uses up no step', async () => {
    const id = await policy({ name: 'one step', soft: [{ afterSeconds: 86_400 }] });
    const key = await shop.key('NEXI', 'ISSUER_UNAVAILABLE');
    const charge = await declinedOn(key, { retryPolicyId: id });
    expect(charge).toMatchObject({ retryReason: 'passing failure: step 1 of 9' });
    await liveFor(10 * 60_000);
    expect(await readAgain(charge)).toMatchObject({ retryReason: 'passing failure: step 3 of 9' });
  }, 60_000);

  it('asked for by a person does not use up the step it waits for', async () => {
    const id = await policy({ name: 'tomorrow', soft: [3_600, 86_400].map(afterSeconds) });
    const key = await shop.key('NEXI', 'INSUFFICIENT_FUNDS');
    const charge = await declinedOn(key, { retryPolicyId: id });
    await liveFor(2 * HOUR_MS);
    expect(await readAgain(charge)).toMatchObject({ retryReason: 'retry policy: step 2 of 2' });
    await shop.ask('retryCharge', { id: charge.id });
    // However often it is asked for.
    await shop.ask('retryCharge', { id: charge.id });
    await house.worker.runUntilIdle();
    const again = await readAgain(charge);
    expect(again.attempts).toHaveLength(3);
    expect(again).toMatchObject({
      ...{ status: 'RETRY_SCHEDULED', retryReason: 'retry policy: step 2 of 2' },
    });
    await liveFor(25 * HOUR_MS);
    expect(await readAgain(charge)).toMatchObject({ status: 'FAILED' });
  }, 60_000);

  it('is given no step back by asking for it while its send does not get through', async () => {
    const id = await policy({
      name: 'unreached',
      soft: [{ afterSeconds: 3_600 }, { afterSeconds: 86_400 }],
    });
    const charge = await declinedOn(await shop.key('NEXI', 'INSUFFICIENT_FUNDS'), {
      retryPolicyId: id,
    });
    await liveFor(2 * HOUR_MS);
    // As a refused connection leaves it: its step has come, and it is sent again in a moment.
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE charges SET non_sends = 1, send_at = send_at - interval '22 hours'
         WHERE merchant_id = $1 AND order_id = $2`,
        [house.merchant.id, charge.orderId],
      ),
    );
    await shop.ask('retryCharge', { id: charge.id });
    await house.worker.runUntilIdle();
    expect(await readAgain(charge)).toMatchObject({ status: 'FAILED' });
  }, 60_000);

  it('on a stolen card is the last on that card, whoever asks', async () => {
    const key = await shop.key('NEXI', 'LOST_OR_STOLEN');
    const stolen = await declinedOn(key);
    expect(stolen).toMatchObject({ status: 'FAILED', failureCode: 'LOST_OR_STOLEN' });
    const next = await declinedOn(key);
    expect(next).toMatchObject({
      ...{ status: 'FAILED', failureCode: 'LOST_OR_STOLEN', attempts: [] },
      retryReason: 'not sent: an earlier charge on this card was answered LOST_OR_STOLEN',
    });
    const retried = await shop.ask<ChargePayload>('retryCharge', { id: next.id });
    expect(refusalsOf(retried)).toEqual(['INVALID_STATE id']);
  });

  it('is not tried more often than the card’s network allows, and says which rule and until when', async () => {
    const hourly = Array.from({ length: 20 }, () => ({ afterSeconds: 3_600 }));
    const id = await policy({ name: 'stubborn', soft: hourly });
    const key = await shop.key('NEXI', 'INSUFFICIENT_FUNDS');
    const charge = await declinedOn(key, { retryPolicyId: id });
    await liveFor(20.5 * HOUR_MS);
    const waiting = await readAgain(charge);
    // The sandbox's cards are Visa's: twenty declines in thirty days.
    expect(waiting.attempts).toHaveLength(20);
    expect(waiting).toMatchObject({
      ...{ status: 'RETRY_SCHEDULED', willRetry: true },
      retryReason: expect.stringMatching(
        /^network budget: VISA allows 20 declines of a payment in 30 days/,
      ),
    });
    const opensAt = new Date(waiting.nextAttemptAt!).getTime();
    expect(opensAt).toBeGreaterThan(businessNow().getTime() + 29 * DAY_MS);
    const refused = await shop.ask<ChargePayload>('retryCharge', { id: charge.id });
    expect(refusalsOf(refused)).toEqual(['RETRY_LIMIT_REACHED id']);
    // Another amount is another payment; a first attempt of a new order is never held back.
    expect((await declinedOn(key)).attempts).toHaveLength(1);
    await liveFor(31 * DAY_MS);
    expect((await readAgain(charge)).attempts.length).toBeGreaterThan(20);
  }, 120_000);

  it('and is paid after all ends the run of declines', async () => {
    const charges = '/v1/unscheduledsubscriptions/*/charges';
    const match = { provider: 'NEXI', method: 'POST', path: charges };
    await shop.fault([{ match, fate: 'failed-then-paid', options: { seconds: 1 }, times: 1 }]);
    const charge = await declinedOn(await shop.key('NEXI'));
    expect(charge).toMatchObject({ status: 'RETRY_SCHEDULED' });
    await shop.untilCharge(charge.id, 'SUCCEEDED');
    const ledger = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<{ isApproval: boolean }>(
        `SELECT d.is_approval AS "isApproval" FROM declines d
         JOIN charges c ON c.merchant_id = d.merchant_id AND c.billing_key_id = d.billing_key_id
         WHERE c.merchant_id = $1 AND c.order_id = $2`,
        [house.merchant.id, charge.orderId],
      ),
    );
    expect(ledger).toEqual([{ isApproval: true }]);
  }, 60_000);

  describe('for good', () => {
    it.each([
      ['CANCEL_SCHEDULE', 'CANCELED'],
      ['PAUSE_SCHEDULE', 'PAUSED'],
      ['GO_ON', 'ACTIVE'],
    ])(
      'where the policy says %s leaves its schedule %s',
      async (atEnd, status) => {
        const id = await policy({
          name: `at the end ${atEnd}`,
          soft: [{ afterSeconds: 3_600 }],
          atEnd,
        });
        const key = await shop.key('NEXI', 'INSUFFICIENT_FUNDS');
        const { schedule } = await monthly(key, `end-${status.toLowerCase()}`, {
          retryPolicyId: id,
        });
        await liveFor(4 * HOUR_MS);
        const lived = await time.read(schedule!.id);
        expect(lived.status).toBe(status);
        expect(lived.occurrences.nodes[0]).toMatchObject({ status: 'FAILED' });
        await liveFor(32 * DAY_MS);
        const { occurrences } = await time.read(schedule!.id);
        const sent = occurrences.nodes.filter(({ attempts }) => attempts.length > 0);
        expect(sent).toHaveLength(status === 'ACTIVE' ? 2 : 1);
      },
      90_000,
    );
  });

  describe('for want of a card', () => {
    it('waits for another one, and goes out on it when it comes', async () => {
      const old = await shop.key('NEXI', 'EXPIRED_CARD');
      const { schedule } = await monthly(old, 'expired');
      await liveFor(2 * HOUR_MS);
      const [failed] = (await time.read(schedule!.id)).occurrences.nodes;
      expect(failed).toMatchObject({ status: 'FAILED', failureCode: 'EXPIRED_CARD' });
      const billingKeyId = await shop.key('NEXI');
      const listed = await changeCard({ billingKeyId, replacedKeyId: old, dryRun: true });
      expect(listed).toMatchObject({
        ...{ schedules: [{ id: schedule!.id }], userErrors: [] },
        charges: [{ orderId: 'expired-1', status: 'FAILED' }],
      });
      const changed = await changeCard({ billingKeyId, replacedKeyId: old });
      expect(changed.charges).toMatchObject([{ orderId: 'expired-1', status: 'RETRY_SCHEDULED' }]);
      await house.worker.runUntilIdle();
      const paid = await shop.readOrder('expired-1');
      expect(paid).toMatchObject({ status: 'SUCCEEDED', billingKey: { id: billingKeyId } });
      expect(await shop.capturesOf('expired-1')).toHaveLength(1);
    }, 60_000);

    it('takes a running case over to the new card', async () => {
      const old = await shop.key('NEXI', 'INSUFFICIENT_FUNDS');
      const { schedule } = await monthly(old, 'replaced');
      await liveFor(2 * HOUR_MS);
      const billingKeyId = await shop.key('NEXI');
      const changed = await changeCard({ billingKeyId, scheduleIds: [schedule!.id] });
      expect(changed.charges).toMatchObject([{ orderId: 'replaced-1' }]);
      await house.worker.runUntilIdle();
      expect(await shop.readOrder('replaced-1')).toMatchObject({ status: 'SUCCEEDED' });
      await liveFor(10 * DAY_MS);
      expect(await shop.capturesOf('replaced-1')).toHaveLength(1);
    }, 60_000);

    it('is left where it is when that is wished, and a month after its time in any case', async () => {
      const old = await shop.key('NEXI', 'EXPIRED_CARD');
      const { schedule } = await monthly(old, 'left');
      await liveFor(2 * HOUR_MS);
      const left = { replacedKeyId: old, failedCharges: 'LEAVE', dryRun: true };
      const billingKeyId = await shop.key('NEXI');
      expect((await changeCard({ ...left, billingKeyId })).charges).toEqual([]);
      await time.mutate('cancelSchedule', { id: schedule!.id });
      await liveFor(31 * DAY_MS);
      const late = await changeCard({ billingKeyId, replacedKeyId: old, dryRun: true });
      expect(late).toMatchObject({ schedules: [], charges: [], userErrors: [] });
    }, 60_000);

    it('asks whose card it is, and for one that can be charged', async () => {
      const billingKeyId = await shop.key('NEXI');
      expect(refusalsOf(await changeCard({ billingKeyId }))).toEqual(['INVALID_INPUT -']);
      const both = { scheduleIds: ['sch_x'], customerRef: 'somebody' };
      expect(refusalsOf(await changeCard({ billingKeyId, ...both }))).toEqual(['INVALID_INPUT -']);
      expect(refusalsOf(await changeCard({ billingKeyId: 'bk_x', customerRef: 'nobody' }))).toEqual(
        ['NOT_FOUND billingKeyId'],
      );
    });
  });
});

const afterSeconds = (seconds: number) => ({ afterSeconds: seconds });

const refusalsOf = ({ userErrors }: { readonly userErrors: readonly UserError[] }): string[] =>
  errorsOf(userErrors);
