import fc from 'fast-check';
import { DateTime } from 'luxon';
import { RRule } from 'rrule';
import type { Frequency, Options } from 'rrule';

import {
  checkRecurrence,
  occurrenceAt,
  occurrenceNumberAtOrAfter,
  occurrences,
  WEEKDAYS,
  type Recurrence,
  type RecurrenceUnit,
  type Weekday,
} from '#kernel';
import { instantByLuxon } from '../support/luxon-clock.js';

/** A pass of the eye in the daily run; `RECURRENCE_CASES=1000000` is the long proof. */
const CASES = Number(process.env['RECURRENCE_CASES'] ?? 300);
const LONG_RUN_MS = 4 * 3_600_000;
const COUNT = 6;

interface Case {
  readonly recurrence: Recurrence;
  readonly startAt: Date;
}

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const daysOf: Record<RecurrenceUnit, fc.Arbitrary<Partial<Recurrence>>> = {
  DAY: fc.constant({}),
  WEEK: fc.record({ weekdays: optional(fc.subarray<Weekday>([...WEEKDAYS], { minLength: 1 })) }),
  MONTH: fc.oneof(
    fc.record({ anchorDay: optional(fc.integer({ min: 1, max: 31 })) }),
    fc.constant({ lastDayOfMonth: true }),
    fc.record({
      nthWeekday: fc.record({
        nth: fc.constantFrom(1, 2, 3, 4, -1),
        weekday: fc.constantFrom(...WEEKDAYS),
      }),
    }),
  ),
  YEAR: fc.record({ anchorDay: optional(fc.integer({ min: 1, max: 31 })) }),
};

const cases: fc.Arbitrary<Case> = fc
  .record({
    every: fc.integer({ min: 1, max: 5 }),
    unit: fc.constantFrom<RecurrenceUnit>('DAY', 'WEEK', 'MONTH', 'YEAR'),
    timeZone: fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone')),
    timeOfDay: optional(
      fc.oneof(
        fc.constantFrom('00:00', '00:30', '01:30', '02:00', '02:30', '23:30', '23:59'),
        fc
          .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
          .map((pair) => pair.map((part) => String(part).padStart(2, '0')).join(':')),
      ),
    ),
    startAt: fc.date({
      min: new Date('2000-01-01T00:00:00Z'),
      max: new Date('2060-01-01T00:00:00Z'),
      noInvalidDate: true,
    }),
  })
  .chain(({ startAt, ...rule }) =>
    daysOf[rule.unit].map((days) => ({ recurrence: { ...rule, ...days }, startAt })),
  )
  .filter(({ recurrence, startAt }) => checkRecurrence(recurrence, startAt).length === 0);

const resolve = (day: DateTime, time: DateTime, zone: string): number => {
  const { hour, minute, second, millisecond } = time;
  const { year, month, day: dayOfMonth } = day;
  return instantByLuxon(
    Date.UTC(year, month - 1, dayOfMonth, hour, minute, second, millisecond),
    zone,
  );
};

/**
 * Whether the rule means this day at all; told by looking at the day, where the code computes it.
 */
const isMeant = ({ recurrence }: Case, start: DateTime, day: DateTime): boolean => {
  const { unit, anchorDay, lastDayOfMonth, nthWeekday, weekdays } = recurrence;
  const length = day.daysInMonth ?? 0;
  if (unit === 'DAY') return true;
  if (unit === 'WEEK')
    return weekdays
      ? weekdays.some((name) => WEEKDAYS[day.weekday - 1] === name)
      : day.weekday === start.weekday;
  if (unit === 'YEAR' && day.month !== start.month) return false;
  if (nthWeekday) {
    if (WEEKDAYS[day.weekday - 1] !== nthWeekday.weekday) return false;
    return nthWeekday.nth === -1 ? day.day + 7 > length : Math.ceil(day.day / 7) === nthWeekday.nth;
  }
  return day.day === Math.min(lastDayOfMonth ? 31 : (anchorDay ?? start.day), length);
};

/**
 * The first day meant whose instant is not before the start; the eve only where a clock change
 * moved it there.
 */
