import { checkRecurrence, checkRecurrenceSpan, isTimeZone } from './recurrence.js';
import type { Recurrence } from './recurrence.js';

const rule = (rest: Partial<Recurrence>): Recurrence => ({
  every: 1,
  unit: 'MONTH',
  timeZone: 'Europe/Oslo',
  ...rest,
});
const fieldsOf = (recurrence: Recurrence, startAt?: Date): string[] =>
  checkRecurrence(recurrence, startAt).map(({ field }) => field.join('.'));

describe('a recurrence', () => {
  it.each<[string, Partial<Recurrence>]>([
    ['day 31 of each month', { anchorDay: 31, timeOfDay: '23:59' }],
    ['weekdays', { unit: 'WEEK', weekdays: ['MONDAY', 'SUNDAY'] }],
    ['the last day', { lastDayOfMonth: true }],
    ['the last Friday', { nthWeekday: { nth: -1, weekday: 'FRIDAY' } }],
    ['a decade of days', { unit: 'DAY', every: 3660, timeZone: 'UTC' }],
    ['explicit nothing', { anchorDay: null, weekdays: null, nthWeekday: null, timeOfDay: null }],
  ])('may be %s', (_name, rest) => {
    expect(checkRecurrence(rule(rest))).toEqual([]);
  });

  it.each<[string, Partial<Recurrence>]>([
    ['every', { every: 0 }],
    ['every', { every: 1.5 }],
    ['every', { every: 121 }],
    ['every', { every: Number.NaN }],
    ['unit', { unit: 'HOUR' as never }],
    ['anchorDay', { anchorDay: 0 }],
    ['anchorDay', { anchorDay: 32 }],
    ['anchorDay', { unit: 'DAY', anchorDay: 1 }],
    ['anchorDay', { unit: 'WEEK', anchorDay: 1 }],
    ['lastDayOfMonth', { anchorDay: 5, lastDayOfMonth: true }],
    ['nthWeekday.nth', { nthWeekday: { nth: 5, weekday: 'MONDAY' } }],
    ['nthWeekday.weekday', { nthWeekday: { nth: 1, weekday: 'HOLIDAY' as never } }],
    ['weekdays', { weekdays: ['MONDAY'] }],
    ['weekdays', { unit: 'WEEK', weekdays: [] }],
    ['weekdays', { unit: 'WEEK', weekdays: ['MONDAY', 'MONDAY'] }],
    ['timeOfDay', { timeOfDay: '24:00' }],
    ['timeOfDay', { timeOfDay: '9:00' }],
    ['timeZone', { timeZone: 'Europe/Atlantis' }],
    ['timeZone', { timeZone: '+09:00' }],
    ['timeZone', { timeZone: '' }],
    ['timeZone', { timeZone: 'U'.repeat(100) }],
  ])('is refused at %s for %j', (field, rest) => {
    expect(fieldsOf(rule(rest))).toEqual([field]);
  });

  it('names every problem at once', () => {
    const wrong = rule({ every: 0, anchorDay: 40, timeOfDay: 'noon', timeZone: 'Nowhere' });
    expect(fieldsOf(wrong)).toEqual(['every', 'anchorDay', 'timeOfDay', 'timeZone']);
  });

  it('refuses 30 February every year, and allows the 29th', () => {
    const startAt = new Date('2026-02-10T00:00:00Z');
    expect(fieldsOf(rule({ unit: 'YEAR', anchorDay: 30 }), startAt)).toEqual(['anchorDay']);
    expect(fieldsOf(rule({ unit: 'YEAR', anchorDay: 29 }), startAt)).toEqual([]);
    expect(fieldsOf(rule({ unit: 'MONTH', anchorDay: 30 }), startAt)).toEqual([]);
  });
});

describe('the span of a recurrence', () => {
  const startAt = new Date('2026-02-10T00:00:00Z');

  it('may be open, or a single moment', () => {
    expect(checkRecurrenceSpan({ startAt })).toEqual([]);
    expect(checkRecurrenceSpan({ startAt, endAt: startAt, maxOccurrences: 1 })).toEqual([]);
  });

  it('is refused with the field that is wrong', () => {
    const endAt = new Date(startAt.getTime() - 1);
    const problems = checkRecurrenceSpan({ startAt, endAt, maxOccurrences: 0 });
    expect(problems.map(({ field, code }) => [field[0], code])).toEqual([
      ['endAt', 'INVALID_DATE'],
      ['maxOccurrences', 'INVALID_COUNT'],
    ]);
    expect(checkRecurrenceSpan({ startAt: new Date(Number.NaN) })[0]?.field).toEqual(['startAt']);
    expect(checkRecurrenceSpan({ startAt: new Date('+012026-01-01T00:00:00Z') })).toHaveLength(1);
  });
});

it('knows the zones of the IANA database by their names and links', () => {
  for (const name of ['Asia/Seoul', 'UTC', 'Etc/GMT+5', 'Asia/Calcutta', 'Asia/Kolkata'])
    expect(isTimeZone(name)).toBe(true);
  for (const name of ['Mars/Olympus', '-03:00', 'GMT+25', ' UTC'])
    expect(isTimeZone(name)).toBe(false);
});
