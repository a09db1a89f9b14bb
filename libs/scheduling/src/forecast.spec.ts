import fc from 'fast-check';
import { DateTime } from 'luxon';
import { checkRecurrence, localTimeOf, occurrences, type Recurrence } from '#kernel';

import { Forecast, stepsOf, type ForecastStep } from './forecast.js';

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
const ZONES = ['UTC', 'Europe/Oslo', 'Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe'];

const anyRule: fc.Arbitrary<Recurrence> = fc
  .record({
    every: fc.integer({ min: 1, max: 3 }),
    unit: fc.constantFrom('DAY', 'WEEK', 'MONTH', 'YEAR'),
    timeZone: fc.constantFrom(...ZONES),
    timeOfDay: fc.option(fc.constantFrom('00:00', '02:30', '09:07', '23:59'), { nil: null }),
    anchorDay: fc.option(fc.integer({ min: 1, max: 31 }), { nil: null }),
    isLastDay: fc.boolean(),
  })
  .map(({ isLastDay, anchorDay, ...rule }) => {
    if (rule.unit === 'DAY' || rule.unit === 'WEEK') return rule;
    return isLastDay ? { ...rule, lastDayOfMonth: true } : { ...rule, anchorDay };
  });
const anyCase = fc
  .record({
    rule: anyRule,
    startAt: fc.date({
      min: new Date('2026-01-01T00:00:00Z'),
      max: new Date('2027-12-31T00:00:00Z'),
      noInvalidDate: true,
    }),
    past: fc.integer({ min: 0, max: 30 }),
    days: fc.integer({ min: 1, max: 300 }),
    by: fc.constantFrom<ForecastStep>('DAY', 'WEEK', 'MONTH'),
  })
  .filter(({ rule, startAt }) => checkRecurrence(rule, startAt).length === 0);

/** How many of the times fall into each step, by luxon's calendar. */
const countedBy = (times: readonly Date[], by: ForecastStep): Record<string, number> => {
  const unit = { DAY: 'day', WEEK: 'week', MONTH: 'month' } as const;
  const counts: Record<string, number> = {};
  for (const at of times) {
    const start = DateTime.fromJSDate(at, { zone: 'Europe/Oslo' }).startOf(unit[by]);
    const key = start.toUTC().toISO()!;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

describe('a forecast', () => {
  it('has of each schedule what its occurrences are, step by step', () => {
    fc.assert(
      fc.property(anyCase, ({ rule, startAt, past, days, by }) => {
        const all = occurrences(rule, { startAt, first: past + 310 });
        const next = all[past]!.at;
        // A range is told to the quarter of an hour, as schedules are.
        const quarterAt = Math.floor(next.getTime() / QUARTER_MS) * QUARTER_MS;
        const fromAt = new Date(quarterAt - 3 * DAY_MS);
        const toAt = new Date(fromAt.getTime() + days * DAY_MS);
        const minute = rule.timeOfDay
          ? Number(rule.timeOfDay.slice(0, 2)) * 60 + Number(rule.timeOfDay.slice(3))
          : localTimeOf(startAt, rule.timeZone).minuteOfDay;
        const forecast = new Forecast(
          { fromAt, toAt },
          stepsOf({ fromAt, toAt }, by, 'Europe/Oslo'),
        );
        forecast.plan({
          ...{ recurrence: rule, endAt: null, remaining: null, currency: 'EUR' },
          anchorDay: localTimeOf(startAt, rule.timeZone).dayOfMonth,
          anchorQuarter: Math.floor(minute / 15),
          nextDueAt: new Date(quarterAt),
          ...{ schedules: 1, amountMinor: 900, firstDifferenceMinor: 0 },
        });
        const found = Object.fromEntries(
          forecast.read().map((bucket) => [bucket.fromAt.toISOString(), bucket.charges]),
        );
        const expected = all
          .slice(past)
          .filter(({ at }) => at < toAt)
          .map(({ at }) => at);
        expect(found).toEqual(countedBy(expected, by));
      }),
      { numRuns: 100 },
    );
  });

  it('adds up amounts by currency, with the first ones that differ and the retries among them', () => {
    const [fromAt, toAt] = [new Date('2026-03-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')];
    const forecast = new Forecast({ fromAt, toAt }, stepsOf({ fromAt, toAt }, 'MONTH', 'UTC'));
    const at = new Date('2026-03-02T09:00:00Z');
    forecast.plan({
      recurrence: { every: 1, unit: 'WEEK', timeZone: 'UTC' },
      ...{ anchorDay: 2, anchorQuarter: 36, nextDueAt: at, endAt: null, remaining: 3 },
      ...{ currency: 'EUR', schedules: 10, amountMinor: 9_000, firstDifferenceMinor: -500 },
    });
    forecast.add(at, { currency: 'EUR', charges: 2, amountMinor: 1_000, isRetry: true });
    forecast.add(at, { currency: 'KRW', charges: 1, amountMinor: 7, isRetry: false });
    forecast.add(toAt, { currency: 'KRW', charges: 1, amountMinor: 7, isRetry: false });
    expect(forecast.read()).toEqual([
      {
        ...{ fromAt, toAt, currency: 'EUR', charges: 32, amountMinor: 27_500 },
        ...{ retries: 2, retryAmountMinor: 1_000 },
      },
      {
        ...{ fromAt, toAt, currency: 'KRW', charges: 1, amountMinor: 7 },
        ...{ retries: 0, retryAmountMinor: 0 },
      },
    ]);
  });

  it('has steps on the calendar of a zone, a week from Monday on', () => {
    const range = {
      fromAt: new Date('2026-03-28T12:00:00Z'),
      toAt: new Date('2026-04-06T00:00:00Z'),
    };
    const shown = (by: ForecastStep) =>
      stepsOf(range, by, 'Europe/Oslo').map((at) => at.toISOString().slice(0, 13));
    expect(shown('WEEK')).toEqual([
      '2026-03-22T23',
      '2026-03-29T22',
      '2026-04-05T22',
      '2026-04-12T22',
    ]);
    expect(shown('MONTH')).toEqual(['2026-02-28T23', '2026-03-31T22', '2026-04-30T22']);
    expect(shown('DAY').slice(0, 3)).toEqual(['2026-03-27T23', '2026-03-28T23', '2026-03-29T22']);
  });
});
