import { Temporal } from 'temporal-polyfill';
import { occurrences, type Recurrence } from '#kernel';

export const FORECAST_STEPS = ['DAY', 'WEEK', 'MONTH'] as const;
export type ForecastStep = (typeof FORECAST_STEPS)[number];

/** Buckets in one answer; more is asked for in several, or by a longer step. */
export const BUCKETS_MAX = 800;

/** What is expected within one step, in one currency. Amounts in minor units. */
export interface ForecastBucket {
  readonly fromAt: Date;
  readonly toAt: Date;
  readonly currency: string;
  readonly charges: number;
  readonly amountMinor: number;
  /** Of these, charges that failed before. */
  readonly retries: number;
  readonly retryAmountMinor: number;
}

/** Schedules that fall due together from the next occurrence on, told to the quarter of an hour, which no clock change divides. */
export interface PlannedGroup {
  readonly recurrence: Recurrence | null;
  /** On the schedule's clocks: the day of the month and the quarter of the day that its occurrences come back to. */
  readonly anchorDay: number;
  readonly anchorQuarter: number;
  readonly nextDueAt: Date;
  readonly endAt: Date | null;
  /** How many are left, with the next one. */
  readonly remaining: number | null;
  readonly currency: string;
  readonly schedules: number;
  readonly amountMinor: number;
  /** What the next one differs by, where it is the first and has an amount of its own. */
  readonly firstDifferenceMinor: number;
}

/** A charge that waits, or is to be tried again. */
export interface KnownGroup {
  readonly at: Date;
  readonly currency: string;
  readonly isRetry: boolean;
  readonly charges: number;
  readonly amountMinor: number;
}

/** The steps of a range, from the one that holds its start on, on the clocks of a zone; weeks begin on Monday. */
export const stepsOf = (
  range: { readonly fromAt: Date; readonly toAt: Date },
  by: ForecastStep,
  timeZone: string,
): Date[] => {
  const start = Temporal.Instant.fromEpochMilliseconds(range.fromAt.getTime())
    .toZonedDateTimeISO(timeZone)
    .startOfDay();
  const unit = { DAY: { days: 1 }, WEEK: { weeks: 1 }, MONTH: { months: 1 } }[by];
  const first =
    by === 'MONTH'
      ? start.with({ day: 1 }).startOfDay()
      : by === 'WEEK'
        ? start.subtract({ days: start.dayOfWeek - 1 }).startOfDay()
        : start;
  const bounds = [first];
  while (bounds.length <= BUCKETS_MAX + 1) {
    const last = bounds.at(-1) ?? first;
    if (last.epochMilliseconds >= range.toAt.getTime()) break;
    bounds.push(last.add(unit).startOfDay());
  }
  return bounds.map(({ epochMilliseconds }) => new Date(epochMilliseconds));
};

/** Adds up what is planned and what is known, step by step and currency by currency; empty steps are left out. */
export class Forecast {
  private readonly buckets = new Map<string, ForecastBucket & { amountMinor: number }>();

  /** `bounds`: where the steps begin, and where the last one ends. */
  constructor(
    private readonly range: { readonly fromAt: Date; readonly toAt: Date },
    private readonly bounds: readonly Date[],
  ) {}

  plan(group: PlannedGroup): void {
    const { schedules, amountMinor, currency } = group;
    for (const [index, at] of this.duesOf(group).entries())
      this.add(at, {
        ...{ currency, charges: schedules, isRetry: false },
        amountMinor: amountMinor + (index === 0 ? group.firstDifferenceMinor : 0),
      });
  }

  add(at: Date, { currency, charges, amountMinor, isRetry }: Omit<KnownGroup, 'at'>): void {
    const index = this.indexOf(at);
    const [fromAt, toAt] = [this.bounds[index], this.bounds[index + 1]];
    if (at < this.range.fromAt || at >= this.range.toAt || !fromAt || !toAt) return;
    const key = `${index} ${currency}`;
    const before = this.buckets.get(key);
    this.buckets.set(key, {
      ...{ fromAt, toAt, currency },
      charges: (before?.charges ?? 0) + charges,
      amountMinor: (before?.amountMinor ?? 0) + amountMinor,
      retries: (before?.retries ?? 0) + (isRetry ? charges : 0),
      retryAmountMinor: (before?.retryAmountMinor ?? 0) + (isRetry ? amountMinor : 0),
    });
  }

  read(): ForecastBucket[] {
    return [...this.buckets.values()].toSorted(
      (a, b) => a.fromAt.getTime() - b.fromAt.getTime() || (a.currency < b.currency ? -1 : 1),
    );
  }

  private duesOf(group: PlannedGroup): Date[] {
    const { recurrence, nextDueAt, endAt, remaining } = group;
    if (!recurrence) return [nextDueAt];
    const lastAt = new Date(this.range.toAt.getTime() - 1);
    return occurrences(ruleOf(recurrence, group), {
      startAt: nextDueAt,
      endAt: endAt && endAt < lastAt ? endAt : lastAt,
      first: Math.min(remaining ?? OCCURRENCES_IN_RANGE, OCCURRENCES_IN_RANGE),
    }).map(({ at }) => at);
  }

  /** The last step that begins at the instant or before it. */
  private indexOf(at: Date): number {
    let [low, high] = [0, this.bounds.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.bounds[middle] ?? at) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Every day for as many steps as there can be. */
const OCCURRENCES_IN_RANGE = 31 * BUCKETS_MAX;

/** The rule as it goes on from an occurrence: what was taken from the anchor is said. */
const ruleOf = (recurrence: Recurrence, { anchorDay, anchorQuarter }: PlannedGroup): Recurrence => {
  const { unit, lastDayOfMonth, nthWeekday } = recurrence;
  const isByDay = (unit === 'MONTH' || unit === 'YEAR') && !lastDayOfMonth && !nthWeekday;
  const minutes = anchorQuarter * 15;
  const timeOfDay = [Math.floor(minutes / 60), minutes % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return {
    ...recurrence,
    timeOfDay,
    ...(isByDay ? { anchorDay: recurrence.anchorDay ?? anchorDay } : {}),
  };
};
