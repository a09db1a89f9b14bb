import {
  checkOrder,
  checkRecurrence,
  checkRecurrenceSpan,
  SCHEDULE_ORDER_ID_MAX,
  textProblem,
  type Money,
  type Order,
  type OrderProblem,
  type Recurrence,
  type RecurrenceProblem,
} from '#kernel';
import { after, type BusinessInstant } from '#platform/clock';
import type { ServedAccount } from '#charges';
import { refusal, type Refusal } from '#merchants';

import { dueOf, type Execution } from './schedule.js';

export type ScheduleRefusal = Refusal<
  | OrderProblem['code']
  | 'CURRENCY_NOT_SUPPORTED'
  | 'DUE_IN_PAST'
  | 'IDEMPOTENCY_MISMATCH'
  | 'IN_FLIGHT'
  | 'INVALID_INPUT'
  | 'INVALID_RECURRENCE'
  | 'INVALID_STATE'
  | 'INVALID_TIME'
  | 'KEY_NOT_ACTIVE'
  | 'LIMIT_EXCEEDED'
  | 'NOT_FOUND'
  | 'ORDER_ALREADY_EXISTS'
  | 'UNSUPPORTED_BY_PROVIDER'
>;

/** When a schedule runs. */
export interface Span {
  readonly recurrence: Recurrence | null;
  readonly startAt: BusinessInstant;
  readonly endAt: BusinessInstant | null;
  readonly maxOccurrences: number | null;
}

/** A clock that is a little behind ours must not make "now" a thing of the past. */
const PAST_ALLOWED_SECONDS = 60;
/** Ten years: no card that is stored today can be charged later, so a later start is a slip of the pen. */
export const AHEAD_ALLOWED_SECONDS = 10 * 366 * 86_400;
/** As long as a UUID with room for a prefix; no control characters, which no text column of a merchant's system holds. */
const EXTERNAL_ID = /^[^\p{Cc}]{1,128}$/u;

export const checkScheduleOrder = (order: Order): ScheduleRefusal[] =>
  checkOrder(order, SCHEDULE_ORDER_ID_MAX).map(({ code, field, message }) =>
    refusal(code, ['order', ...field], message),
  );

/** An amount like any other, in the order's own currency. */
export const checkFirstAmount = (order: Order, firstAmount: Money | null): ScheduleRefusal[] => {
  if (!firstAmount) return [];
  if (firstAmount.currency !== order.amount.currency)
    return [
      refusal(
        'INVALID_CURRENCY',
        ['firstAmount', 'currency'],
        `expected ${order.amount.currency}, as in the order; found ${firstAmount.currency}`,
      ),
    ];
  return checkOrder({ ...order, items: [], amount: firstAmount }, SCHEDULE_ORDER_ID_MAX)
    .filter(({ field }) => field[0] === 'amount')
    .map(({ code, field, message }) => refusal(code, ['firstAmount', ...field.slice(1)], message));
};

export const checkExternalId = (externalId: string | null): ScheduleRefusal[] =>
  externalId === null || EXTERNAL_ID.test(externalId)
    ? []
    : [refusal('INVALID_INPUT', ['externalId'], 'expected 1–128 characters')];

/** A sentence or two, shown beside the schedule. */
const PAUSE_REASON_MAX = 500;

export const checkPauseReason = (reason: string | null): ScheduleRefusal[] => {
  const problem = reason === null ? undefined : textProblem(reason, PAUSE_REASON_MAX);
  return problem ? [refusal('INVALID_INPUT', ['reason'], problem)] : [];
};

/** The rule and its ends; whether it starts in the past is `checkStart`'s to say. */
export const checkSpan = (span: Span): ScheduleRefusal[] => {
  const { recurrence, startAt } = span;
  const ends = checkRecurrenceSpan(span).map((problem) => told(problem, []));
  const isStartKnown = !ends.some(({ field }) => field[0] === 'startAt');
  const rule = recurrence
    ? checkRecurrence(recurrence, isStartKnown ? startAt : undefined).map((problem) =>
        told(problem, ['recurrence']),
      )
    : [];
  if (ends.length > 0 || rule.length > 0) return [...ends, ...rule];
  if (!recurrence && (span.maxOccurrences ?? 1) !== 1)
    return [
      refusal(
        'INVALID_INPUT',
        ['maxOccurrences'],
        'expected it with a recurrence only, found none',
      ),
    ];
  return checkAnyOccurrence(span);
};

const checkAnyOccurrence = (span: Span): ScheduleRefusal[] => {
  const first = dueOf(
    { ...span, endAt: null, cancelAt: null, anchorAt: span.startAt, anchorNumber: 1 },
    1,
  );
  return first && span.endAt && first > span.endAt
    ? [
        refusal(
          'INVALID_TIME',
          ['endAt'],
          `expected a time at or after the first occurrence ${first.toISOString()}, found ${span.endAt.toISOString()}`,
        ),
      ]
    : [];
};

/** What lies before it has gone by. */
export const pastBefore = (businessNow: BusinessInstant): BusinessInstant =>
  after(businessNow, -PAST_ALLOWED_SECONDS);

export const checkStart = (startAt: Date, businessNow: BusinessInstant): ScheduleRefusal[] => {
  if (startAt < pastBefore(businessNow))
    return [
      refusal(
        'DUE_IN_PAST',
        ['startAt'],
        `expected a time not more than a minute before ${businessNow.toISOString()}, found ${startAt.toISOString()}`,
      ),
    ];
  return startAt > after(businessNow, AHEAD_ALLOWED_SECONDS)
    ? [
        refusal(
          'INVALID_TIME',
          ['startAt'],
          `expected a time within ten years, found ${startAt.toISOString()}`,
        ),
      ]
    : [];
};

/** A plan that begins: its rule, and that it starts neither in the past nor too far ahead. Of a start that is no date the calendar has,
 * that is said alone. */
export const checkNewSpan = (span: Span, businessNow: BusinessInstant): ScheduleRefusal[] => {
  const refusals = checkSpan(span);
  return refusals.some(({ field }) => field[0] === 'startAt')
    ? refusals
    : [...refusals, ...checkStart(span.startAt, businessNow)];
};

const told = (
  { code, field, message }: RecurrenceProblem,
  prefix: readonly string[],
): ScheduleRefusal => {
  const codes = {
    INVALID_RECURRENCE: 'INVALID_RECURRENCE',
    INVALID_TIME_ZONE: 'INVALID_RECURRENCE',
    INVALID_DATE: 'INVALID_TIME',
    INVALID_COUNT: 'INVALID_INPUT',
  } as const;
  return refusal(codes[code], [...prefix, ...field], message);
};

export const checkExecution = (
  execution: Execution | null,
  { provider, access }: ServedAccount,
): ScheduleRefusal[] =>
  execution === 'PROVIDER_SCHEDULED' && !provider.capabilities(access).providerSchedule
    ? [
        refusal(
          'UNSUPPORTED_BY_PROVIDER',
          ['execution'],
          `expected SERVICE_DISPATCHED: ${provider.name} keeps no schedules, Refrain sends at the time itself`,
        ),
      ]
    : [];

export const currencyRefusal = (found: string, taken: readonly string[]): ScheduleRefusal =>
  refusal(
    'CURRENCY_NOT_SUPPORTED',
    ['order', 'amount', 'currency'],
    `expected one of ${taken.join(', ')}, which the provider account takes; found ${found}`,
  );
