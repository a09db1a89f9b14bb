import type { OrderItem, Recurrence } from '#kernel';
import { businessInstant, type BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { CatchUp, WhenPreviousOpen } from '#charges';
import { refusal } from '#merchants';

import { findKeyOfSchedule, hasRetryPolicy } from './schedule-context.repository.js';
import {
  inState,
  type Decision,
  type Held,
  type ScheduleChange,
  type ScheduleChanges,
} from './schedule-changes.service.js';
import {
  checkScheduleOrder,
  checkSpan,
  checkStart,
  type ScheduleRefusal,
} from './schedule-check.js';
import { checkExecution, currencyRefusal } from './schedules.service.js';
import { dueOf, nextToMove, type Execution, type Schedule } from './schedule.js';

/** What fell due while the schedule was paused. */
export type DueMeanwhile = 'SKIP' | 'CHARGE';

/** When a schedule is canceled. */
export type CancelWhen = 'NOW' | 'PERIOD_END';

/** From the next occurrence on; what is absent stays, what may be empty and is null becomes empty. */
export interface UpdateSchedule {
  readonly order?:
    | {
        readonly name?: string | null;
        readonly amount?: { readonly amountMinor: number; readonly currency: string } | null;
        readonly items?: readonly OrderItem[] | null;
      }
    | null
    | undefined;
  readonly recurrence?: Recurrence | null | undefined;
  /** What the recurrence is computed from; absent: the time the next occurrence has now. */
  readonly startAt?: Date | null | undefined;
  readonly endAt?: Date | null | undefined;
  readonly maxOccurrences?: number | null | undefined;
  readonly execution?: Execution | null | undefined;
  readonly catchUp?: CatchUp | null | undefined;
  readonly whenPreviousOpen?: WhenPreviousOpen | null | undefined;
  /** Absent from the caller's own: `''`. */
  readonly retryPolicyId?: string | null | undefined;
}

type Id = string | undefined;

/** What a person or the merchant's system may ask of a schedule that exists. */
export class ScheduleCommands {
  constructor(private readonly changes: ScheduleChanges) {}

  pause(merchantId: string, id: Id, reason: string | null): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, ({ schedule }) => {
      if (schedule.status === 'PAUSED') return undefined;
      if (schedule.status !== 'ACTIVE') return { refusals: [inState(schedule)] };
      return {
        schedule: { ...schedule, status: 'PAUSED', pauseReason: reason },
        event: 'schedule.paused',
      };
    });
  }

  resume(merchantId: string, id: Id, dueMeanwhile: DueMeanwhile): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, ({ schedule, account }) => {
      if (schedule.status === 'ACTIVE')
        return schedule.cancelAt ? goingOn(schedule, 'schedule.resumed') : undefined;
      if (schedule.status !== 'PAUSED') return { refusals: [inState(schedule)] };
      const skipDueBefore = dueMeanwhile === 'SKIP' ? account.businessNow() : null;
      return {
        schedule: { ...schedule, status: 'ACTIVE', pauseReason: null, skipDueBefore },
        event: 'schedule.resumed',
      };
    });
  }

  /** Now, or at the end of the period that was paid for: when the next occurrence would fall due. */
  cancel(merchantId: string, id: Id, when: CancelWhen = 'NOW'): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, ({ schedule, open, account }) => {
      if (schedule.status === 'CANCELED') return undefined;
      if (schedule.status === 'COMPLETED') return { refusals: [inState(schedule)] };
      if (when === 'PERIOD_END') {
        if (schedule.cancelAt) return undefined;
        const { dueAt } = nextToMove(schedule, open, account.businessNow());
        return dueAt
          ? {
              schedule: { ...schedule, cancelAt: dueAt, nextDueAt: null },
              event: 'schedule.cancel_planned',
            }
          : { refusals: [nothingToCome()] };
      }
      return {
        schedule: { ...schedule, status: 'CANCELED', nextDueAt: null, cancelAt: null },
        event: 'schedule.canceled',
      };
    });
  }

  skipOccurrence(merchantId: string, id: Id, number: number | null): Promise<ScheduleChange> {
    return this.changes.skip(merchantId, id, number);
  }

  update(merchantId: string, id: Id, update: UpdateSchedule): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, (held, tx) => decideUpdate(tx, held, update));
  }

  changeBillingKey(merchantId: string, id: Id, billingKeyId: Id): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, async ({ schedule }, tx) => {
      if (schedule.status !== 'ACTIVE' && schedule.status !== 'PAUSED')
        return { refusals: [inState(schedule)] };
      const key = await findKeyOfSchedule(tx, merchantId, billingKeyId);
      const refuse = (code: ScheduleRefusal['code'], message: string) => ({
        refusals: [refusal(code, ['billingKeyId'], message)],
      });
      if (!key) return refuse('NOT_FOUND', 'expected a billing key of yours');
      if (key.providerAccountId !== schedule.providerAccountId)
        return refuse('INVALID_INPUT', 'expected a key of the same provider account');
      if (key.status !== 'ACTIVE')
        return refuse('KEY_NOT_ACTIVE', `expected it ACTIVE, found ${key.status}`);
      if (key.id === schedule.billingKeyId) return undefined;
      return {
        schedule: { ...schedule, billingKeyId: key.id },
        event: 'schedule.billing_key_changed',
      };
    });
  }
}

