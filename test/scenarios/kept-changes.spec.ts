import { fromPublicId } from '#kernel';
import { SOON_LOOKS, startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';
import { Timekeeper, type ShownSchedule } from '../support/timekeeper.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const daily = { every: 1, unit: 'DAY', timeZone: 'UTC' };
const won = (amount: number) => ({ amount: { amount, currency: 'KRW' } });
/** The provider takes nothing back: what is wished is not so yet. */
const DEAF = {
  match: { provider: 'PORTONE', path: '/subscribe/payments/unschedule' },
  fate: '502-before',
};

/** Changes from a date on, beside what waits already and what is changed at once. */
describe.each(['SERVICE_DISPATCHED', 'PROVIDER_SCHEDULED'])(
  'of a schedule that is %s',
  (execution) => {
    let house: House;
    let shop: Shop;
    let time: Timekeeper;
    let aheadMs = 0;

    beforeAll(async () => {
      house = await startHouse({ worker: true, env: SOON_LOOKS });
      shop = await Shop.open(house);
      time = new Timekeeper(house);
    }, 60_000);
    beforeEach(() => shop.calm());
    afterEach(async () => {
      for (const id of created.splice(0)) await time.mutate('cancelSchedule', { id });
    });
    afterAll(() => house.close());

    const created: string[] = [];
    const ahead = (ms: number) => new Date(Date.now() + aheadMs + ms);
    const liveFor = async (ms: number) => {
      aheadMs += ms;
      const { operation } = await time.liveUntil('PORTONE', ahead(0));
      expect(operation).toMatchObject({ status: 'COMPLETED' });
    };
    const create = async (orderId: string, more: object = {}): Promise<ShownSchedule> => {
      const { schedule, userErrors } = await time.create({
        ...{ billingKeyId: await time.key('PORTONE'), recurrence: daily, execution },
        startAt: ahead(2 * HOUR_MS),
        order: { orderId, name: 'Tea', ...won(9_900) },
        ...more,
      });
      expect(userErrors).toEqual([]);
      created.push(schedule!.id);
      await house.worker.runUntilIdle();
      return schedule!;
    };
    const update = (id: string, input: object) => time.mutate('updateSchedule', { id, ...input });
    const done = async (id: string, input: object) =>
      expect((await update(id, input)).userErrors).toEqual([]);
    /** The first waits, and so does the third: the one between them is taken out. */
    const skipSecond = async (id: string) => {
      const { userErrors } = await time.mutate('skipOccurrence', { id, number: 2 });
      expect(userErrors).toEqual([]);
      await house.worker.runUntilIdle();
    };
    const changeCard = async (input: object) => {
      const { changeBillingKey } = await house.graphql<{ changeBillingKey: object }>(
        `mutation ($input: ChangeBillingKeyInput!) { changeBillingKey(input: $input) {
          schedules { id } userErrors { code message } } }`,
        { input },
      );
      await house.worker.runUntilIdle();
      return changeBillingKey;
    };
    const sold = async (orderId: string): Promise<[string, number, string | undefined][]> => {
      const rows = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
        tx.query<{ id: string; amount: number; name: string; key: string }>(
          `SELECT order_id AS id, amount_minor AS amount, billing_key_id AS key FROM charges
           WHERE merchant_id = $1 AND order_id LIKE $2 AND state = 'SUCCEEDED'
           ORDER BY occurrence_number`,
          [house.merchant.id, `${orderId}-%`],
        ),
      );
      const captured = await time.captures(`${orderId}-`);
      expect(captured.map(({ amount }) => amount)).toEqual(rows.map(({ amount }) => amount));
      return rows.map(({ id, amount, key }) => [id.slice(orderId.length + 1), amount, key]);
    };
    const plain = (id: string) => fromPublicId('billingKey', id);
    const threeCards = async () => ({
      first: await time.key('PORTONE'),
      second: await time.key('PORTONE'),
      third: await time.key('PORTONE'),
    });

    describe('a change at once', () => {
      /** The first waits with the terms it had, the third has the new ones. */
      const changed = async (orderId: string) => {
        const { first, second, third } = await threeCards();
        const { id } = await create(orderId, { billingKeyId: first });
        const effectiveAt = ahead(20 * HOUR_MS);
        await done(id, { effectiveAt, billingKeyId: second, order: won(12_000) });
        await skipSecond(id);
        return { id, first, second, third };
      };

      it('of the card reaches what keeps its price', async () => {
        const { id, third } = await changed('card-at-once');
        expect(await changeCard({ billingKeyId: third, scheduleIds: [id] })).toMatchObject({
          ...{ schedules: [{ id }], userErrors: [] },
        });
        await liveFor(3 * DAY_MS);
        expect((await sold('card-at-once')).slice(0, 2)).toEqual([
          ['1', 9_900, plain(third)],
          ['3', 12_000, plain(third)],
        ]);
      }, 90_000);

      it('of a card that is replaced leaves the other one alone', async () => {
        const { id, first, second, third } = await changed('card-replaced');
        expect(await changeCard({ billingKeyId: third, replacedKeyId: first })).toMatchObject({
          ...{ schedules: [{ id }], userErrors: [] },
        });
        await liveFor(3 * DAY_MS);
        expect((await sold('card-replaced')).slice(0, 2)).toEqual([
          ['1', 9_900, plain(third)],
          ['3', 12_000, plain(second)],
        ]);
      }, 90_000);

      it('of the price reaches what keeps its card', async () => {
        const { id, first, second } = await changed('price-at-once');
        await done(id, { order: won(15_000) });
        await liveFor(3 * DAY_MS);
        expect((await sold('price-at-once')).slice(0, 2)).toEqual([
          ['1', 15_000, plain(first)],
          ['3', 15_000, plain(second)],
        ]);
      }, 90_000);

      it('of the name alone raises no price', async () => {
        const { id } = await changed('name-at-once');
        await done(id, { order: { name: 'Green tea' } });
        await liveFor(3 * DAY_MS);
        expect((await sold('name-at-once')).map(([, amount]) => amount).slice(0, 2)).toEqual([
          9_900, 12_000,
        ]);
      }, 90_000);

      it('is had by what the provider lets go of late, though another change took over meanwhile', async () => {
        const { id, third } = await changed('deaf');
        await shop.fault([{ ...DEAF, times: 1 }]);
        await changeCard({ billingKeyId: third, scheduleIds: [id] });
        await done(id, { effectiveAt: ahead(2.5 * DAY_MS), order: won(20_000) });
        await liveFor(4 * DAY_MS);
        expect((await sold('deaf')).slice(0, 3)).toEqual([
          ['1', 9_900, plain(third)],
          ['3', 12_000, plain(third)],
          ['4', 20_000, plain(third)],
        ]);
      }, 90_000);
    });

    it('a change from a date on holds for what waits and falls due then', async () => {
      const { id } = await create('among-waiting');
      await skipSecond(id);
      await done(id, { effectiveAt: ahead(DAY_MS), order: won(12_000) });
      await liveFor(4 * DAY_MS);
      const amounts = (await sold('among-waiting')).map(([number, amount]) => [number, amount]);
      expect(amounts.slice(0, 3)).toEqual([
        ['1', 9_900],
        ['3', 12_000],
        ['4', 12_000],
      ]);
    }, 90_000);

    it('what waits is not moved beyond the date of a change that is kept', async () => {
      const { id } = await create('not-beyond');
      const effectiveAt = ahead(4 * DAY_MS);
      await done(id, { effectiveAt, order: won(12_000) });
      const { userErrors } = await update(id, { startAt: ahead(5 * DAY_MS) });
      expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['startAt'] }]);
      expect(userErrors[0]!.message).toContain(effectiveAt.toISOString());
    }, 60_000);

    it('the card that was chosen last holds, beside the price that was kept', async () => {
      const last = await time.key('PORTONE');
      const { id } = await create('last-card');
      const kept = { billingKeyId: await time.key('PORTONE'), order: won(12_000) };
      await done(id, { ...kept, effectiveAt: ahead(DAY_MS) });
      await changeCard({ billingKeyId: last, scheduleIds: [id] });
      await liveFor(2 * DAY_MS);
      expect(await sold('last-card')).toEqual([
        ['1', 9_900, plain(last)],
        ['2', 12_000, plain(last)],
      ]);
    }, 90_000);

    it('a card that a kept change names is replaced there, and not deleted before', async () => {
      const { first: now, second: named, third: other } = await threeCards();
      const { id } = await create('kept-card', { billingKeyId: now });
      await done(id, { billingKeyId: named, effectiveAt: ahead(DAY_MS) });
      const { deleteBillingKey } = await house.graphql<{ deleteBillingKey: object }>(
        `mutation ($input: DeleteBillingKeyInput!) { deleteBillingKey(input: $input) {
          userErrors { code } } }`,
        { input: { id: named, reason: 'asked for' } },
      );
      expect(deleteBillingKey).toMatchObject({ userErrors: [{ code: 'KEY_IN_USE' }] });
      expect(await changeCard({ billingKeyId: other, replacedKeyId: named })).toMatchObject({
        ...{ schedules: [{ id }], userErrors: [] },
      });
      await liveFor(2 * DAY_MS);
      expect(await sold('kept-card')).toEqual([
        ['1', 9_900, plain(now)],
        ['2', 9_900, plain(other)],
      ]);
    }, 90_000);

    it('an amount at which the items of a kept change add up no more is refused', async () => {
      const { id } = await create('items');
      const items = [{ name: 'Tea', reference: 'tea', unitPrice: 9_900, grossAmount: 9_900 }];
      await done(id, { effectiveAt: ahead(3 * DAY_MS), order: { items } });
      const { userErrors } = await update(id, { order: won(12_000) });
      expect(userErrors).toMatchObject([{ field: ['order', 'items'] }]);
      await done(id, { effectiveAt: ahead(3 * DAY_MS) });
      await done(id, { order: won(12_000) });
    }, 60_000);

    describe('a change of plan while it is paused', () => {
      const refusedFor = async (id: string, input: object) => {
        const { userErrors } = await update(id, input);
        expect(userErrors).toMatchObject([{ code: 'DUE_IN_PAST', field: Object.keys(input) }]);
        expect(userErrors[0]!.message).toContain('expected startAt');
      };
      const beginAnew = async (id: string, input: object) => {
        await done(id, { ...input, startAt: ahead(HOUR_MS) });
        await time.mutate('resumeSchedule', { id, dueMeanwhile: 'CHARGE' });
        await house.worker.runUntilIdle();
      };
      const numbersOf = async (orderId: string) => (await sold(orderId)).map(([number]) => number);
      const pausedFor = async (id: string, ms: number) => {
        await liveFor(3 * HOUR_MS);
        await time.mutate('pauseSchedule', { id });
        await liveFor(ms);
      };

      it('brings nothing forth for times gone by, though it ended before them', async () => {
        const { id } = await create('prolonged', { maxOccurrences: 2 });
        await pausedFor(id, 5 * DAY_MS);
        await refusedFor(id, { maxOccurrences: 15 });
        await refusedFor(id, { maxOccurrences: null });
        await beginAnew(id, { maxOccurrences: 15 });
        expect(await numbersOf('prolonged')).toEqual(['1']);
        await liveFor(DAY_MS + 2 * HOUR_MS);
        expect(await numbersOf('prolonged')).toEqual(['1', '2', '3']);
      }, 90_000);

      it('brings nothing forth for times gone by at a faster pace', async () => {
        const { id } = await create('faster', { recurrence: { ...daily, unit: 'WEEK' } });
        await pausedFor(id, 10 * DAY_MS);
        await refusedFor(id, { recurrence: daily });
        await done(id, { order: { name: 'Green tea' } });
        await beginAnew(id, { recurrence: daily });
        expect(await numbersOf('faster')).toEqual(['1']);
      }, 90_000);
    });
  },
);
