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
/** What asks no oracle, only our own two ways to the same number. */
const OWN_CASES_MAX = 100_000;
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

const DAY_MS = 86_400_000;

/** A day is its midnight as if in UTC, a time of day its milliseconds since then. */
const resolve = (day: Date, timeMs: number, zone: string): number =>
  instantByLuxon(day.getTime() + timeMs, zone);

const daysInMonth = (day: Date): number =>
  new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

/** The names begin on Monday, JavaScript's days on Sunday. */
const weekdayOf = (day: Date): Weekday | undefined => WEEKDAYS[(day.getUTCDay() + 6) % 7];

/**
 * Whether the rule means this day at all; told by looking at the day, where the code computes it.
 */
const isMeant = ({ recurrence }: Case, start: Date, day: Date): boolean => {
  const { unit, anchorDay, lastDayOfMonth, nthWeekday, weekdays } = recurrence;
  const weekday = weekdayOf(day);
  if (unit === 'DAY') return true;
  if (unit === 'WEEK')
    return weekdays ? weekdays.some((name) => name === weekday) : weekday === weekdayOf(start);
  if (unit === 'YEAR' && day.getUTCMonth() !== start.getUTCMonth()) return false;
  const [dayOfMonth, length] = [day.getUTCDate(), daysInMonth(day)];
  if (nthWeekday) {
    if (weekday !== nthWeekday.weekday) return false;
    return nthWeekday.nth === -1
      ? dayOfMonth + 7 > length
      : Math.ceil(dayOfMonth / 7) === nthWeekday.nth;
  }
  const wanted = lastDayOfMonth ? 31 : (anchorDay ?? start.getUTCDate());
  return dayOfMonth === Math.min(wanted, length);
};

/**
 * The first day meant whose instant is not before the start; the eve only where a clock change
 * moved it there.
 */
const findFirstDay = (given: Case): { day: Date; timeMs: number } => {
  const { recurrence, startAt } = given;
  const start = DateTime.fromJSDate(startAt, { zone: recurrence.timeZone });
  const today = new Date(Date.UTC(start.year, start.month - 1, start.day));
  const timeMs = recurrence.timeOfDay
    ? Date.parse(`1970-01-01T${recurrence.timeOfDay}Z`)
    : Date.UTC(1970, 0, 1, start.hour, start.minute, start.second, start.millisecond);
  const at = (day: Date): number => resolve(day, timeMs, recurrence.timeZone);
  let day = today;
  while (!isMeant(given, today, day) || at(day) < startAt.getTime())
    day = new Date(day.getTime() + DAY_MS);
  const eve = new Date(today.getTime() - DAY_MS);
  const isEveFirst =
    isMeant(given, today, eve) && at(eve) >= startAt.getTime() && at(eve) < at(day);
  return { day: isEveFirst ? eve : day, timeMs };
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

const expected = (given: Case): number[] => {
  const { day, timeMs } = findFirstDay(given);
  const { timeZone } = given.recurrence;
  return ruleOf(given, day)
    .all()
    .map((meant) => resolve(meant, timeMs, timeZone));
};

/** The same in every place. jest compares as well, and takes longer for it than all the rest. */
const expectSame = (found: readonly unknown[], wanted: readonly unknown[]): void => {
  if (found.length !== wanted.length || found.some((one, index) => one !== wanted[index]))
    expect(found).toEqual(wanted);
};

describe('occurrences', () => {
  it(
    'are those that rrule finds on the calendar and luxon on the clock',
    () => {
      fc.assert(
        fc.property(cases, (given) => {
          const found = occurrences(given.recurrence, { startAt: given.startAt, first: COUNT });
          const instants = found.map(({ at }) => at.getTime());
          expectSame(instants, expected(given));
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
          expectSame([next?.number, next && next.at >= instant], [number, true]);
          if (number === 1) return;
          const before = occurrenceAt(recurrence, startAt, number - 1);
          expectSame([before < instant], [true]);
        }),
        { numRuns: Math.min(CASES, OWN_CASES_MAX) },
      );
    },
    LONG_RUN_MS,
  );
});