/** It is canceled no more at the end of its period. */
const goingOn = (schedule: Schedule, event: string): Decision => {
  const endless = { ...schedule, cancelAt: null };
  return { schedule: { ...endless, nextDueAt: dueOf(endless, schedule.nextNumber) }, event };
};

const nothingToCome = (): ScheduleRefusal =>
  refusal('INVALID_STATE', ['id'], 'expected an occurrence to come, found none');

const decideUpdate = async (
  tx: Transaction,
  { schedule, open, account }: Held,
  update: UpdateSchedule,
): Promise<Decision> => {
  if (schedule.status !== 'ACTIVE' && schedule.status !== 'PAUSED')
    return { refusals: [inState(schedule)] };
  const from = nextToMove(schedule, open, account.businessNow());
  const ordered = withOrder(schedule, update);
  const planned = withPlan(ordered, update, from);
  const refusals = [
    ...checkOrdered(planned, account.currencies),
    ...checkSpan({ ...planned, startAt: planned.anchorAt }),
    ...(update.startAt ? checkStart(update.startAt, account.businessNow()) : []),
    ...checkExecution(update.execution ?? null, account),
  ];
  if (schedule.recurrence === null && update.recurrence)
    refusals.push(
      refusal('INVALID_INPUT', ['recurrence'], 'expected none: this schedule is a one-off'),
    );
  const { retryPolicyId } = update;
  if (retryPolicyId && !(await hasRetryPolicy(tx, account.merchantId, retryPolicyId)))
    refusals.push(refusal('NOT_FOUND', ['retryPolicyId'], 'expected a retry policy of yours'));
  return refusals.length > 0
    ? { refusals }
    : {
        schedule: { ...planned, nextDueAt: dueOf(planned, planned.nextNumber) },
        event: 'schedule.updated',
      };
};

const withOrder = (schedule: Schedule, { order }: UpdateSchedule): Schedule => ({
  ...schedule,
  orderName: order?.name ?? schedule.orderName,
  ...order?.amount,
  // Items add up to the amount: those of the old amount cannot stand beside a new one.
  orderItems: order?.items ?? (order?.amount ? [] : schedule.orderItems),
});

const withPlan = (
  schedule: Schedule,
  update: UpdateSchedule,
  from: { readonly number: number; readonly dueAt: BusinessInstant | null },
): Schedule => {
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

const checkOrdered = (
  { orderId, orderName, orderItems, amountMinor, currency }: Schedule,
  taken: readonly string[],
): ScheduleRefusal[] => [
  ...checkScheduleOrder({
    orderId,
    name: orderName,
    items: orderItems,
    amount: { amountMinor, currency },
  }),
  ...(taken.includes(currency) ? [] : [currencyRefusal(currency, taken)]),
];
