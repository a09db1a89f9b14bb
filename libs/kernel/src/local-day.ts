import { Temporal } from 'temporal-polyfill';

/** A day on a zone's clocks. */
interface LocalDay {
  readonly startMs: number;
  /** It begins at midnight and has 24 hours: nobody changed the clocks, and any time of it is that far from its start. */
  readonly isPlain: boolean;
}

const DAY_MS = 86_400_000;
/** Some decades of days in some zones; when there are more, all are found anew. */
const DAYS_KEPT = 50_000;

const known = new Map<string, Map<number, LocalDay>>();
let kept = 0;

/** The instant, as epoch milliseconds, of a time of day; one that a clock change skips moves forward by the gap, one that it repeats is
 * the first of the two. A zone's rules are looked up once a day, not once a question: they cost more than all else. */
export const instantOn = (
  day: Temporal.PlainDate,
  timeOfDay: Temporal.PlainTime,
  timeZone: string,
): number => {
  const { startMs, isPlain } = localDay(day, timeZone);
  return isPlain
    ? startMs + msOf(timeOfDay)
    : day.toZonedDateTime({ timeZone, plainTime: timeOfDay }).epochMilliseconds;
};

const msOf = ({ hour, minute, second, millisecond }: Temporal.PlainTime): number =>
  ((hour * 60 + minute) * 60 + second) * 1_000 + millisecond;

const MIDNIGHT = new Temporal.PlainTime();
const isMidnight = (at: Temporal.ZonedDateTime): boolean => at.toPlainTime().equals(MIDNIGHT);

const localDay = (day: Temporal.PlainDate, timeZone: string): LocalDay => {
  const key = (day.year * 16 + day.month) * 32 + day.day;
  const found = known.get(timeZone)?.get(key);
  if (found) return found;
  if (kept === DAYS_KEPT) {
    known.clear();
    kept = 0;
  }
  const start = day.toZonedDateTime(timeZone);
  const next = day.add({ days: 1 }).toZonedDateTime(timeZone);
  const startMs = start.epochMilliseconds;
  const isWhole = next.epochMilliseconds - startMs === DAY_MS;
  const made = { startMs, isPlain: isWhole && isMidnight(start) && isMidnight(next) };
  const days = known.get(timeZone) ?? new Map<number, LocalDay>();
  known.set(timeZone, days.set(key, made));
  kept += 1;
  return made;
};
