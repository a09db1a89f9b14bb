import { checkProviderAmount, type Loaded, type ServedAccount } from '#charges';
import { refusal } from '#merchants';

import { waitingInOrder } from './change-start.js';
import { duesOfOpen } from './occurrence.place.js';
import {
  checkScheduleOrder,
  checkSpan,
  currencyRefusal,
  pastBefore,
  type ScheduleRefusal,
} from './schedule-check.js';
import { asKept, newlyPast, stepBackOf, type UpdateSchedule } from './schedule-update.js';
import { isMovable, type Schedule } from './schedule.js';

export const checkStartFrom = (
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
export const checkGrowth = (
  schedule: Schedule,
  open: readonly Loaded[],
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

/** Nothing may come forth for a time that has gone by, unless it would have before the change, too. */
export const checkPast = (
  before: Schedule,
  after: Schedule,
  { update, account }: { readonly update: UpdateSchedule; readonly account: ServedAccount },
): ScheduleRefusal[] => {
  const dueAt = newlyPast(before, after, pastBefore(account.businessNow()));
  return dueAt
    ? [
        refusal(
          'DUE_IN_PAST',
          [planFieldOf(update)],
          `expected startAt beside it, for the plan to begin at: without one an occurrence would be due at ${dueAt.toISOString()}, which has gone by`,
        ),
      ]
    : [];
};

const planFieldOf = ({ startAt, recurrence, maxOccurrences, endAt }: UpdateSchedule): string => {
  if (startAt) return 'startAt';
  if (recurrence) return 'recurrence';
  if (maxOccurrences !== undefined) return 'maxOccurrences';
  return endAt === undefined ? 'effectiveAt' : 'endAt';
};

/** A change that is kept must fit what it will find: its items add up to the amount, its plan can be, and what waits falls due before it. */
export const checkKept = (
  schedule: Schedule,
  {
    open,
    update,
    account,
  }: {
    readonly open: readonly Loaded[];
    readonly update: UpdateSchedule;
    readonly account: ServedAccount;
  },
): ScheduleRefusal[] => {
  const { pendingChangeAt } = schedule;
  const changed = asKept({ ...schedule, cancelAt: null });
  if (!pendingChangeAt || !changed) return [];
  const keptFor = `the change kept for ${pendingChangeAt.toISOString()}`;
  const refusals = checkPlan(changed, account).map((found) => ({
    ...found,
    message: `${found.message}, once ${keptFor} holds: drop that one, or plan it anew`,
  }));
  const isMoved = Boolean(update.recurrence || update.startAt);
  const beyond = waitingInOrder(schedule, open).find(
    ({ charge, dueAt }) =>
      isMovable(charge, account.businessNow()) && isMoved && dueAt >= pendingChangeAt,
  );
  if (beyond)
    refusals.push(
      refusal(
        'INVALID_INPUT',
        [planFieldOf(update)],
        `expected what waits to fall due before ${keptFor}, found ${beyond.dueAt.toISOString()}`,
      ),
    );
  return refusals;
};

export const checkPlan = (planned: Schedule, account: ServedAccount): ScheduleRefusal[] => [
  ...checkOrdered(planned, account),
  ...checkSpan({ ...planned, startAt: planned.anchorAt }),
];

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
