import type { OrderItem, Recurrence } from '#kernel';
import { businessInstant, type BusinessInstant } from '#platform/clock';
import type { CatchUp, WhenPreviousOpen } from '#charges';

import { isPassedOver } from './schedule-pause.js';
import {
  dueOf,
  numberDueFrom,
  plannedDues,
  termsOf,
  type Execution,
  type Schedule,
} from './schedule.js';

/** What is absent stays; what may be empty and is null becomes empty. */
export interface UpdateSchedule {
  readonly order?:
    | {
        readonly name?: string | null;
        readonly amount?: { readonly amountMinor: number; readonly currency: string } | null;
        readonly items?: readonly OrderItem[] | null;
      }
    | null
    | undefined;
  readonly billingKeyId?: string | null | undefined;
  readonly recurrence?: Recurrence | null | undefined;
  /** What the recurrence is computed from; absent: the time the first occurrence that it holds for has now. */
  readonly startAt?: Date | null | undefined;
  readonly endAt?: Date | null | undefined;
  readonly maxOccurrences?: number | null | undefined;
  readonly execution?: Execution | null | undefined;
  readonly catchUp?: CatchUp | null | undefined;
  readonly whenPreviousOpen?: WhenPreviousOpen | null | undefined;
  /** Absent from the caller's own: `''`. */
  readonly retryPolicyId?: string | null | undefined;
}

/** The first occurrence that a change holds for, and the time it has by the plan before. */
export interface ChangeStart {
  readonly number: number;
  readonly dueAt: BusinessInstant | null;
}

/** The schedule as it is from there on. */
export const updated = (
  schedule: Schedule,
  update: UpdateSchedule,
  from: ChangeStart,
): Schedule => {
  const planned = withPlan(withOrder(schedule, update), update, from);
  return { ...planned, nextDueAt: nextDueOf(planned) };
};

const withOrder = (schedule: Schedule, { order, billingKeyId }: UpdateSchedule): Schedule => ({
  ...schedule,
  billingKeyId: billingKeyId ?? schedule.billingKeyId,
  orderName: order?.name ?? schedule.orderName,
  ...order?.amount,
  // Used up by then, and no amount of the new currency.
  firstAmountMinor:
    order?.amount && order.amount.currency !== schedule.currency ? null : schedule.firstAmountMinor,
  // Items add up to the amount: those of the old amount cannot stand beside a new one.
  orderItems: order?.items ?? (order?.amount ? [] : schedule.orderItems),
});

const withPlan = (schedule: Schedule, update: UpdateSchedule, from: ChangeStart): Schedule => {
  const { endAt, maxOccurrences, retryPolicyId } = update;
  const isMoved = Boolean(update.recurrence || update.startAt);
  const anchorAt = update.startAt ? businessInstant(update.startAt) : from.dueAt;
  return {
    ...schedule,
    recurrence: update.recurrence ?? schedule.recurrence,
    ...(isMoved && anchorAt ? { anchorAt, anchorNumber: from.number } : {}),
    endAt: endAt === undefined ? schedule.endAt : endAt && businessInstant(endAt),
    maxOccurrences: maxOccurrences === undefined ? schedule.maxOccurrences : maxOccurrences,
    execution: update.execution ?? schedule.execution,
    catchUp: update.catchUp ?? schedule.catchUp,
    whenPreviousOpen: update.whenPreviousOpen ?? schedule.whenPreviousOpen,
    retryPolicyId: retryPolicyId === undefined ? schedule.retryPolicyId : retryPolicyId,
  };
};

/** What a change says of the order and the key of what waits. */
export type NamedTerms = Partial<
  Pick<Schedule, 'billingKeyId' | 'orderName' | 'orderItems' | 'amountMinor' | 'currency'>
>;

/** An amount brings its items along, also where that means none. */
export const namedTerms = ({ order, billingKeyId }: UpdateSchedule): NamedTerms => ({
  ...(billingKeyId ? { billingKeyId } : {}),
  ...(order?.name ? { orderName: order.name } : {}),
  ...order?.amount,
  ...(order?.items ? { orderItems: order.items } : order?.amount ? { orderItems: [] } : {}),
});

/** The card that was chosen last holds, also when a change that was kept before names another: the rest of that one stays. */
export const withoutKeptKey = (schedule: Schedule): Schedule => {
  const rest = Object.entries(schedule.pendingChange ?? {}).filter(
    ([name]) => name !== 'billingKeyId',
  );
  return rest.length === 0
    ? { ...schedule, pendingChange: null, pendingChangeAt: null }
    : { ...schedule, pendingChange: Object.fromEntries(rest) };
};

/** As JSON keeps it; its times become texts. */
export const pendingOf = (update: UpdateSchedule): Schedule['pendingChange'] =>
  JSON.parse(JSON.stringify(update)) as Schedule['pendingChange'];

const readPending = (pending: Schedule['pendingChange']): UpdateSchedule => {
  const { startAt, endAt, ...change } = pending ?? {};
  const dateOf = (text: unknown) => (typeof text === 'string' ? new Date(text) : null);
  return {
    ...change,
    ...(startAt === undefined ? {} : { startAt: dateOf(startAt) }),
    ...(endAt === undefined ? {} : { endAt: dateOf(endAt) }),
  };
};

