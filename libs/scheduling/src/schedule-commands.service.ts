import { refusal } from '#merchants';

import { onNewKey, waitsOnReplaced } from './card-change.js';
import { duesOfOpen } from './occurrence.place.js';
import { findKeyOfSchedule } from './schedule-context.repository.js';
import { inState, type ScheduleChange, type ScheduleChanges } from './schedule-changes.service.js';
import { checkPauseReason, type ScheduleRefusal } from './schedule-check.js';
import { decideUpdate } from './schedule-update.decision.js';
import { paused, resumed, type DueMeanwhile } from './schedule-pause.js';
import { nextDueOf, type UpdateSchedule } from './schedule-update.js';
import { nextToMove, type Schedule } from './schedule.js';

/** When a schedule is canceled. */
export type CancelWhen = 'NOW' | 'PERIOD_END';

type Id = string | undefined;

/** What a person or the merchant's system may ask of a schedule that exists. */
export class ScheduleCommands {
  constructor(private readonly changes: ScheduleChanges) {}

  pause(merchantId: string, id: Id, reason: string | null): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, ({ schedule, account }) => {
      const refusals = checkPauseReason(reason);
      if (refusals.length > 0) return { refusals };
      if (schedule.status === 'PAUSED') return undefined;
      if (schedule.status !== 'ACTIVE') return { refusals: [inState(schedule)] };
      return {
        schedule: paused(schedule, { at: account.businessNow(), reason }),
        event: 'schedule.paused',
      };
    });
  }

  /** Also takes back that it is canceled at the end of its period, until that has come. */
  resume(merchantId: string, id: Id, dueMeanwhile: DueMeanwhile): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, ({ schedule, open, account }) => {
      const at = account.businessNow();
      const { status, cancelAt } = schedule;
      if (status !== 'ACTIVE' && status !== 'PAUSED') return { refusals: [inState(schedule)] };
      if (cancelAt && cancelAt <= at) return { refusals: [hasEnded(cancelAt)] };
      if (status === 'ACTIVE' && !cancelAt) return undefined;
      const endless = cancelAt ? withoutEnd(schedule) : schedule;
      const dues = duesOfOpen(endless, open);
      return {
        schedule: status === 'PAUSED' ? resumed(endless, { at, dueMeanwhile, dues }) : endless,
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

  /** From the next occurrence on, or from the first one that falls due at `effectiveAt` or after it. */
  update(
    merchantId: string,
    id: Id,
    request: { readonly update: UpdateSchedule; readonly effectiveAt: Date | null },
  ): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, (held, tx) => decideUpdate(tx, held, request));
  }

  /** `replacedKeyIds`: only what is on one of these, or will be by a change kept for a date; absent: whatever it is on. */
  changeBillingKey(
    merchantId: string,
    id: Id,
    { billingKeyId, replacedKeyIds }: { billingKeyId: Id; replacedKeyIds?: readonly string[] },
  ): Promise<ScheduleChange> {
    return this.changes.change(merchantId, id, async ({ schedule, open, account }, tx) => {
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
      const newKey = { billingKeyId: key.id, replacedKeyIds };
      const after = onNewKey(schedule, newKey);
      const isElsewhere = after.billingKeyId !== schedule.billingKeyId;
      const reachesWaiting = isElsewhere || waitsOnReplaced(open, newKey, account.businessNow());
      if (!reachesWaiting && after.pendingChange === schedule.pendingChange) return undefined;
      return {
        ...{ schedule: after, event: 'schedule.billing_key_changed' },
        ...(reachesWaiting
          ? { terms: { billingKeyId: key.id }, ...(replacedKeyIds ? { replacedKeyIds } : {}) }
          : { holdsFrom: schedule.nextNumber }),
      };
    });
  }
}

const withoutEnd = (schedule: Schedule): Schedule => {
  const endless = { ...schedule, cancelAt: null };
  return { ...endless, nextDueAt: nextDueOf(endless) };
};

/** Only the worker has not got to it yet. */
const hasEnded = (cancelAt: Date): ScheduleRefusal =>
  refusal(
    'INVALID_STATE',
    ['id'],
    `expected it before the end of its period, which was at ${cancelAt.toISOString()}`,
  );

const nothingToCome = (): ScheduleRefusal =>
  refusal('INVALID_STATE', ['id'], 'expected an occurrence to come, found none');
