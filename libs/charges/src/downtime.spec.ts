import { after, businessInstant } from '#platform/clock';

import { missedReason } from './downtime.js';

const fromAt = businessInstant('2026-03-01T12:00:00Z');
const toAt = businessInstant('2026-03-04T12:00:00Z');
const DAY = 86_400;
const daily = (day: number) => ({
  dueAt: after(fromAt, day * DAY - 3 * 3_600),
  nextDueAt: after(fromAt, (day + 1) * DAY - 3 * 3_600),
});
const chargedOf = (catchUp: 'ALL' | 'LATEST' | 'NONE'): number[] =>
  [0, 1, 2, 3, 4].filter((day) => !missedReason(daily(day), catchUp, [{ fromAt, toAt }]));

describe('after three days in which nothing ran', () => {
  it('every occurrence is charged, or the latest of them, or none; those before and after are in any case', () => {
    expect(chargedOf('ALL')).toEqual([0, 1, 2, 3, 4]);
    expect(chargedOf('LATEST')).toEqual([0, 3, 4]);
    expect(chargedOf('NONE')).toEqual([0, 4]);
  });

  it('the last occurrence there is is the latest', () => {
    const last = { ...daily(2), nextDueAt: null };
    expect(missedReason(last, 'LATEST', [{ fromAt, toAt }])).toBeUndefined();
    expect(missedReason(last, 'NONE', [{ fromAt, toAt }])).toBe(
      'it fell due while nothing ran, from 2026-03-01T12:00:00.000Z to 2026-03-04T12:00:00.000Z, and its schedule catches up nothing',
    );
  });

  it('nothing was missed where nobody was away', () => {
    expect(missedReason(daily(2), 'NONE', [])).toBeUndefined();
  });
});