const findFirstDay = (given: Case): { day: DateTime; time: DateTime } => {
  const { recurrence, startAt } = given;
  const start = DateTime.fromJSDate(startAt, { zone: recurrence.timeZone });
  const time = recurrence.timeOfDay
    ? DateTime.fromISO(`2000-01-01T${recurrence.timeOfDay}`, { zone: 'UTC' })
    : start;
  const today = DateTime.utc(start.year, start.month, start.day);
  let day = today;
  while (!isMeant(given, start, day) || resolve(day, time, recurrence.timeZone) < startAt.getTime())
    day = day.plus({ days: 1 });
  const eve = today.minus({ days: 1 });
  const eveMs = resolve(eve, time, recurrence.timeZone);
  const isEveFirst =
    isMeant(given, start, eve) &&
    eveMs >= startAt.getTime() &&
    eveMs < resolve(day, time, recurrence.timeZone);
  return { day: isEveFirst ? eve : day, time };
};

const RRULE_DAYS = [RRule.MO, RRule.TU, RRule.WE, RRule.TH, RRule.FR, RRule.SA, RRule.SU];
const FREQUENCIES = { DAY: 3, WEEK: 2, MONTH: 1, YEAR: 0 } as const;

/** iCalendar's way to say it: of the days up to the anchor day, the last one there is. */
const lastOf = (anchorDay: number): Partial<Options> => ({
  bymonthday: [28, 29, 30, 31]
    .filter((day) => day <= anchorDay)
    .concat(anchorDay < 28 ? anchorDay : []),
  bysetpos: -1,
});

const ruleOf = ({ recurrence, startAt }: Case, dtstart: Date): RRule => {
  const { unit, every, anchorDay, lastDayOfMonth, nthWeekday, weekdays } = recurrence;
  const start = DateTime.fromJSDate(startAt, { zone: recurrence.timeZone });
  const days = (): Partial<Options> => {
    if (unit === 'DAY') return {};
    if (unit === 'WEEK')
      return weekdays ? { byweekday: weekdays.map((name) => WEEKDAYS.indexOf(name)) } : {};
    if (nthWeekday)
      return { byweekday: RRULE_DAYS[WEEKDAYS.indexOf(nthWeekday.weekday)]!.nth(nthWeekday.nth) };
    const ofMonth = lastOf(lastDayOfMonth ? 31 : (anchorDay ?? start.day));
    return unit === 'YEAR' ? { ...ofMonth, bymonth: start.month } : ofMonth;
  };
  const freq = FREQUENCIES[unit] as Frequency;
  return new RRule({ freq, interval: every, dtstart, count: COUNT, wkst: 0, ...days() });
};

const expected = (given: Case): string[] => {
  const { day, time } = findFirstDay(given);
  return ruleOf(given, day.toJSDate())
    .all()
    .map((date) => DateTime.fromJSDate(date, { zone: 'UTC' }))
    .map((meant) => new Date(resolve(meant, time, given.recurrence.timeZone)).toISOString());
};

describe('occurrences', () => {
  it(
    'are those that rrule finds on the calendar and luxon on the clock',
    () => {
      fc.assert(
        fc.property(cases, (given) => {
          const found = occurrences(given.recurrence, { startAt: given.startAt, first: COUNT });
          expect(found.map(({ at }) => at.toISOString())).toEqual(expected(given));
        }),
        { numRuns: CASES },
      );
    },
    LONG_RUN_MS,
  );

  it(
    'are found again by any instant at or before them',
    () => {
      const gaps = fc.integer({ min: 0, max: 40 * 365 * 86_400_000 });
      fc.assert(
        fc.property(cases, gaps, ({ recurrence, startAt }, gapMs) => {
          const instant = new Date(startAt.getTime() + gapMs);
          const number = occurrenceNumberAtOrAfter(recurrence, startAt, instant);
          const from = { startAt, from: instant, first: 1 };
          const [next] = occurrences(recurrence, from);
          expect(next?.number).toBe(number);
          expect(next?.at.getTime()).toBeGreaterThanOrEqual(instant.getTime());
          if (number === 1) return;
          const before = occurrenceAt(recurrence, startAt, number - 1);
          expect(before.getTime()).toBeLessThan(instant.getTime());
        }),
        { numRuns: CASES },
      );
    },
    LONG_RUN_MS,
  );
});
