import { DateTime, IANAZone } from 'luxon';
import { Temporal } from 'temporal-polyfill';

import { occurrences } from './occurrence.js';

/** A pass of the eye in the daily run; `RECURRENCE_ZONES=all` takes every zone there is. */
const ZONES = Intl.supportedValuesOf('timeZone').filter(
  (_, index) => process.env['RECURRENCE_ZONES'] === 'all' || index % 15 === 0,
);
const [FROM, UNTIL] = [Date.UTC(2000, 0, 1), Date.UTC(2061, 0, 1)];
const LONG_RUN_MS = 3_600_000;

/** The days around each change of a zone's clocks. */
const changeDays = (timeZone: string): DateTime[] => {
  const days: DateTime[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(FROM).toZonedDateTimeISO(timeZone);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (!next || next.epochMilliseconds >= UNTIL) return days;
    days.push(DateTime.fromMillis(next.epochMilliseconds, { zone: timeZone }));
    at = next;
  }
};

/** What luxon makes of a local time: forward by the gap, the earlier of two. */
const resolve = (day: DateTime, time: readonly [number, number, number]): number => {
  const [hour, minute, second] = time;
  const { year, month, day: dayOfMonth } = day;
  const zone = day.zoneName ?? 'UTC';
  const local = DateTime.fromObject(
    { year, month, day: dayOfMonth, hour, minute, second },
    { zone },
  );
  return Math.min(...local.getPossibleOffsets().map((either) => either.toMillis()));
};

/** A second before midnight and midnight itself, where clocks are changed most often. */
describe.each<[string, readonly [number, number, number]]>([
  ['23:59:59', [23, 59, 59]],
  ['00:00:00', [0, 0, 0]],
])('every day at %s', (_, time) => {
  it(
    'is what luxon finds around every change of the clocks from 2000 to 2060',
    () => {
      let compared = 0;
      for (const timeZone of ZONES.filter((zone) => IANAZone.isValidZone(zone)))
        for (const change of changeDays(timeZone)) {
          const first = change.minus({ days: 3 }).startOf('day');
          const startAt = new Date(resolve(first, time));
          const found = occurrences({ every: 1, unit: 'DAY', timeZone }, { startAt, first: 7 }).map(
            ({ at }) => at.toISOString(),
          );
          const expected = Array.from({ length: 7 }, (__, n) =>
            new Date(resolve(first.plus({ days: n }), time)).toISOString(),
          );
          expect([timeZone, found]).toEqual([timeZone, expected]);
          compared += found.length;
        }
      expect(compared).toBeGreaterThan(1_000);
    },
    LONG_RUN_MS,
  );
});
