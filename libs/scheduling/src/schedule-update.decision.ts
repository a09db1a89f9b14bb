import { after, businessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { ServedAccount } from '#charges';
import { refusal } from '#merchants';

import { beginningOf } from './change-start.js';
import { inState, type Decision, type Held } from './schedule-changes.service.js';
import {
  AHEAD_ALLOWED_SECONDS,
  checkExecution,
  checkStart,
  type ScheduleRefusal,
} from './schedule-check.js';
import { findKeyOfSchedule, hasRetryPolicy, isFirstUnsent } from './schedule-context.repository.js';
import {
  checkGrowth,
  checkKept,
  checkPast,
  checkPlan,
  checkStartFrom,
} from './schedule-update-check.js';
import {
  namedTerms,
  nextDueOf,
  pendingOf,
  updated,
  withoutKeptKey,
  type ChangeStart,
  type UpdateSchedule,
} from './schedule-update.js';
import type { Schedule } from './schedule.js';

interface Request {
  readonly update: UpdateSchedule;
  /** Absent: from the next occurrence on. */
  readonly effectiveAt: Date | null;
}

/** What a change makes of a schedule at once, or what is kept of it for its date. A later one takes the place of one that is kept; one that
 * changes nothing drops it. */
export const decideUpdate = async (
  tx: Transaction,
  { schedule, open, account }: Held,
  { update, effectiveAt }: Request,
): Promise<Decision> => {
  if (schedule.status !== 'ACTIVE' && schedule.status !== 'PAUSED')
    return { refusals: [inState(schedule)] };
  const isNothing = Object.values(update).every((value) => value === undefined);
  if (effectiveAt && isNothing) return dropKept(schedule, update, account);
  const businessNow = account.businessNow();
  const { from, isKept, holdsFrom } = beginningOf(schedule, open, { effectiveAt, businessNow });
  const refusals = [
    ...(effectiveAt && isKept ? checkEffective(effectiveAt, from, account) : []),
    ...(await checkUpdate(tx, { schedule, update, account, from })),
    ...(await checkCurrency(tx, account, { schedule, update })),
    ...checkStartFrom(effectiveAt, update),
  ];
  if (refusals.length > 0) return { refusals };
  const change =
    effectiveAt && isKept
      ? { schedule: planned(schedule, update, effectiveAt), event: 'schedule.update_planned' }
      : changedAtOnce(schedule, update, from);
  const backwards = checkGrowth(change.schedule, open, update);
  if (backwards.length > 0) return { refusals: backwards };
  const problems = [
    ...checkPast(schedule, change.schedule, { update, account }),
    ...(isKept ? [] : checkKept(change.schedule, { open, update, account })),
  ];
  return problems.length > 0 ? { refusals: problems } : { ...change, holdsFrom };
};

const dropKept = (schedule: Schedule, update: UpdateSchedule, account: ServedAccount): Decision => {
  if (schedule.pendingChangeAt === null) return { refusals: [nothingKept()] };
  const unchanging = { ...schedule, pendingChange: null, pendingChangeAt: null };
  const dropped = { ...unchanging, nextDueAt: nextDueOf(unchanging) };
  const refusals = checkPast(schedule, dropped, { update, account });
  return refusals.length > 0
    ? { refusals }
    : { schedule: dropped, event: 'schedule.update_dropped', holdsFrom: schedule.nextNumber };
};

const changedAtOnce = (schedule: Schedule, update: UpdateSchedule, from: ChangeStart) => ({
  schedule: updated(update.billingKeyId ? withoutKeptKey(schedule) : schedule, update, from),
  event: 'schedule.updated',
  terms: namedTerms(update),
});

const nothingKept = (): ScheduleRefusal =>
  refusal(
    'INVALID_STATE',
    ['effectiveAt'],
    'expected a change that is kept for a date, found none: none was planned, or it holds already for what comes next',
  );

const planned = (schedule: Schedule, update: UpdateSchedule, effectiveAt: Date): Schedule => {
  const pendingChangeAt = businessInstant(effectiveAt);
  const kept = { ...schedule, pendingChange: pendingOf(update), pendingChangeAt };
  return { ...kept, nextDueAt: nextDueOf(kept) };
};

/** An amount in one currency says nothing about another: the first one stands in the currency it was given in. */
const checkCurrency = async (
  tx: Transaction,
  { merchantId }: ServedAccount,
  { schedule, update }: { readonly schedule: Schedule; readonly update: UpdateSchedule },
): Promise<ScheduleRefusal[]> => {
  const { id, currency, firstAmountMinor } = schedule;
  const found = update.order?.amount?.currency ?? currency;
  if (found === currency || firstAmountMinor === null) return [];
  return (await isFirstUnsent(tx, merchantId, id))
    ? [
        refusal(
          'INVALID_CURRENCY',
          ['order', 'amount', 'currency'],
          `expected ${currency} until the first occurrence, which has an amount of its own in it, is charged or skipped; found ${found}`,
        ),
      ]
    : [];
};

const checkEffective = (
  effectiveAt: Date,
  { dueAt }: ChangeStart,
  account: ServedAccount,
): ScheduleRefusal[] => {
  if (effectiveAt > after(account.businessNow(), AHEAD_ALLOWED_SECONDS))
    return [refusal('INVALID_TIME', ['effectiveAt'], 'expected a time within ten years')];
  return dueAt
    ? []
    : [refusal('INVALID_TIME', ['effectiveAt'], 'expected a time before the schedule ends')];
};

const checkUpdate = async (
  tx: Transaction,
  {
    schedule,
    update,
    account,
    from,
  }: {
    readonly schedule: Schedule;
    readonly update: UpdateSchedule;
    readonly account: ServedAccount;
    readonly from: ChangeStart;
  },
): Promise<ScheduleRefusal[]> => {
  const { merchantId } = account;
  const nextNumber = Math.max(schedule.nextNumber, from.number);
  const planned = updated({ ...schedule, nextNumber }, update, from);
  const refusals = [
    ...checkPlan(planned, account),
    ...(update.startAt ? checkStart(update.startAt, account.businessNow()) : []),
    ...checkExecution(update.execution ?? null, account),
  ];
  if (schedule.recurrence === null && update.recurrence)
    refusals.push(
      refusal('INVALID_INPUT', ['recurrence'], 'expected none: this schedule is a one-off'),
    );
  const { retryPolicyId, billingKeyId } = update;
  if (retryPolicyId && !(await hasRetryPolicy(tx, merchantId, retryPolicyId)))
    refusals.push(refusal('NOT_FOUND', ['retryPolicyId'], 'expected a retry policy of yours'));
  if (billingKeyId) refusals.push(...(await checkKey(tx, account, { billingKeyId })));
  return refusals;
};

const checkKey = async (
  tx: Transaction,
  { merchantId, providerAccountId }: ServedAccount,
  { billingKeyId }: { readonly billingKeyId: string },
): Promise<ScheduleRefusal[]> => {
  const refuse = (code: ScheduleRefusal['code'], message: string) => [
    refusal(code, ['billingKeyId'], message),
  ];
  const key = await findKeyOfSchedule(tx, merchantId, billingKeyId);
  if (!key) return refuse('NOT_FOUND', 'expected a billing key of yours');
  if (key.providerAccountId !== providerAccountId)
    return refuse('INVALID_INPUT', 'expected a key of the same provider account');
  return key.status === 'ACTIVE'
    ? []
    : refuse('KEY_NOT_ACTIVE', `expected it ACTIVE, found ${key.status}`);
};
