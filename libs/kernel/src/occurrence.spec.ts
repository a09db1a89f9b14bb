import {
  firstOccurrence,
  occurrenceAt,
  occurrenceNumberAtOrAfter,
  occurrences,
} from './occurrence.js';
import type { Recurrence } from './recurrence.js';

const list = (recurrence: Recurrence, startAt: string, first = 4): string[] =>
  occurrences(recurrence, { startAt: new Date(startAt), first }).map(({ at }) =>
    at.toISOString().replace(':00.000Z', 'Z'),
  );

const monthly = (rest: Partial<Recurrence> = {}): Recurrence => ({
  every: 1,
  unit: 'MONTH',
  timeZone: 'UTC',
  ...rest,
});

describe('months and years', () => {
  it('clamps day 31 to the end of a shorter month and comes back (row 77)', () => {
    expect(list(monthly(), '2027-12-31T10:00:00Z')).toEqual([
      '2027-12-31T10:00Z',
      '2028-01-31T10:00Z',
      '2028-02-29T10:00Z',
      '2028-03-31T10:00Z',
    ]);
  });

  it('takes a clamped day as the first match', () => {
    expect(list(monthly({ anchorDay: 31 }), '2026-02-10T10:00:00Z', 2)).toEqual([
      '2026-02-28T10:00Z',
      '2026-03-31T10:00Z',
    ]);
  });

  it('counts every second month from the first match, not from the start', () => {
    expect(list(monthly({ every: 2, anchorDay: 5 }), '2026-01-10T10:00:00Z', 2)).toEqual([
      '2026-02-05T10:00Z',
      '2026-04-05T10:00Z',
    ]);
  });

  it('keeps 29 February for the leap years (row 77)', () => {
    expect(list(monthly({ unit: 'YEAR' }), '2024-02-29T00:00:00Z', 5)).toEqual([
      '2024-02-29T00:00Z',
      '2025-02-28T00:00Z',
      '2026-02-28T00:00Z',
      '2027-02-28T00:00Z',
      '2028-02-29T00:00Z',
    ]);
  });

  it('finds the last day, the second Tuesday and the last Friday of a month', () => {
    const startAt = '2026-02-01T00:00:00Z';
    expect(list(monthly({ lastDayOfMonth: true }), startAt, 2)).toEqual([
      '2026-02-28T00:00Z',
      '2026-03-31T00:00Z',
    ]);
    const tuesday = monthly({ nthWeekday: { nth: 2, weekday: 'TUESDAY' } });
    expect(list(tuesday, startAt, 2)).toEqual(['2026-02-10T00:00Z', '2026-03-10T00:00Z']);
    const friday = monthly({ nthWeekday: { nth: -1, weekday: 'FRIDAY' } });
    expect(list(friday, startAt, 2)).toEqual(['2026-02-27T00:00Z', '2026-03-27T00:00Z']);
  });
});

describe('days and weeks', () => {
  it('keeps the time of the clock on the wall, not the 24 hours', () => {
    const daily = monthly({ unit: 'DAY', timeZone: 'Europe/Oslo', timeOfDay: '09:00' });
    expect(list(daily, '2026-03-28T00:00:00Z', 2)).toEqual([
      '2026-03-28T08:00Z',
      '2026-03-29T07:00Z',
    ]);
  });

  it('returns every second week on its weekdays, from the week of the first match', () => {
    const rule = monthly({ every: 2, unit: 'WEEK', weekdays: ['FRIDAY', 'MONDAY'] });
    // Wednesday 2026-01-07: the first match is that week's Friday.
    expect(list(rule, '2026-01-07T12:00:00Z')).toEqual([
      '2026-01-09T12:00Z',
      '2026-01-19T12:00Z',
      '2026-01-23T12:00Z',
      '2026-02-02T12:00Z',
    ]);
    // Saturday: its own week is over, so the week after is the first.
    expect(list(rule, '2026-01-10T12:00:00Z', 3)).toEqual([
      '2026-01-12T12:00Z',
      '2026-01-16T12:00Z',
      '2026-01-26T12:00Z',
    ]);
  });
});

