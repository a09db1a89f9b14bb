import { Temporal } from 'temporal-polyfill';

import { invariant, InvariantViolation } from './fault.js';
import { instantOn } from './local-day.js';
import { LAST_DATE_MS, WEEKDAYS } from './recurrence.js';
import type { Recurrence, RecurrenceSpan } from './recurrence.js';

/** One return of a recurrence; `number` counts from 1. */
export interface Occurrence {
  readonly number: number;
  readonly at: Date;
}

/**
 * A recurrence tied to its anchor: what every occurrence is computed from, so that no error can add
 * up.
 */
interface Calendar {
  readonly recurrence: Recurrence;
  /** A day of the unit (day, week, month or year) in which the first occurrence falls. */
  readonly origin: Temporal.PlainDate;
  readonly timeOfDay: Temporal.PlainTime;
  /** The day of the month to come back to; WEEK: the ISO weekdays in their order. */
  readonly anchorDay: number;
  readonly weekdays: readonly number[];
  /** How many of the origin week's weekdays lie before the first occurrence. */
  readonly skipped: number;
}

/**
 * The n-th occurrence, from 1, computed from the anchor and never from the one before: 31 Jan, 28
 * Feb, 31 Mar. A local time that a clock change skips moves forward by the gap; one that it repeats
 * is the first of the two.
 */
export const occurrenceAt = (recurrence: Recurrence, startAt: Date, number: number): Date =>
  toOccurrence(anchorRecurrence(recurrence, startAt), number).at;

/** The first match at or after `startAt`. */
export const firstOccurrence = (recurrence: Recurrence, startAt: Date): Date =>
  occurrenceAt(recurrence, startAt, 1);

/** The number of the first occurrence at or after the instant; 1 when it lies before the first. */
export const occurrenceNumberAtOrAfter = (
  recurrence: Recurrence,
  startAt: Date,
  instant: Date,
): number => findNumber(anchorRecurrence(recurrence, startAt), instant);

/** What falls into the span, from the first at or after `from` on, at most `first` of it. */
export const occurrences = (
  recurrence: Recurrence,
  window: RecurrenceSpan & { readonly from?: Date; readonly first: number },
): Occurrence[] => {
  const { startAt, endAt, maxOccurrences, from, first } = window;
  const calendar = anchorRecurrence(recurrence, startAt);
  const begin = from ? findNumber(calendar, from) : 1;
  const end = Math.min(begin + first - 1, maxOccurrences ?? Infinity);
  const lastMs = endAt?.getTime() ?? LAST_DATE_MS;
  const found: Occurrence[] = [];
  for (let number = begin; number <= end; number += 1) {
    const occurrence = toOccurrence(calendar, number);
    if (occurrence.at.getTime() > lastMs) break;
    found.push(occurrence);
  }
  return found;
};

/** Two units after the start hold a match of every rule. */
const UNITS_TO_SEARCH = 3;

const anchorRecurrence = (recurrence: Recurrence, startAt: Date): Calendar => {
  const start = toLocal(recurrence, startAt);
  const weekdays = (recurrence.weekdays ?? []).map((weekday) => WEEKDAYS.indexOf(weekday) + 1);
  const calendar: Calendar = {
    recurrence,
    origin: start.toPlainDate(),
    timeOfDay: recurrence.timeOfDay
      ? Temporal.PlainTime.from(recurrence.timeOfDay)
      : start.toPlainTime(),
    anchorDay: recurrence.anchorDay ?? (recurrence.lastDayOfMonth ? 31 : start.day),
    weekdays: weekdays.length > 0 ? weekdays.toSorted((a, b) => a - b) : [start.dayOfWeek],
    skipped: 0,
  };
  return moveToFirstMatch(calendar, startAt);
};

/** Tries the days from the unit of `startAt` on, in order. */
const moveToFirstMatch = (calendar: Calendar, startAt: Date): Calendar => {
  const places = UNITS_TO_SEARCH * countPerUnit(calendar);
  for (let place = 0; place < places; place += 1) {
    const candidate = moveBy(calendar, place);
    const { at } = toOccurrence(candidate, 1);
    if (at < startAt) continue;
    const isFirstTried = place === 0 && at > startAt;
    return (isFirstTried && findMovedPastMidnight(calendar, startAt, at)) || candidate;
  }
  throw new InvariantViolation('expected a match near the start of a checked recurrence');
};

/**
 * The match before the unit of `startAt`, where a clock change moved its late hour past midnight
 * and so past `startAt`.
 */
