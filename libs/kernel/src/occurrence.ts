import { Temporal } from 'temporal-polyfill';

import { invariant, InvariantViolation } from './fault.js';
import { LAST_DATE_MS, WEEKDAYS } from './recurrence.js';
import type { Recurrence, RecurrenceSpan } from './recurrence.js';

/** One return of a recurrence; `number` counts from 1. */
export interface Occurrence {
  readonly number: number;
  readonly at: Date;
}

/** A recurrence tied to its anchor: what every occurrence is computed from, so that no error can add up. */
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

/** The n-th occurrence, from 1, computed from the anchor and never from the one before: 31 Jan, 28 Feb, 31 Mar.
 * A local time that a clock change skips moves forward by the gap; one that it repeats is the first of the two. */
export const occurrenceAt = (recurrence: Recurrence, startAt: Date, number: number): Date =>
  toOccurrence(anchor(recurrence, startAt), number).at;

/** The first match at or after `startAt`. */
export const firstOccurrence = (recurrence: Recurrence, startAt: Date): Date =>
  occurrenceAt(recurrence, startAt, 1);

/** The number of the first occurrence at or after the instant; 1 when it lies before the first. */
export const occurrenceNumberAtOrAfter = (
  recurrence: Recurrence,
  startAt: Date,
  instant: Date,
): number => findNumber(anchor(recurrence, startAt), instant);

/** What falls into the span, from the first at or after `from` on, at most `first` of it. */
export const occurrences = (
  recurrence: Recurrence,
  window: RecurrenceSpan & { readonly from?: Date; readonly first: number },
): Occurrence[] => {
  const { startAt, endAt, maxOccurrences, from, first } = window;
  const calendar = anchor(recurrence, startAt);
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

const anchor = (recurrence: Recurrence, startAt: Date): Calendar => {
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

/** Tries the days around `startAt` in order. The one before its unit counts too: a clock change can move a late hour past
 * midnight. Of two days that fall on one instant (a day the zone skipped) the later is the match. */
const moveToFirstMatch = (calendar: Calendar, startAt: Date): Calendar => {
  const perUnit = countPerUnit(calendar);
  const startOn = calendar.origin;
  for (let place = -1; place < UNITS_TO_SEARCH * perUnit; place += 1) {
    const candidate = moveBy(calendar, place);
    const isTooEarly = dayOf(candidate, 1).until(startOn).days > 1;
    if (isTooEarly || toOccurrence(candidate, 1).at < startAt) continue;
    if (place >= 0) return candidate;
    const next = moveBy(calendar, 0);
    return toOccurrence(next, 1).at > toOccurrence(candidate, 1).at ? candidate : next;
  }
  throw new InvariantViolation('expected a match near the start of a checked recurrence');
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
  const { timeZone } = calendar.recurrence;
  const at = dayOf(calendar, number).toZonedDateTime({ timeZone, plainTime: calendar.timeOfDay });
  return { number, at: new Date(at.epochMilliseconds) };
};

/** The n-th day on the calendar, before the zone has had its say. */
const dayOf = (calendar: Calendar, number: number): Temporal.PlainDate => {
  invariant(Number.isSafeInteger(number) && number >= 1, 'expected occurrences to count from 1');
  const place = calendar.skipped + number - 1;
  const perUnit = countPerUnit(calendar);
  const unitDay = addUnits(calendar, Math.floor(place / perUnit) * calendar.recurrence.every);
  return dayWithin(calendar, unitDay, place % perUnit);
};

/** Some day of the unit so many units from the origin's. */
const addUnits = ({ recurrence, origin }: Calendar, units: number): Temporal.PlainDate => {
  switch (recurrence.unit) {
    case 'DAY':
      return origin.add({ days: units });
    case 'WEEK':
      return origin.add({ weeks: units });
    case 'MONTH':
      return origin.add({ months: units });
    case 'YEAR':
      return origin.add({ years: units });
  }
};

/** The day the rule means within the unit that holds `unitDay`. */
const dayWithin = (
  calendar: Calendar,
  unitDay: Temporal.PlainDate,
  index: number,
): Temporal.PlainDate => {
  const { unit, nthWeekday } = calendar.recurrence;
  if (unit === 'DAY') return unitDay;
  if (unit === 'WEEK') {
    const weekday = calendar.weekdays[index] ?? unitDay.dayOfWeek;
    return unitDay.add({ days: weekday - unitDay.dayOfWeek });
  }
  const { daysInMonth } = unitDay;
  if (!nthWeekday) return unitDay.with({ day: Math.min(calendar.anchorDay, daysInMonth) });
  const weekday = WEEKDAYS.indexOf(nthWeekday.weekday) + 1;
  if (nthWeekday.nth === -1) {
    const last = unitDay.with({ day: daysInMonth });
    return last.subtract({ days: (last.dayOfWeek - weekday + 7) % 7 });
  }
  const beginning = unitDay.with({ day: 1 });
  const days = ((weekday - beginning.dayOfWeek + 7) % 7) + (nthWeekday.nth - 1) * 7;
  return beginning.add({ days });
};

/** Guesses from the distance on the calendar, which is off by an occurrence or two at most, then walks those. */
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