describe('a clock that changes', () => {
  const at0230 = (timeZone: string): Recurrence =>
    monthly({ unit: 'DAY', timeZone, timeOfDay: '02:30' });

  it.each([
    ['Europe/Oslo', '2026-03-29', '2026-03-29T01:30Z'],
    ['America/New_York', '2026-03-08', '2026-03-08T07:30Z'],
    // The gap of Lord Howe is half an hour wide: 02:00 to 02:30, so 02:30 itself exists.
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T15:30Z'],
    ['Asia/Seoul', '2026-03-29', '2026-03-28T17:30Z'],
  ])('moves a skipped time forward by the gap in %s (row 78)', (timeZone, day, expected) => {
    const before = new Date(Date.parse(`${day}T00:00:00Z`) - 14 * 3_600_000);
    expect(list(at0230(timeZone), before.toISOString())).toContain(expected);
  });

  it.each([
    ['Europe/Oslo', '2026-10-24T12:00:00Z', '2026-10-25T00:30Z'],
    ['America/New_York', '2026-10-31T12:00:00Z', '2026-11-01T07:30Z'],
    ['America/Santiago', '2026-04-04T12:00:00Z', '2026-04-05T06:30Z'],
  ])('takes the first of a repeated time in %s (row 79)', (timeZone, startAt, expected) => {
    expect(list(at0230(timeZone), startAt, 1)).toEqual([expected]);
  });

  it('moves midnight to one where Santiago skips it', () => {
    const midnight = monthly({ unit: 'DAY', timeZone: 'America/Santiago', timeOfDay: '00:00' });
    expect(list(midnight, '2026-09-05T12:00:00Z', 2)).toEqual([
      '2026-09-06T04:00Z',
      '2026-09-07T03:00Z',
    ]);
  });

  it('finds a match that the clock change moved past midnight, and so past the start', () => {
    // Nuuk leaps from 23:00 to 00:00 on the eve: 23:30 of the 30th is 00:30 of the 31st.
    const late = monthly({ unit: 'DAY', timeZone: 'America/Nuuk', timeOfDay: '23:30' });
    expect(list(late, '2024-03-31T01:10:00Z', 2)).toEqual([
      '2024-03-31T01:30Z',
      '2024-04-01T00:30Z',
    ]);
  });

  it('waits for the next match when the start lies in the second of two equal hours', () => {
    const hourly = monthly({ unit: 'DAY', timeZone: 'Europe/Oslo' });
    expect(list(hourly, '2026-10-25T01:30:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
  });
});

describe('a window on the occurrences', () => {
  const startAt = new Date('2026-01-31T10:00:00Z');

  it('starts at the start itself to the millisecond when no other time is asked for', () => {
    const exact = new Date('2026-01-31T23:59:59.987Z');
    expect(firstOccurrence(monthly({ timeZone: 'Asia/Seoul' }), exact)).toEqual(exact);
  });

  it('includes both ends, and stops at the end or the count, whichever comes first', () => {
    const window = { startAt, endAt: new Date('2026-03-31T10:00:00Z'), first: 100 };
    expect(occurrences(monthly(), window).map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(occurrences(monthly(), { ...window, maxOccurrences: 2 })).toHaveLength(2);
    expect(occurrences(monthly(), { ...window, first: 0 })).toEqual([]);
  });

  it('goes on from any instant with the number that belongs to it', () => {
    const from = new Date('2096-02-29T10:00:00Z');
    const [next] = occurrences(monthly(), { startAt, from, first: 1 });
    expect(next).toEqual({ number: 842, at: from });
    expect(occurrenceNumberAtOrAfter(monthly(), startAt, new Date(from.getTime() + 1))).toBe(843);
    expect(occurrenceNumberAtOrAfter(monthly(), startAt, new Date(0))).toBe(1);
  });

  it('ends with the four-digit years', () => {
    const lastCentury = { startAt, from: new Date('9998-11-30T10:00:00Z'), first: 50 };
    expect(occurrences(monthly(), lastCentury)).toHaveLength(2);
  });

  it('answers the millionth day as fast as the first, and refuses to count from zero', () => {
    const daily = monthly({ unit: 'DAY' });
    expect(occurrenceAt(daily, startAt, 1_000_000).toISOString()).toBe('4763-12-28T10:00:00.000Z');
    expect(() => occurrenceAt(daily, startAt, 0)).toThrow('count from 1');
  });
});
