import type {
  AccountAccess,
  ScheduleReading,
  ScheduleRevocation,
  ScheduleSubmission,
} from '#providers/contract';
import type { FailureCode } from '#kernel';
import { redactMessage, waitOf } from '#platform/http';
import { failureOf } from './failure-codes.js';
import type { PortoneAnswer, PortoneClient } from './portone.client.js';
import { isAbsence, keepUnread, readHandled } from './reading.js';
import { refusalKindOf, type RefusalKind } from './refusals.js';
import type { ExpectedSchedule } from './requests.js';
import { JSON_HEADERS, keepAnswer, keepBody, moneyOf, readList, readSchedule } from './wire.js';

const CODE_OF_REFUSAL: Readonly<Partial<Record<RefusalKind, FailureCode>>> = {
  KEY_UNKNOWN: 'KEY_NOT_FOUND',
  ACCESS_REFUSED: 'CONFIGURATION',
  SETTINGS_REFUSED: 'CONFIGURATION',
  PARAMETERS_REFUSED: 'PROVIDER_REJECTED',
  TOO_MANY_REQUESTS: 'RATE_LIMITED',
};

const rejected = (failureCode: FailureCode, message: string): ScheduleSubmission => ({
  kind: 'REJECTED',
  ...failureOf(message),
  failureCode,
});

/**
 * What one send of a schedule came to. Only PortOne's own "no" says that it holds nothing: a
 * reference that it says it has already may be ours, from a send whose answer was lost.
 */
export const classifySchedule = (
  expected: ExpectedSchedule,
  answer: PortoneAnswer,
): ScheduleSubmission => {
  if (answer.kind === 'NOT_SENT') return answer;
  const kept = { answer: keepAnswer(answer) };
  if (answer.kind === 'ANSWERED' && answer.status === 401)
    return { ...rejected('CONFIGURATION', 'the credentials were refused'), ...kept };
  if (answer.kind === 'ANSWERED' && answer.status === 429)
    return { ...rejected('RATE_LIMITED', 'too many requests'), ...waitOf(answer), ...kept };
  const read = readHandled(answer);
  if (read.kind === 'UNAVAILABLE') return { kind: 'UNKNOWN', reason: read.reason, ...kept };
  if (read.kind === 'REFUSED') return { ...scheduleRefused(read.message), ...kept };
  return { ...registered(expected, read.response), ...kept };
};

const scheduleRefused = (message: string): ScheduleSubmission => {
  const kind = refusalKindOf(message);
  if (kind === 'ALREADY_USED' || kind === 'IN_DOUBT')
    return { kind: 'UNKNOWN', reason: redactMessage(message) };
  const failure = failureOf(message);
  const failureCode =
    CODE_OF_REFUSAL[kind] ??
    // A sentence about no card is about our request.
    (failure.failureCode === 'UNCLASSIFIED' ? 'PROVIDER_REJECTED' : failure.failureCode);
  return { kind: 'REJECTED', ...failure, failureCode };
};

const registered = (expected: ExpectedSchedule, response: unknown): ScheduleSubmission => {
  const entries = readList(response, readSchedule)?.entries ?? [];
  const entry = entries.find(({ merchant_uid }) => merchant_uid === expected.reference);
  if (!entry) return { kind: 'UNKNOWN', reason: 'handled, but the answer does not name it' };
  const money = moneyOf(entry.amount, entry.currency ?? expected.amount.currency);
  const isOurs =
    entry.customer_uid === expected.providerKey &&
    entry.schedule_at === expected.dueAtSeconds &&
    money?.amountMinor === expected.amount.amountMinor &&
    money.currency === expected.amount.currency;
  return isOurs
    ? { kind: 'REGISTERED' }
    : { kind: 'UNKNOWN', reason: 'what was registered differs from what was asked' };
};

const STATUSES = { scheduled: 'SCHEDULED', executed: 'EXECUTED', revoked: 'REVOKED' } as const;
const isStatus = (status: string): status is keyof typeof STATUSES =>
  Object.hasOwn(STATUSES, status);

/** §4.3. EXECUTED says nothing of success: the payment does (§4.9). */
export const readScheduleOf = async (
  client: PortoneClient,
  account: AccountAccess,
  reference: string,
): Promise<ScheduleReading> => {
  const path = `/subscribe/payments/schedule/${encodeURIComponent(reference)}`;
  const read = readHandled(await client.send(account, { method: 'GET', path }));
  if (read.kind !== 'HANDLED') return keepUnread(read, 'SCHEDULE');
  const schedule = readSchedule(read.response);
  const amount = schedule && moneyOf(schedule.amount, schedule.currency ?? 'KRW');
  if (!amount || schedule.merchant_uid !== reference || !isStatus(schedule.schedule_status))
    return { kind: 'UNAVAILABLE', reason: 'a schedule that cannot be read' };
  return {
    kind: 'FOUND',
    status: STATUSES[schedule.schedule_status],
    dueAtSeconds: schedule.schedule_at,
    amount,
    providerPaymentId: schedule.imp_uid ?? null,
    answer: { status: 200, body: keepBody(schedule) },
  };
};

/** §4.2, by key and reference, so that no other occurrence is revoked with it. */
export const revokeSchedule = async (
  client: PortoneClient,
  account: AccountAccess,
  { providerKey, reference }: { readonly providerKey: string; readonly reference: string },
): Promise<ScheduleRevocation> => {
  const answer = await client.send(account, {
    method: 'POST',
    path: '/subscribe/payments/unschedule',
    headers: JSON_HEADERS,
    body: JSON.stringify({ customer_uid: providerKey, merchant_uid: [reference] }),
  });
  if (answer.kind === 'NOT_SENT') return { kind: 'NOT_SENT', reason: answer.reason };
  if (answer.kind === 'ANSWERED' && (answer.status === 401 || answer.status === 429))
    return { kind: 'NOT_SENT', reason: `refused at the door with HTTP ${answer.status}` };
  const read = readHandled(answer);
  if (read.kind === 'UNAVAILABLE') return { kind: 'UNKNOWN', reason: read.reason };
  if (read.kind === 'REFUSED')
    return isAbsence(read, 'SCHEDULE')
      ? { kind: 'NOTHING_TO_REVOKE' }
      : { kind: 'UNKNOWN', reason: redactMessage(read.message) };
  const entry = readList(read.response, readSchedule)?.entries.find(
    ({ merchant_uid }) => merchant_uid === reference,
  );
  return entry?.schedule_status === 'revoked'
    ? { kind: 'REVOKED' }
    : { kind: 'UNKNOWN', reason: 'handled, but the answer does not call it revoked' };
};
