import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';

import { instantOn } from './local-day.js';

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
/** Around the changes of clocks of most zones, and any other day. */
const days = fc
  .record({
    year: fc.integer({ min: 2000, max: 2060 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
  })
  .map((parts) => Temporal.PlainDate.from(parts));
const times = fc
  .integer({ min: 0, max: 86_399_999 })
  .map((milliseconds) => new Temporal.PlainTime().add({ milliseconds }));

describe('the instant of a time of day', () => {
  it('is what Temporal makes of it, the first time it is asked and the second', () => {
    fc.assert(
      fc.property(zones, days, times, times, (timeZone, day, ...both) => {
        for (const plainTime of both) {
          const expected = day.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
          expect(instantOn(day, plainTime, timeZone)).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is found on the days on which clocks are changed, at midnight as well', () => {
    const changed: [string, string, string, string][] = [
      ['2026-03-29', '02:30', 'Europe/Oslo', '2026-03-29T01:30:00Z'],
      ['2026-10-25', '02:30', 'Europe/Oslo', '2026-10-25T00:30:00Z'],
      ['2026-09-06', '00:15', 'America/Santiago', '2026-09-06T04:15:00Z'],
      ['2026-10-04', '02:15', 'Australia/Lord_Howe', '2026-10-03T15:45:00Z'],
      ['2011-12-30', '09:00', 'Pacific/Apia', '2011-12-30T19:00:00Z'],
    ];
    for (const [day, time, zone, at] of changed) {
      const found = instantOn(Temporal.PlainDate.from(day), Temporal.PlainTime.from(time), zone);
      expect([zone, new Date(found).toISOString()]).toEqual([zone, at.replace('Z', '.000Z')]);
    }
  });
});
