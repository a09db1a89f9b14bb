import { Temporal } from 'temporal-polyfill';

import { isTimeOfDay } from './local-time.js';

/** In the order of ISO 8601: Monday is day 1. */
export const WEEKDAYS = [
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
  'SUNDAY',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export type RecurrenceUnit = 'DAY' | 'WEEK' | 'MONTH' | 'YEAR';

/** When something comes back, told on the calendar and the clock of one time zone. */
export interface Recurrence {
  /** Every how many units, from the first occurrence on. */
  readonly every: number;
  readonly unit: RecurrenceUnit;
  /**
   * MONTH and YEAR: 1–31; absent: the day of `startAt`. A shorter month gives its last day, the
   * next long one the day again.
   */
  readonly anchorDay?: number | null;
  /** MONTH and YEAR: the month's last day, whichever it is. */
  readonly lastDayOfMonth?: boolean | null;
  /** MONTH and YEAR: e.g. the second Tuesday; `nth` 1–4, or -1 for the last. */
  readonly nthWeekday?: NthWeekday | null;
  /** WEEK: absent: the weekday of `startAt`. */
  readonly weekdays?: readonly Weekday[] | null;
  /** "HH:MM"; absent: the time of `startAt`, to the millisecond. */
  readonly timeOfDay?: string | null;
  /** A name of the IANA database, such as Asia/Seoul. */
  readonly timeZone: string;
}

export interface NthWeekday {
  readonly nth: number;
  readonly weekday: Weekday;
}

/** From when to when a recurrence runs; both ends are included. */
export interface RecurrenceSpan {
  readonly startAt: Date;
  readonly endAt?: Date | null;
  readonly maxOccurrences?: number | null;
}

/** Why a part of a recurrence is refused: the path of the field and what was expected. */
export interface RecurrenceProblem {
  readonly field: readonly string[];
  readonly code: 'INVALID_RECURRENCE' | 'INVALID_TIME_ZONE' | 'INVALID_DATE' | 'INVALID_COUNT';
  readonly message: string;
}

/** A decade: no stored card lives longer, so a longer step is a slip of the pen. */
const EVERY_MAX: Record<RecurrenceUnit, number> = { DAY: 3660, WEEK: 520, MONTH: 120, YEAR: 10 };
/** The longest name of the IANA database has 32 characters. */
const TIME_ZONE_MAX = 64;
/** RFC 3339 writes years with four digits; the centuries before stored cards hold no payments. */
const FIRST_DATE_MS = Date.UTC(1970, 0, 1);
export const LAST_DATE_MS = Date.UTC(9999, 0, 1);
/** A charge per day for more than two centuries; bounds what one schedule may number. */
export const OCCURRENCES_MAX = 100_000;

/**
 * What is wrong with the rule. With `startAt`, also whether its days exist in the month it starts
 * in.
 */
export const checkRecurrence = (recurrence: Recurrence, startAt?: Date): RecurrenceProblem[] => {
  const problems = [
    ...checkStep(recurrence),
    ...checkDays(recurrence),
    ...checkWeekdays(recurrence),
    ...checkTime(recurrence),
  ];
  return problems.length === 0 && startAt ? checkYearlyDay(recurrence, startAt) : problems;
};

/**
 * What is wrong with the ends. Whether anything at all falls between them is `occurrences`' to say.
 */
export const checkRecurrenceSpan = (span: RecurrenceSpan): RecurrenceProblem[] => {
  const { startAt, endAt, maxOccurrences } = span;
  const problems = [...checkDate('startAt', startAt), ...(endAt ? checkDate('endAt', endAt) : [])];
  if (problems.length === 0 && endAt && endAt < startAt)
    problems.push({
      field: ['endAt'],
      code: 'INVALID_DATE',
      message: `expected ${startAt.toISOString()} or later, found ${endAt.toISOString()}`,
    });
  if (maxOccurrences != null && !isWholeWithin(maxOccurrences, 1, OCCURRENCES_MAX))
    problems.push({
      field: ['maxOccurrences'],
      code: 'INVALID_COUNT',
      message: `expected a whole number from 1 to ${OCCURRENCES_MAX}, found ${maxOccurrences}`,
    });
  return problems;
};

/**
 * Whether the IANA database has a zone of this name. An offset such as +09:00 is no zone: it knows
 * no summer.
 */
export const isTimeZone = (name: string): boolean => {
  if (name.length > TIME_ZONE_MAX || !/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
};

const isWholeWithin = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most;

const refuse = (field: string, message: string): RecurrenceProblem => ({
  field: field.split('.'),
  code: 'INVALID_RECURRENCE',
  message,
});

/**
 * Whether payments can have it: the year that is left after the last one holds what follows from it,
 * retries too.
 */
export const isDate = (date: Date): boolean =>
  isWholeWithin(date.getTime(), FIRST_DATE_MS, LAST_DATE_MS);

const checkDate = (field: string, date: Date): RecurrenceProblem[] =>
  isDate(date)
    ? []
    : [{ field: [field], code: 'INVALID_DATE', message: 'expected a time from 1970 to 9998' }];

const checkStep = ({ every, unit }: Recurrence): RecurrenceProblem[] => {
  const most = EVERY_MAX[unit];
  if (most === undefined) return [refuse('unit', 'expected DAY, WEEK, MONTH or YEAR')];
  return isWholeWithin(every, 1, most)
    ? []
    : [refuse('every', `expected a whole number from 1 to ${most} for ${unit}, found ${every}`)];
};

const checkDays = (recurrence: Recurrence): RecurrenceProblem[] => {
  const { unit, anchorDay, lastDayOfMonth, nthWeekday } = recurrence;
  const given = [
    anchorDay != null && 'anchorDay',
    lastDayOfMonth && 'lastDayOfMonth',
    nthWeekday != null && 'nthWeekday',
  ].filter((field) => typeof field === 'string');
  const problems: RecurrenceProblem[] = [];
  if (unit === 'DAY' || unit === 'WEEK')
    for (const field of given)
      problems.push(refuse(field, `expected it with MONTH or YEAR only, found it with ${unit}`));
  for (const field of given.slice(1))
    problems.push(refuse(field, `expected one of ${given.join(', ')}, found ${given.length}`));
  if (anchorDay != null && !isWholeWithin(anchorDay, 1, 31))
    problems.push(refuse('anchorDay', `expected a whole number from 1 to 31, found ${anchorDay}`));
  if (nthWeekday && nthWeekday.nth !== -1 && !isWholeWithin(nthWeekday.nth, 1, 4))
    problems.push(
      refuse('nthWeekday.nth', `expected 1 to 4, or -1 for the last; found ${nthWeekday.nth}`),
    );
  if (nthWeekday && !WEEKDAYS.includes(nthWeekday.weekday))
    problems.push(refuse('nthWeekday.weekday', 'expected MONDAY to SUNDAY'));
  return problems;
};

const checkWeekdays = ({ unit, weekdays }: Recurrence): RecurrenceProblem[] => {
  if (weekdays == null) return [];
  if (unit !== 'WEEK')
    return [refuse('weekdays', `expected them with WEEK only, found them with ${unit}`)];
  const areNamed = weekdays.every((weekday) => WEEKDAYS.includes(weekday));
  return areNamed && weekdays.length > 0 && new Set(weekdays).size === weekdays.length
    ? []
    : [refuse('weekdays', 'expected one or more of MONDAY to SUNDAY, each once')];
};

const checkTime = ({ timeOfDay, timeZone }: Recurrence): RecurrenceProblem[] => {
  const problems: RecurrenceProblem[] = [];
  if (timeOfDay != null && !isTimeOfDay(timeOfDay))
    problems.push(refuse('timeOfDay', 'expected HH:MM from 00:00 to 23:59'));
  if (!isTimeZone(timeZone))
    problems.push({
      field: ['timeZone'],
      code: 'INVALID_TIME_ZONE',
      message: 'expected a name of the IANA time zone database, such as Asia/Seoul',
    });
  return problems;
};

/** A yearly rule stays in the month it starts in: 30 February never comes, 29 February does. */
const checkYearlyDay = (recurrence: Recurrence, startAt: Date): RecurrenceProblem[] => {
  const { unit, anchorDay, timeZone } = recurrence;
  const dateProblems = checkDate('startAt', startAt);
  if (dateProblems.length > 0 || unit !== 'YEAR' || anchorDay == null) return dateProblems;
  const { month } = Temporal.Instant.fromEpochMilliseconds(startAt.getTime()).toZonedDateTimeISO(
    timeZone,
  );
  // 2000 is a leap year: the longest each month can be.
  const { daysInMonth } = new Temporal.PlainDate(2000, month, 1);
  return anchorDay <= daysInMonth
    ? []
    : [
        refuse(
          'anchorDay',
          `expected at most ${daysInMonth}, as startAt falls in month ${month}; found ${anchorDay}`,
        ),
      ];
};
