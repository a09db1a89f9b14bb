import { IANAZone } from 'luxon';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The instant of a local time, its parts written as if they were UTC, by nothing but luxon's offsets: the first of two where the clocks were
 * set back, and forward by the gap where they were set ahead. (luxon's own reading of a local time is off around midnight.) */
export const instantByLuxon = (localMs: number, timeZone: string): number => {
  const zone = IANAZone.create(timeZone);
  // No offset is as long as a day, and no zone changes its clocks twice within two.
  const [before, after] = [zone.offset(localMs - DAY_MS), zone.offset(localMs + DAY_MS)];
  const readings = [before, after]
    .map((offset) => ({ offset, at: localMs - offset * MINUTE_MS }))
    .filter(({ offset, at }) => zone.offset(at) === offset)
    .map(({ at }) => at);
  return readings.length > 0 ? Math.min(...readings) : localMs - before * MINUTE_MS;
};
