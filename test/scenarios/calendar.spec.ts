import { DateTime } from 'luxon';
import { startHouse, type House } from '../support/house.js';
import { Timekeeper, type ShownSchedule } from '../support/timekeeper.js';

/** Far enough ahead that no story begins in the past, whenever it is told. */
const YEAR = new Date().getUTCFullYear() + 1;
const LEAP_YEAR = [2, 3, 4, 5].map((years) => YEAR + years).find((year) => year % 4 === 0)!;

/** The day of a year on which a zone's clocks go forward or back: the first one at whose noon they stand otherwise than the day before. */
const changeDay = (timeZone: string, direction: 'forward' | 'back'): DateTime => {
  let noon = DateTime.fromObject({ year: YEAR, month: 1, day: 2, hour: 12 }, { zone: timeZone });
  for (;;) {
    const before = noon.minus({ days: 1 });
    const isChange =
      direction === 'forward' ? noon.offset > before.offset : noon.offset < before.offset;
    if (isChange) return noon;
    noon = noon.plus({ days: 1 });
    if (noon.year > YEAR) throw new Error(`the clocks of ${timeZone} do not go ${direction}`);
  }
};

/** Half past two at night on the day before, the day of, and the day after a change of the clocks. */
const NIGHTS: readonly [string, 'forward' | 'back' | 'never', readonly string[]][] = [
  ['Europe/Oslo', 'forward', ['02:30+01:00', '03:30+02:00', '02:30+02:00']],
  ['Europe/Oslo', 'back', ['02:30+02:00', '02:30+02:00', '02:30+01:00']],
  ['Asia/Seoul', 'never', ['02:30+09:00', '02:30+09:00', '02:30+09:00']],
  ['America/New_York', 'forward', ['02:30-05:00', '03:30-04:00', '02:30-04:00']],
  ['America/New_York', 'back', ['02:30-04:00', '02:30-05:00', '02:30-05:00']],
  ['Australia/Lord_Howe', 'forward', ['02:30+10:30', '02:30+11:00', '02:30+11:00']],
  ['Australia/Lord_Howe', 'back', ['02:30+11:00', '02:30+10:30', '02:30+10:30']],
  ['America/Santiago', 'forward', ['02:30-04:00', '02:30-03:00', '02:30-03:00']],
  ['America/Santiago', 'back', ['02:30-03:00', '02:30-04:00', '02:30-04:00']],
];

/** Years of charges on one account, each at the time its customer's clocks show. */
describe('a schedule lived through', () => {
  let house: House;
  let time: Timekeeper;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    time = new Timekeeper(house);
  }, 60_000);
  afterAll(() => house.close());

  const create = async (orderId: string, more: object): Promise<ShownSchedule> => {
    const { schedule, userErrors } = await time.create({
      ...{ billingKeyId: await time.key('NEXI'), ...more },
      order: { orderId, name: 'Tea', amount: { amount: 900, currency: 'EUR' } },
    });
    expect(userErrors).toEqual([]);
    return schedule!;
  };
  const duesOf = async ({ id }: ShownSchedule): Promise<string[]> => {
    const { status, occurrences } = await time.read(id);
    expect(status).toBe('COMPLETED');
    expect(occurrences.nodes.every((each) => each.status === 'SUCCEEDED')).toBe(true);
    return occurrences.nodes.map(({ dueAt }) => dueAt);
  };

  it('at half past two at night, through every change of the clocks', async () => {
    const schedules: [ShownSchedule, string, readonly string[]][] = [];
    for (const [index, [timeZone, direction, expected]] of NIGHTS.entries()) {
      const day =
        direction === 'never'
          ? DateTime.fromObject({ year: YEAR, month: 3, day: 28, hour: 12 }, { zone: timeZone })
          : changeDay(timeZone, direction);
      const startAt = day.minus({ days: 1 }).startOf('day').toJSDate();
      const recurrence = { every: 1, unit: 'DAY', timeOfDay: '02:30', timeZone };
      const schedule = await create(`night-${index}`, { recurrence, startAt, maxOccurrences: 3 });
      schedules.push([schedule, timeZone, expected]);
    }
    const { operation } = await time.liveUntil('NEXI', `${YEAR}-12-31T00:00:00Z`);
    expect(operation).toMatchObject({ status: 'COMPLETED', charges: { succeeded: 27 } });
    for (const [schedule, timeZone, expected] of schedules) {
      const dues = await duesOf(schedule);
      const shown = dues.map((at) => DateTime.fromISO(at, { zone: timeZone }).toFormat('HH:mmZZ'));
      expect([timeZone, shown]).toEqual([timeZone, expected]);
    }
  }, 120_000);

  it('from 31 January on, for two years with a leap year among them', async () => {
    const schedule = await create('month-ends', {
      recurrence: { every: 1, unit: 'MONTH', timeOfDay: '09:00', timeZone: 'Asia/Seoul' },
      startAt: `${LEAP_YEAR - 1}-01-31T00:00:00Z`,
      maxOccurrences: 24,
    });
    await time.liveUntil('NEXI', `${LEAP_YEAR + 1}-01-01T00:00:00Z`);
    const lengths = (february: number) => [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    const days = [lengths(28), lengths(29)].flatMap((ofYear, year) =>
      ofYear.map((day, month) =>
        new Date(Date.UTC(LEAP_YEAR - 1 + year, month, day)).toISOString(),
      ),
    );
    expect(await duesOf(schedule)).toEqual(days);
  }, 120_000);
});
