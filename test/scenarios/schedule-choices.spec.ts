import { hastenAll } from '#merchants';
import { startHouse, type House } from '../support/house.js';
import { errorsOf, Shop, type UserError } from '../support/shop.js';
import { Timekeeper, type ShownSchedule } from '../support/timekeeper.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const daily = { every: 1, unit: 'DAY', timeZone: 'UTC' };

interface ShownOccurrence {
  readonly status: string;
  readonly waitReason: string | null;
  readonly explanation: string;
  readonly timeline: readonly { readonly to: string; readonly cause: string }[];
}

/** What a schedule's owner may choose, lived through on a test clock. */
describe('a schedule', () => {
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

  const businessNow = () => Date.now() + aheadMs;
  const liveFor = async (ms: number, provider: 'NEXI' | 'PORTONE' = 'NEXI') => {
    aheadMs += ms;
    const { operation } = await time.liveUntil(provider, new Date(businessNow()));
    expect(operation).toMatchObject({ status: 'COMPLETED' });
  };
  /** Nobody is there for so long: the account's clock goes on, and nothing is served. */
  const beAwayFor = async (ms: number) => {
    aheadMs += ms;
    await house.platform.database.withMerchant(house.merchant.id, async (tx) => {
      await tx.query(
        `UPDATE provider_accounts SET clock_offset_ms = clock_offset_ms + $3
         WHERE merchant_id = $1 AND id = $2`,
        [house.merchant.id, house.nexi.id, ms],
      );
      await tx.query(
        `UPDATE account_agendas SET last_served_at = last_served_at - $1 * interval '1 ms',
           next_due_at = $2`,
        [ms, tx.now],
      );
    });
  };
  const create = async (orderId: string, more: object = {}): Promise<ShownSchedule> => {
    const billingKeyId = await shop.key('NEXI');
    const { schedule, userErrors } = await time.create({
      ...{ billingKeyId, recurrence: daily, startAt: new Date(businessNow() + 2 * HOUR_MS) },
      order: { orderId, name: 'Tea', amount: { amount: 900, currency: 'EUR' } },
      ...more,
    });
    expect(userErrors).toEqual([]);
    return schedule!;
  };
  const statusesOf = async ({ id }: ShownSchedule, number: number): Promise<string[]> => {
    const { occurrences } = await time.read(id);
    return occurrences.nodes.slice(0, number).map(({ status }) => status);
  };
  const occurrence = async (orderId: string): Promise<ShownOccurrence> => {
    const { charge } = await house.graphql<{ charge: ShownOccurrence }>(
      `query ($orderId: String!) { charge(orderId: $orderId) { status waitReason explanation
        timeline { to cause } } }`,
      { orderId },
    );
    return charge;
  };
  const amountsOf = async (orderId: string): Promise<number[]> =>
    (await time.captures(`${orderId}-`)).map(({ amount }) => amount);

  describe('after three days in which nothing ran', () => {
    it.each([
      ['ALL', ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']],
      ['LATEST', ['SUCCEEDED', 'SKIPPED', 'SKIPPED', 'SUCCEEDED']],
      ['NONE', ['SUCCEEDED', 'SKIPPED', 'SKIPPED', 'SKIPPED']],
    ])(
      'that catches up %s has its occurrences %j',
      async (catchUp, statuses) => {
        const orderId = `away-${catchUp.toLowerCase()}`;
        const schedule = await create(orderId, { catchUp });
        await liveFor(3 * HOUR_MS);
        expect(await statusesOf(schedule, 1)).toEqual(['SUCCEEDED']);
        await beAwayFor(3 * DAY_MS);
        await house.worker.runUntilIdle();
        expect(await statusesOf(schedule, 4)).toEqual(statuses);
        // What comes after is charged in any case.
        await liveFor(DAY_MS);
        expect(await statusesOf(schedule, 5)).toEqual([...statuses, 'SUCCEEDED']);
        const charged = statuses.filter((status) => status === 'SUCCEEDED').length + 1;
        expect(await amountsOf(orderId)).toHaveLength(charged);
        if (catchUp === 'ALL') return;
        const { timeline, explanation } = await occurrence(`${orderId}-2`);
        expect(explanation).toMatch(/was skipped: it fell due while nothing ran, from 2/);
        expect(timeline.at(-1)).toMatchObject({
          ...{ to: 'SKIPPED', cause: expect.stringMatching(/fell due while nothing ran, from 2/) },
        });
      },
      90_000,
    );

    it('a clock that was moved is no such time', async () => {
      const schedule = await create('moved', { catchUp: 'NONE' });
      await liveFor(3 * DAY_MS);
      expect(await statusesOf(schedule, 3)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    }, 60_000);
  });

  describe('whose earlier occurrence is still open', () => {
    const openFor = async (orderId: string, whenPreviousOpen: string) => {
      const retryPolicyId = await policyOf(`tries for ${orderId}`);
      const billingKeyId = await shop.key('NEXI', 'INSUFFICIENT_FUNDS');
      const schedule = await create(orderId, { whenPreviousOpen, retryPolicyId, billingKeyId });
      await liveFor(DAY_MS + 3 * HOUR_MS);
      expect(await statusesOf(schedule, 1)).toEqual(['RETRY_SCHEDULED']);
      return { schedule, billingKeyId };
    };
    const policyOf = async (name: string): Promise<string> => {
      const { retryPolicy } = await shop.ask<{ retryPolicy: { id: string } }>('createRetryPolicy', {
        ...{ name, soft: [{ afterSeconds: 5 * 86_400 }] },
      });
      return retryPolicy.id;
    };

    it('charges the next one beside it', async () => {
      const { schedule } = await openFor('beside', 'CHARGE');
      expect(await statusesOf(schedule, 2)).toEqual(['RETRY_SCHEDULED', 'RETRY_SCHEDULED']);
    }, 60_000);

    it('has the next one wait, and charges it once the earlier one is settled', async () => {
      const { schedule } = await openFor('waiting', 'WAIT');
      const second = await occurrence('waiting-2');
      expect(second).toMatchObject({
        ...{ status: 'SCHEDULED', waitReason: 'it waits until occurrence 1 is settled' },
        explanation: expect.stringContaining('it waits until occurrence 1 is settled'),
      });
      const billingKeyId = await shop.key('NEXI');
      await house.graphql(
        `mutation ($input: ChangeBillingKeyInput!) { changeBillingKey(input: $input) {
          userErrors { message } } }`,
        { input: { billingKeyId, scheduleIds: [schedule.id] } },
      );
      await shop.until(
        () => statusesOf(schedule, 2),
        (statuses) => statuses.every((status) => status === 'SUCCEEDED'),
      );
      expect(await occurrence('waiting-2')).toMatchObject({ waitReason: null });
      expect(await amountsOf('waiting')).toHaveLength(2);
    }, 60_000);

    it('has it wait no longer, though somebody held it when the earlier one was settled', async () => {
      const { schedule } = await openFor('held', 'WAIT');
      expect((await occurrence('held-2')).waitReason).toContain('occurrence 1');
      const first = await shop.readOrder('held-1');
      await house.platform.database.withMerchant(house.merchant.id, async (tx) => {
        await tx.query(
          `SELECT id FROM charges WHERE merchant_id = $1 AND order_id = 'held-2' FOR UPDATE`,
          [house.merchant.id],
        );
        expect(await shop.ask('cancelCharge', { id: first.id })).toMatchObject({ userErrors: [] });
      });
      // As each minute's tick does.
      await hastenAll(house.platform.database);
      await house.worker.runUntilIdle();
      expect(await statusesOf(schedule, 2)).toEqual(['CANCELED', 'RETRY_SCHEDULED']);
      expect((await occurrence('held-2')).waitReason).toBeNull();
    }, 60_000);

    it('skips the next one, and says why', async () => {
      const { schedule } = await openFor('skipping', 'SKIP');
      expect(await statusesOf(schedule, 2)).toEqual(['RETRY_SCHEDULED', 'SKIPPED']);
      const { timeline, explanation } = await occurrence('skipping-2');
      expect(timeline.at(-1)!.cause).toBe('dispatcher: occurrence 1 is not settled');
      expect(explanation).toContain('was skipped: occurrence 1 is not settled');
    }, 60_000);
  });

  describe('canceled at the end of its period', () => {
    it('goes on until then, and is not charged again', async () => {
      const schedule = await create('ending');
      await liveFor(3 * HOUR_MS);
      const [next] = (await time.read(schedule.id)).nextOccurrences;
      const asked = await time.mutate('cancelSchedule', { id: schedule.id, when: 'PERIOD_END' });
      expect(asked).toMatchObject({ schedule: { status: 'ACTIVE', nextOccurrences: [] } });
      const { schedule: shown } = await house.graphql<{ schedule: { cancelsAt: string } }>(
        `query ($id: ID!) { schedule(id: $id) { cancelsAt } }`,
        { id: schedule.id },
      );
      expect(shown.cancelsAt).toBe(next);
      await liveFor(20 * HOUR_MS);
      expect((await time.read(schedule.id)).status).toBe('ACTIVE');
      await liveFor(3 * DAY_MS);
      expect((await time.read(schedule.id)).status).toBe('CANCELED');
      expect(await amountsOf('ending')).toHaveLength(1);
    }, 60_000);

    it('is kept after all when it is resumed in time', async () => {
      const schedule = await create('staying');
      await liveFor(3 * HOUR_MS);
      await time.mutate('cancelSchedule', { id: schedule.id, when: 'PERIOD_END' });
      const kept = await time.mutate('resumeSchedule', { id: schedule.id });
      expect(kept.schedule).toMatchObject({ status: 'ACTIVE' });
      expect(kept.schedule!.nextOccurrences).toHaveLength(3);
      await liveFor(2 * DAY_MS);
      expect((await amountsOf('staying')).length).toBeGreaterThan(1);
    }, 60_000);
  });

  it('charges another amount first, where one is given', async () => {
    await create('introduction', { firstAmount: { amount: 100, currency: 'EUR' } });
    await liveFor(2 * DAY_MS + 3 * HOUR_MS);
    expect(await amountsOf('introduction')).toEqual([100, 900, 900]);
    const { userErrors } = await time.create({
      ...{ billingKeyId: await shop.key('NEXI'), firstAmount: { amount: 1, currency: 'SEK' } },
      order: { orderId: 'two-currencies', name: 'Tea', amount: { amount: 9, currency: 'EUR' } },
    });
    expect(errorsOf(userErrors as UserError[])).toEqual(['INVALID_CURRENCY firstAmount.currency']);
  }, 60_000);

  describe('changed from a date on', () => {
    it('charges the old price before it, and the new one from then on', async () => {
      const schedule = await create('dearer');
      const effectiveAt = new Date(businessNow() + 2 * DAY_MS);
      const { userErrors } = await time.mutate('updateSchedule', {
        ...{ id: schedule.id, effectiveAt, order: { amount: { amount: 1_200, currency: 'EUR' } } },
      });
      expect(userErrors).toEqual([]);
      await liveFor(3 * DAY_MS + 3 * HOUR_MS);
      expect(await amountsOf('dearer')).toEqual([900, 900, 1_200, 1_200]);
    }, 60_000);

    it('shows the dates of both plans before they come', async () => {
      const schedule = await create('slower');
      const first = new Date(schedule.nextOccurrences[0]!).getTime();
      const effectiveAt = new Date(first + 1.5 * DAY_MS);
      const { schedule: changed } = await time.mutate('updateSchedule', {
        ...{ id: schedule.id, effectiveAt, recurrence: { ...daily, unit: 'WEEK' } },
      });
      expect(changed!.nextOccurrences.map((at) => (Date.parse(at) - first) / DAY_MS)).toEqual([
        0, 1, 2,
      ]);
      await liveFor(3 * DAY_MS);
      const { nextOccurrences } = await time.read(schedule.id);
      expect(nextOccurrences.map((at) => (Date.parse(at) - first) / DAY_MS)).toEqual([9, 16, 23]);
    }, 60_000);

    it('is told what is wrong with it at once, and can be dropped', async () => {
      const schedule = await create('thought-over', { maxOccurrences: 3 });
      const update = (input: object) =>
        time.mutate('updateSchedule', { id: schedule.id, ...input });
      const later = new Date(businessNow() + 30 * DAY_MS);
      const tooLate = await update({ effectiveAt: later, order: { name: 'Coffee' } });
      expect(tooLate.userErrors).toMatchObject([{ code: 'INVALID_TIME', field: ['effectiveAt'] }]);
      const effectiveAt = new Date(businessNow() + 2 * DAY_MS);
      const wrong = await update({
        ...{ effectiveAt, order: { amount: { amount: 1, currency: 'KRW' } } },
      });
      expect(wrong.userErrors).toMatchObject([{ code: 'CURRENCY_NOT_SUPPORTED' }]);
      await update({ effectiveAt, order: { amount: { amount: 5, currency: 'EUR' } } });
      expect((await update({ effectiveAt })).userErrors).toEqual([]);
      const again = await update({ effectiveAt });
      expect(again.userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['effectiveAt'] }]);
      await liveFor(4 * DAY_MS);
      expect(await amountsOf('thought-over')).toEqual([900, 900, 900]);
    }, 60_000);
  });

  it('whose next time was told before its country changed the clocks is due by the new ones', async () => {
    const schedule = await create('other-clocks');
    await liveFor(3 * HOUR_MS);
    // As if an older copy of the zones had told it, half an hour later; what has a charge keeps its time.
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE schedules SET next_due_at = next_due_at + interval '30 minutes'
         WHERE merchant_id = $1 AND order_id = 'other-clocks'`,
        [house.merchant.id],
      ),
    );
    await liveFor(3 * DAY_MS);
    const { occurrences } = await time.read(schedule.id);
    const first = Date.parse(occurrences.nodes[0]!.dueAt);
    const dues = occurrences.nodes.map(({ dueAt }) => (Date.parse(dueAt) - first) / DAY_MS);
    expect(dues.slice(0, 4)).toEqual([0, 1, 2, 3]);
  }, 60_000);
});
