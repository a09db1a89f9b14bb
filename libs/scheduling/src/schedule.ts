import {
  localTimeOf,
  OCCURRENCES_MAX,
  occurrenceAt,
  occurrenceNumberAtOrAfter,
  occurrences,
  type OrderItem,
  type Recurrence,
} from '#kernel';
import { after, businessInstant, type BusinessInstant } from '#platform/clock';
import type { CatchUp, Charge, ChargeState, WhenPreviousOpen } from '#charges';

export const SCHEDULE_STATUSES = ['ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELED'] as const;
export type ScheduleStatus = (typeof SCHEDULE_STATUSES)[number];
export const EXECUTIONS = ['PROVIDER_SCHEDULED', 'SERVICE_DISPATCHED'] as const;
export type Execution = (typeof EXECUTIONS)[number];

/** A pause that was resumed without what fell due in it, as JSON keeps it. Where its beginning was not kept, that is whatever fell due
 * before its end. */
export interface SkippedPause {
  readonly from: string | null;
  readonly until: string;
}

/** A one-off or recurring plan that brings forth charges: its row. */
export interface Schedule {
  readonly id: string;
  readonly providerAccountId: string;
  readonly billingKeyId: string;
  readonly externalId: string | null;
  readonly orderId: string;
  readonly orderName: string;
  readonly orderItems: readonly OrderItem[];
  readonly amountMinor: number;
  readonly currency: string;
  /** Absent: a one-off. */
  readonly recurrence: Recurrence | null;
  readonly startAt: BusinessInstant;
  readonly endAt: BusinessInstant | null;
  readonly maxOccurrences: number | null;
  readonly execution: Execution;
  readonly retryPolicyId: string | null;
  readonly status: ScheduleStatus;
  /** The next occurrence that has no charge yet, and when it is due; no due time: there is none. */
  readonly nextNumber: number;
  readonly nextDueAt: BusinessInstant | null;
  /** What occurrences are computed from, and the number of the first at or after it. */
  readonly anchorAt: BusinessInstant;
  readonly anchorNumber: number;
  /** Those in which something may be due that nobody got to yet. */
  readonly skippedPauses: readonly SkippedPause[];
  /** The end of the last of them. */
  readonly skipDueBefore: BusinessInstant | null;
  /** The first occurrence's amount, where it has one of its own. */
  readonly firstAmountMinor: number | null;
  readonly catchUp: CatchUp;
  readonly whenPreviousOpen: WhenPreviousOpen;
  /** Canceled then: the end of the period that was paid for. */
  readonly cancelAt: BusinessInstant | null;
  /** A change that holds for the occurrences that fall due at its time or after it; an `UpdateSchedule` as JSON keeps it. */
  readonly pendingChange: Readonly<Record<string, unknown>> | null;
  readonly pendingChangeAt: BusinessInstant | null;
  /** Of a schedule that is PAUSED; absent: the release before paused it. */
  readonly pausedAt: BusinessInstant | null;
  readonly pauseReason: string | null;
  readonly version: number;
  readonly requestHash: string;
  readonly createdAt: BusinessInstant;
  readonly updatedAt: BusinessInstant;
}

/** How long before its time an occurrence comes into being when the one before it is not settled by then: long enough that the provider
 * has it well before the minute in which nothing can be changed any more. */
export const LEAD_SECONDS = 3_600;
/** From so long before its time on, a registered occurrence is the provider's alone, and one not registered yet is sent by us. */
export const IN_FLIGHT_SECONDS = 60;

/** Its part in the sequence is over; what comes later (a late success, a refund) moves nothing on. */
export const isSettled = (state: ChargeState): boolean =>
  state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELED' || state === 'SKIPPED';

type Plan = Pick<
  Schedule,
  'recurrence' | 'anchorAt' | 'anchorNumber' | 'endAt' | 'maxOccurrences' | 'cancelAt'
>;

/** When the n-th occurrence is due; nothing when the schedule ends before it. */
export const dueOf = (plan: Plan, number: number): BusinessInstant | null => {
  const { recurrence, anchorAt, anchorNumber, endAt, maxOccurrences, cancelAt } = plan;
  if (number > (recurrence ? (maxOccurrences ?? OCCURRENCES_MAX) : 1)) return null;
  const at = recurrence ? occurrenceAt(recurrence, anchorAt, number - anchorNumber + 1) : anchorAt;
  if (endAt && at > endAt) return null;
  return cancelAt && at >= cancelAt ? null : businessInstant(at);
};