const findMovedPastMidnight = (
  calendar: Calendar,
  startAt: Date,
  firstAt: Date,
): Calendar | undefined => {
  const before = moveBy(calendar, -1);
  const yesterday = calendar.origin.subtract({ days: 1 });
  if (!dayOf(before, 1).equals(yesterday)) return undefined;
  const { at } = toOccurrence(before, 1);
  return at >= startAt && at < firstAt ? before : undefined;
};

const moveBy = (calendar: Calendar, places: number): Calendar => {
  const perUnit = countPerUnit(calendar);
  const units = Math.floor(places / perUnit);
  return { ...calendar, origin: addUnits(calendar, units), skipped: places - units * perUnit };
};

const countPerUnit = ({ recurrence, weekdays }: Calendar): number =>
  recurrence.unit === 'WEEK' ? weekdays.length : 1;

const toLocal = ({ timeZone }: Recurrence, instant: Date): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);

const toOccurrence = (calendar: Calendar, number: number): Occurrence => {
  const { recurrence, timeOfDay } = calendar;
  return {
    number,
    at: new Date(instantOn(dayOf(calendar, number), timeOfDay, recurrence.timeZone)),
  };
};

/** The n-th day on the calendar, before the zone has had its say. */
const dayOf = (calendar: Calendar, number: number): Temporal.PlainDate => {
  invariant(Number.isSafeInteger(number) && number >= 1, 'expected occurrences to count from 1');
  const place = calendar.skipped + number - 1;
  const perUnit = countPerUnit(calendar);
  const unitDay = addUnits(calendar, Math.floor(place / perUnit) * calendar.recurrence.every);
  return dayWithin(calendar, unitDay, place % perUnit);
};

/** A day of the unit so many units from the origin's; of a month or a year its first. */
const addUnits = ({ recurrence, origin }: Calendar, units: number): Temporal.PlainDate => {
  switch (recurrence.unit) {
    case 'DAY':
      return units === 0 ? origin : origin.add({ days: units });
    case 'WEEK':
      return units === 0 ? origin : origin.add({ weeks: units });
    case 'MONTH': {
      const month = origin.year * 12 + origin.month - 1 + units;
      return new Temporal.PlainDate(Math.floor(month / 12), (month % 12) + 1, 1);
    }
    case 'YEAR':
      return new Temporal.PlainDate(origin.year + units, origin.month, 1);
  }
};

/** The day the rule means within the unit that holds `unitDay`. */
const dayWithin = (
  calendar: Calendar,
  unitDay: Temporal.PlainDate,
  index: number,
): Temporal.PlainDate => {
  switch (calendar.recurrence.unit) {
    case 'DAY':
      return unitDay;
    case 'WEEK': {
      const weekday = calendar.weekdays[index] ?? unitDay.dayOfWeek;
      const days = weekday - unitDay.dayOfWeek;
      return days === 0 ? unitDay : unitDay.add({ days });
    }
    default: {
      const { year, month } = unitDay;
      return new Temporal.PlainDate(year, month, dayOfMonth(calendar, unitDay));
    }
  }
};

const dayOfMonth = (calendar: Calendar, firstOfMonth: Temporal.PlainDate): number => {
  const { daysInMonth } = firstOfMonth;
  const { nthWeekday } = calendar.recurrence;
  if (!nthWeekday) return Math.min(calendar.anchorDay, daysInMonth);
  const weekday = WEEKDAYS.indexOf(nthWeekday.weekday) + 1;
  const first = 1 + ((weekday - firstOfMonth.dayOfWeek + 7) % 7);
  if (nthWeekday.nth > 0) return first + (nthWeekday.nth - 1) * 7;
  return first + Math.floor((daysInMonth - first) / 7) * 7;
};

/**
 * Guesses from the distance on the calendar, which is off by an occurrence or two at most, then
 * walks those.
 */
const findNumber = (calendar: Calendar, instant: Date): number => {
  const target = toLocal(calendar.recurrence, instant).toPlainDate();
  const units = countUnits(calendar, target);
  const perUnit = countPerUnit(calendar);
  const guess = (Math.floor(units / calendar.recurrence.every) - 1) * perUnit - calendar.skipped;
  let number = Math.max(1, guess);
  while (toOccurrence(calendar, number).at < instant) number += 1;
  return number;
};

/** Whole units from the origin's to the one that holds the day. */
const countUnits = ({ recurrence, origin }: Calendar, day: Temporal.PlainDate): number => {
  switch (recurrence.unit) {
    case 'DAY':
      return origin.until(day).days;
    case 'WEEK':
      return Math.floor(origin.until(day).days / 7);
    case 'MONTH':
      return (day.year - origin.year) * 12 + day.month - origin.month;
    case 'YEAR':
      return day.year - origin.year;
  }
};