/** The schedule as its next occurrence finds it, once a change that was kept for it holds; nothing while that one is still to come. */
export const afterPending = (schedule: Schedule): Schedule | undefined => {
  const { pendingChangeAt, nextNumber, nextDueAt } = schedule;
  return pendingChangeAt && nextDueAt && nextDueAt >= pendingChangeAt
    ? changedFrom(schedule, { number: nextNumber, dueAt: nextDueAt })
    : undefined;
};

/** As it will be once a change that is kept for it holds; nothing where none is, or it ends before that one's date. */
export const asKept = (schedule: Schedule): Schedule | undefined => {
  if (!schedule.pendingChangeAt) return undefined;
  const from = firstDueFrom(schedule, schedule.pendingChangeAt);
  return from.dueAt ? changedFrom(schedule, from) : undefined;
};

const changedFrom = (schedule: Schedule, from: ChangeStart): Schedule => {
  const update = readPending(schedule.pendingChange);
  const kept = { pendingChange: null, pendingChangeAt: null, nextNumber: from.number };
  return updated({ ...schedule, ...kept }, update, from);
};

/** When the next occurrence without a charge is due, by the plan that holds for it. One that a kept change ends before keeps its time: the
 * change can be dropped until then. */
export const nextDueOf = (schedule: Schedule): BusinessInstant | null => {
  const { nextNumber: number, pendingChangeAt } = schedule;
  const dueAt = dueOf(schedule, number);
  return pendingChangeAt && dueAt && dueAt >= pendingChangeAt
    ? (changedFrom(schedule, { number, dueAt }).nextDueAt ?? dueAt)
    : dueAt;
};

/** What a kept change would bring at a time that has gone by: its own date, or the time of the occurrence before. */
export interface StepBack {
  readonly dueAt: BusinessInstant;
  readonly before: BusinessInstant;
}

/** Due times only grow, also where a kept change takes over. `lastOpenAt`: when the last occurrence that has a charge is due. */
export const stepBackOf = (
  schedule: Schedule,
  lastOpenAt: BusinessInstant | null,
): StepBack | undefined => {
  const { pendingChangeAt, nextNumber } = schedule;
  if (!pendingChangeAt) return undefined;
  const endless = { ...schedule, cancelAt: null };
  const from = firstDueFrom(endless, pendingChangeAt);
  const { nextDueAt: dueAt } = changedFrom(endless, from);
  if (!from.dueAt || !dueAt) return undefined;
  if (dueAt < pendingChangeAt) return { dueAt, before: pendingChangeAt };
  const before = from.number > nextNumber ? dueOf(endless, from.number - 1) : lastOpenAt;
  return before && dueAt <= before ? { dueAt, before } : undefined;
};

/** A time gone by at which an occurrence would come forth by a plan, and would not have by the one before: it would be charged at once, for a
 * period that nobody agreed on. */
export const newlyPast = (
  before: Schedule,
  after: Schedule,
  past: BusinessInstant,
): Date | undefined => {
  const agreed = new Set(duesUntil(before, past).map((at) => at.getTime()));
  return duesUntil(after, past).find((at) => !agreed.has(at.getTime()));
};

/** Of occurrences without a charge. By each of the two plans that may hold there are no more than it numbers until then. */
const duesUntil = (schedule: Schedule, until: BusinessInstant): Date[] => {
  const { nextDueAt } = schedule;
  if (nextDueAt === null || nextDueAt >= until) return [];
  const most = [schedule, asKept(schedule) ?? schedule].map(
    (plan) => numberDueFrom(plan, until) - plan.nextNumber,
  );
  const first = most.reduce((sum, count) => sum + Math.max(count, 0), 1);
  return chargesToCome(schedule, first)
    .map(({ at }) => at)
    .filter((at) => at < until);
};

/** An occurrence without a charge yet. */
export interface PlannedCharge {
  readonly at: Date;
  readonly amountMinor: number;
  readonly currency: string;
}

/** What comes from the next occurrence without a charge on, by the plan that holds for each, without what is passed over. */
export const chargesToCome = (schedule: Schedule, first: number): PlannedCharge[] => {
  for (let asked = first; ; asked *= 2) {
    const planned = plannedCharges(schedule, asked);
    const found = planned.filter(({ at }) => !isPassedOver(schedule, at));
    if (found.length >= first || planned.length < asked) return found.slice(0, first);
  }
};

const plannedCharges = (schedule: Schedule, first: number): PlannedCharge[] => {
  const { pendingChangeAt } = schedule;
  const planned = chargesOf(schedule, first);
  if (!pendingChangeAt) return planned;
  const before = planned.filter(({ at }) => at < pendingChangeAt);
  const changed = asKept(schedule);
  return changed ? [...before, ...chargesOf(changed, first - before.length)] : before;
};

const chargesOf = (schedule: Schedule, first: number): PlannedCharge[] =>
  plannedDues(schedule, first).map((at, index) => {
    const { amountMinor, currency } = termsOf(schedule, schedule.nextNumber + index);
    return { at, amountMinor, currency };
  });

/** The first occurrence without a charge that falls due at the instant or after it. */
export const firstDueFrom = (schedule: Schedule, at: Date): ChangeStart => {
  const number = Math.max(schedule.nextNumber, numberDueFrom(schedule, at));
  return { number, dueAt: dueOf(schedule, number) };
};
