import { DateTime, IANAZone } from 'luxon';
import { Temporal } from 'temporal-polyfill';

import { occurrences } from '#kernel';
import { instantByLuxon } from '../support/luxon-clock.js';

/** A pass of the eye in the daily run; `RECURRENCE_ZONES=all` takes every zone there is. */
const ZONES = Intl.supportedValuesOf('timeZone').filter(
  (_, index) => process.env['RECURRENCE_ZONES'] === 'all' || index % 15 === 0,
);
const [FROM, UNTIL] = [Date.UTC(2000, 0, 1), Date.UTC(2061, 0, 1)];
const DAY_MS = 86_400_000;
const LONG_RUN_MS = 4 * 3_600_000;

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
          const first = Date.UTC(change.year, change.month - 1, change.day - 3, ...time);
          const at = (n: number): Date => new Date(instantByLuxon(first + n * DAY_MS, timeZone));
          const startAt = at(0);
          const days = occurrences({ every: 1, unit: 'DAY', timeZone }, { startAt, first: 7 });
          const found = days.map((day) => day.at.toISOString());
          const expected = Array.from({ length: 7 }, (__, n) => at(n).toISOString());
          expect([timeZone, found]).toEqual([timeZone, expected]);
          compared += found.length;
        }
      expect(compared).toBeGreaterThan(1_000);
    },
    LONG_RUN_MS,
  );
});
