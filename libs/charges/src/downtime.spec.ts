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

  it('those due in its first and its last moment are missed, those a moment beside it are not', () => {
    const isMissed = (dueAt: Date) =>
      missedReason({ dueAt, nextDueAt: null }, 'NONE', [{ fromAt, toAt }]) !== undefined;
    expect([after(fromAt, -0.001), fromAt, toAt, after(toAt, 0.001)].map(isMissed)).toEqual([
      ...[false, true, true, false],
    ]);
  });

  it('an occurrence whose next one fell due in the last moment is not the latest', () => {
    const before = { dueAt: after(toAt, -DAY), nextDueAt: toAt };
    expect(missedReason(before, 'LATEST', [{ fromAt, toAt }])).toBe(
      'it fell due while nothing ran, from 2026-03-01T12:00:00.000Z to 2026-03-04T12:00:00.000Z, and its schedule catches up the latest only',
    );
    const latest = { ...before, nextDueAt: after(toAt, 0.001) };
    expect(missedReason(latest, 'LATEST', [{ fromAt, toAt }])).toBeUndefined();
  });

  it('each is held to the time in which it fell due, where there were several', () => {
    const later = { fromAt: after(fromAt, 30 * DAY), toAt: after(toAt, 30 * DAY) };
    const missed = { dueAt: after(later.fromAt, DAY), nextDueAt: after(later.fromAt, 2 * DAY) };
    expect(missedReason(missed, 'LATEST', [{ fromAt, toAt }, later])).toMatch(
      /from 2026-03-31T12:00:00\.000Z to 2026-04-03T12:00:00\.000Z/,
    );
  });

  it('nothing was missed where nobody was away', () => {
    expect(missedReason(daily(2), 'NONE', [])).toBeUndefined();
  });
});
