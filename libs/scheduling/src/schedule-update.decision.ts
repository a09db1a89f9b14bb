import { after, businessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { checkProviderAmount, type ServedAccount } from '#charges';
import { refusal } from '#merchants';

import { duesOfOpen } from './occurrence.place.js';
import { inState, type Decision, type Held } from './schedule-changes.service.js';
import {
  AHEAD_ALLOWED_SECONDS,
  checkExecution,
  checkScheduleOrder,
  checkSpan,
  checkStart,
  currencyRefusal,
  type ScheduleRefusal,
} from './schedule-check.js';
import { findKeyOfSchedule, hasRetryPolicy, isFirstUnsent } from './schedule-context.repository.js';
import {
  firstDueFrom,
  nextDueOf,
  pendingOf,
  stepBackOf,
  updated,
  type ChangeStart,
  type UpdateSchedule,
} from './schedule-update.js';
import { nextToMove, type Schedule } from './schedule.js';

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
  const next = nextToMove(schedule, open, account.businessNow());
  const isLater = effectiveAt !== null && next.dueAt !== null && effectiveAt > next.dueAt;
  const isNothing = Object.values(update).every((value) => value === undefined);
  if (effectiveAt && isNothing) {
    if (schedule.pendingChangeAt === null) return { refusals: [nothingKept()] };
    const kept = { ...schedule, pendingChange: null, pendingChangeAt: null };
    return {
      schedule: { ...kept, nextDueAt: nextDueOf(kept) },
      event: 'schedule.update_dropped',
    };
  }
  const from = isLater ? firstDueFrom(schedule, effectiveAt) : next;
  const refusals = [
    ...(isLater ? checkEffective(effectiveAt, from, account) : []),
    ...(await checkUpdate(tx, { schedule, update, account, from })),
    ...(await checkCurrency(tx, account, { schedule, update })),
    ...checkStartFrom(effectiveAt, update),
  ];
  if (refusals.length > 0) return { refusals };
  const change = isLater
    ? { schedule: planned(schedule, update, effectiveAt), event: 'schedule.update_planned' }
    : { schedule: updated(schedule, update, from), event: 'schedule.updated' };
  const backwards = checkGrowth(change.schedule, open, update);
  return backwards.length > 0 ? { refusals: backwards } : change;
};

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

const checkStartFrom = (
  effectiveAt: Date | null,
  { startAt }: UpdateSchedule,
): ScheduleRefusal[] =>
  effectiveAt && startAt && startAt < effectiveAt
    ? [
        refusal(
          'INVALID_INPUT',
          ['startAt'],
          `expected a time at or after effectiveAt ${effectiveAt.toISOString()}, found ${startAt.toISOString()}`,
        ),
      ]
    : [];

/** Nothing may come forth before what came forth already: it would be charged at once, for a time that has gone by. */
const checkGrowth = (
  schedule: Schedule,
  open: Held['open'],
  update: UpdateSchedule,
): ScheduleRefusal[] => {
  const dues = duesOfOpen(schedule, open);
  const lastOpenAt = dues.toSorted((a, b) => a.getTime() - b.getTime()).at(-1) ?? null;
  const back = stepBackOf(schedule, lastOpenAt);
  const field = update.startAt ? 'startAt' : update.recurrence ? 'recurrence' : 'effectiveAt';
  return back
    ? [
        refusal(
          'INVALID_INPUT',
          [field],
          `expected the change kept for a date to bring nothing before ${back.before.toISOString()}, found an occurrence due at ${back.dueAt.toISOString()}`,
        ),
      ]
    : [];
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
    ...checkOrdered(planned, account),
    ...checkSpan({ ...planned, startAt: planned.anchorAt }),
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

const checkOrdered = (
  { orderId, orderName, orderItems, amountMinor, currency }: Schedule,
  { currencies, provider }: ServedAccount,
): ScheduleRefusal[] => [
  ...checkScheduleOrder({
    orderId,
    name: orderName,
    items: orderItems,
    amount: { amountMinor, currency },
  }),
  ...checkProviderAmount(amountMinor, provider, ['order', 'amount', 'amount']),
  ...(currencies.includes(currency) ? [] : [currencyRefusal(currency, currencies)]),
];