/** By the zones as they are known today: a country may have changed its clocks since the next due time was written. What has a charge keeps
 * its time. */
export const byZonesOfToday = (schedule: Schedule): Schedule =>
  schedule.nextDueAt === null
    ? schedule
    : { ...schedule, nextDueAt: dueOf(schedule, schedule.nextNumber) };

/** The number of the first occurrence that falls due at the instant or after it, whether or not the schedule gets that far. */
export const numberDueFrom = (
  { recurrence, anchorAt, anchorNumber }: Schedule,
  at: Date,
): number =>
  recurrence
    ? anchorNumber - 1 + occurrenceNumberAtOrAfter(recurrence, anchorAt, at)
    : Number(anchorAt < at) + 1;

/** The due times from the next occurrence without a charge on. */
export const plannedDues = (schedule: Schedule, first: number): Date[] => {
  const { nextDueAt, recurrence, anchorAt, endAt, maxOccurrences } = schedule;
  if (nextDueAt === null || first < 1) return [];
  if (!recurrence) return [nextDueAt];
  const before = schedule.anchorNumber - 1;
  return occurrences(recurrence, {
    startAt: anchorAt,
    endAt,
    maxOccurrences: maxOccurrences && maxOccurrences - before,
    from: nextDueAt,
    first,
  }).map(({ at }) => at);
};

/** The day of the month and the quarter of the day that its occurrences come back to, on its own clocks. */
export const anchorPlaceOf = ({
  recurrence,
  anchorAt,
}: Schedule): readonly [day: number, quarter: number] => {
  if (!recurrence) return [1, 0];
  const { dayOfMonth, minuteOfDay } = localTimeOf(anchorAt, recurrence.timeZone);
  const [hours, minutes] = (recurrence.timeOfDay ?? '').split(':').map(Number);
  const minute = hours === undefined || minutes === undefined ? minuteOfDay : hours * 60 + minutes;
  return [dayOfMonth, Math.floor(minute / 15)];
};

/** The order of occurrence n. Its id leaves room for seven digits beside the schedule's own 32 characters. */
export const occurrenceOrderId = (orderId: string, number: number): string =>
  `${orderId}-${number}`;

/** What an occurrence is for. The first one may have an amount of its own, which no items add up to. */
export const termsOf = (
  { orderItems, amountMinor, firstAmountMinor, currency }: Schedule,
  number: number,
): Pick<Schedule, 'orderItems' | 'amountMinor' | 'currency'> =>
  number === 1 && firstAmountMinor !== null
    ? { orderItems: [], amountMinor: firstAmountMinor, currency }
    : { orderItems, amountMinor, currency };

/** When the next occurrence comes into being by the clock, should nothing settle before. */
export const materialiseAt = (nextDueAt: BusinessInstant): BusinessInstant =>
  after(nextDueAt, -LEAD_SECONDS);

/** Whether the provider can still be told about an occurrence, or asked to drop it. */
export const isAhead = (dueAt: Date, businessNow: BusinessInstant): boolean =>
  dueAt.getTime() >= after(businessNow, IN_FLIGHT_SECONDS).getTime();

/** The provider keeps whole seconds: never a second before the time that was promised. */
export const providerSecondsOf = (dueAt: BusinessInstant): number =>
  Math.ceil(dueAt.getTime() / 1_000);

/** Whether an occurrence waits, and can still be changed. */
export const isMovable = (
  { state, dueAt }: Pick<Charge, 'state' | 'dueAt'>,
  businessNow: BusinessInstant,
): boolean => state === 'SCHEDULED' || (state === 'REGISTERED' && isAhead(dueAt, businessNow));

/** The first occurrence that can still be moved, and the time it has now: where a new plan takes over. One within its last minute is the
 * provider's already, and a retry goes on by its own times; past the end it is the time that the one after the last would have. */
export const nextToMove = (
  schedule: Schedule,
  open: readonly {
    readonly charge: Pick<Charge, 'state' | 'occurrenceNumber' | 'dueAt'>;
  }[],
  businessNow: BusinessInstant,
): { readonly number: number; readonly dueAt: BusinessInstant | null } => {
  const waiting = open.find(({ charge }) => isMovable(charge, businessNow))?.charge;
  const number = waiting?.occurrenceNumber ?? schedule.nextNumber;
  const endless = { ...schedule, endAt: null, maxOccurrences: null, cancelAt: null };
  return { number, dueAt: waiting?.dueAt ?? schedule.nextDueAt ?? dueOf(endless, number) };
};
