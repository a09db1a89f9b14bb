import { businessInstant } from '#platform/clock';

import { checkNewSpan, checkPauseReason } from './schedule-check.js';

const NOW = businessInstant('2026-11-27T00:00:00Z');
const problemsOf = (startAt: string, recurrence: { every: number } | null = null): string[] =>
  checkNewSpan(
    {
      ...{ startAt: businessInstant(startAt), endAt: null, maxOccurrences: null },
      recurrence: recurrence && { ...recurrence, unit: 'DAY', timeZone: 'UTC' },
    },
    NOW,
  ).map(({ code, field }) => `${code} ${field.join('.')}`);

describe('a plan that begins', () => {
  it.each([
    ['2026-11-27T00:00:00Z', []],
    ['0000-06-01T00:00:00Z', ['INVALID_TIME startAt']],
    ['9999-06-01T00:00:00Z', ['INVALID_TIME startAt']],
    ['2026-11-26T23:58:00Z', ['DUE_IN_PAST startAt']],
    ['2037-01-01T00:00:00Z', ['INVALID_TIME startAt']],
  ])('at %s is answered with %j', (startAt, problems) => {
    expect(problemsOf(startAt)).toEqual(problems);
  });

  it('is told of its rule and of its start together', () => {
    expect(problemsOf('2026-11-26T00:00:00Z', { every: 0 })).toEqual([
      'INVALID_RECURRENCE recurrence.every',
      'DUE_IN_PAST startAt',
    ]);
  });
});

describe('why a schedule is paused', () => {
  it.each([null, 'holiday', 'x'.repeat(500)])('may be %j', (reason) => {
    expect(checkPauseReason(reason)).toEqual([]);
  });

  it.each(['', '  ', 'holi\u202eday', 'x'.repeat(501)])('is not %j', (reason) => {
    expect(checkPauseReason(reason)).toMatchObject([{ code: 'INVALID_INPUT', field: ['reason'] }]);
  });
});
