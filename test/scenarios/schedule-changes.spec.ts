import { SOON_LOOKS, startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';
import { Timekeeper, type ShownSchedule } from '../support/timekeeper.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const daily = { every: 1, unit: 'DAY', timeZone: 'UTC' };
/** The provider takes nothing back: what is wished is not so yet. */
const DEAF = {
  match: { provider: 'PORTONE', path: '/subscribe/payments/unschedule' },
  fate: '502-before',
};

/** What is changed of a schedule is what is charged, and what is told. */
describe.each(['SERVICE_DISPATCHED', 'PROVIDER_SCHEDULED'])(
  'a schedule that is %s',
  (execution) => {
    let house: House;
    let shop: Shop;
    let time: Timekeeper;
    let aheadMs = 0;

    beforeAll(async () => {
      house = await startHouse({
        worker: true,
        env: SOON_LOOKS,
      });
      shop = await Shop.open(house);
      time = new Timekeeper(house);
    }, 60_000);
    beforeEach(() => shop.calm());
    afterAll(() => house.close());

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
        order: { orderId, name: 'Tea', amount: { amount: 9_900, currency: 'KRW' } },
        ...more,
      });
      expect(userErrors).toEqual([]);
      await house.worker.runUntilIdle();
      return schedule!;
    };
    const update = (id: string, input: object) => time.mutate('updateSchedule', { id, ...input });
    const capturedOf = async (orderId: string) =>
      (await time.captures(`${orderId}-`)).map(({ orderReference }) => orderReference);

    it('is over when it is shortened to what was charged already', async () => {
      const { id } = await create('shortened');
      await liveFor(3 * HOUR_MS);
      expect((await update(id, { endAt: ahead(HOUR_MS) })).userErrors).toEqual([]);
      await house.worker.runUntilIdle();
      expect(await time.read(id)).toMatchObject({ status: 'COMPLETED', nextOccurrences: [] });
      expect(await capturedOf('shortened')).toEqual(['shortened-1']);
    }, 60_000);

    it('is charged once, at its time, when its end was planned and taken back', async () => {
      const { id } = await create('staying');
      await liveFor(3 * HOUR_MS);
      const before = (await time.read(id)).nextOccurrences;
      const ending = await time.mutate('cancelSchedule', { id, when: 'PERIOD_END' });
      expect(ending.schedule).toMatchObject({ status: 'ACTIVE', nextOccurrences: [] });
      await liveFor(HOUR_MS);
      const kept = await time.mutate('resumeSchedule', { id, dueMeanwhile: 'CHARGE' });
      expect(kept).toMatchObject({ schedule: { nextOccurrences: before }, userErrors: [] });
      await liveFor(20 * HOUR_MS);
      expect(await capturedOf('staying')).toEqual(['staying-1']);
      await liveFor(2 * DAY_MS);
      expect(await capturedOf('staying')).toEqual(['staying-1', 'staying-2', 'staying-3']);
      const { occurrences } = await time.read(id);
      expect(occurrences.nodes[1]).toMatchObject({ status: 'SUCCEEDED', dueAt: before[0] });
    }, 60_000);

    it('is charged once, though its end was taken back before the provider had let go of it', async () => {
      const { id } = await create('wavering');
      await liveFor(3 * HOUR_MS);
      await shop.fault([{ ...DEAF, times: 1 }]);
      await time.mutate('cancelSchedule', { id, when: 'PERIOD_END' });
      expect((await time.mutate('resumeSchedule', { id })).userErrors).toEqual([]);
      await liveFor(2 * DAY_MS);
      expect(await capturedOf('wavering')).toEqual(['wavering-1', 'wavering-2', 'wavering-3']);
    }, 60_000);

    it('is charged no more once its period has ended, however often the end was planned', async () => {
      const { id } = await create('leaving');
      await liveFor(3 * HOUR_MS);
      for (const name of ['cancelSchedule', 'resumeSchedule', 'cancelSchedule'])
        await time.mutate(name, {
          id,
          ...(name === 'cancelSchedule' ? { when: 'PERIOD_END' } : {}),
        });
      await liveFor(3 * DAY_MS);
      expect(await capturedOf('leaving')).toEqual(['leaving-1']);
      const { status, occurrences } = await time.read(id);
      expect(status).toBe('CANCELED');
      expect(occurrences.nodes.map((each) => each.status)).toEqual(['SUCCEEDED', 'CANCELED']);
      const late = await time.mutate('resumeSchedule', { id });
      expect(late.userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['id'] }]);
    }, 60_000);

    it('begins no change before the date it holds from', async () => {
      const { id, nextOccurrences } = await create('backwards');
      const effectiveAt = ahead(5 * DAY_MS);
      const wrong = await update(id, { effectiveAt, startAt: ahead(3.5 * DAY_MS) });
      expect(wrong.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['startAt'] }]);
      const right = await update(id, { effectiveAt, startAt: ahead(5.5 * DAY_MS) });
      expect(right).toMatchObject({ schedule: { nextOccurrences }, userErrors: [] });
      // What waits cannot be moved beyond what is kept either.
      const beyond = await update(id, { startAt: ahead(6 * DAY_MS) });
      expect(beyond.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['startAt'] }]);
      await liveFor(7 * DAY_MS);
      const { occurrences } = await time.read(id);
      const dues = occurrences.nodes.map(({ dueAt }) => Date.parse(dueAt));
      expect(dues).toEqual(dues.toSorted((a, b) => a - b));
      expect((await capturedOf('backwards')).length).toBe(7);
    }, 90_000);

    it('keeps its currency until the first amount, which is in it, is charged', async () => {
      const { id } = await create('introduced', { firstAmount: { amount: 100, currency: 'KRW' } });
      const order = { amount: { amount: 1_500, currency: 'USD' } };
      for (const when of [{}, { effectiveAt: ahead(3 * DAY_MS) }])
        expect((await update(id, { ...when, order })).userErrors).toMatchObject([
          { code: 'INVALID_CURRENCY', field: ['order', 'amount', 'currency'] },
        ]);
      await liveFor(3 * HOUR_MS);
      expect((await update(id, { order })).userErrors).toEqual([]);
      await liveFor(DAY_MS);
      const { occurrences } = await time.read(id);
      expect(occurrences.nodes.slice(0, 2).map(({ amount }) => amount)).toEqual([
        { amount: 100, currency: 'KRW' },
        { amount: 1_500, currency: 'USD' },
      ]);
    }, 60_000);

    it('tells what will happen, also while the provider has not said so', async () => {
      await shop.fault([DEAF]);
      const skipped = await create('told-skipped');
      const { schedule: less } = await time.mutate('skipOccurrence', { id: skipped.id });
      expect(less!.nextOccurrences[0]).toBe(skipped.nextOccurrences[1]);
      const moved = await create('told-moved');
      const startAt = ahead(5 * HOUR_MS).toISOString();
      const { schedule: later } = await update(moved.id, { startAt });
      expect(later!.nextOccurrences[0]).toBe(startAt);
      const ended = await create('told-ended');
      const { schedule: none } = await time.mutate('cancelSchedule', {
        ...{ id: ended.id, when: 'PERIOD_END' },
      });
      expect(none!.nextOccurrences).toEqual([]);
    }, 60_000);
  },
);
