import type {
  AccountAccess,
  ChargeQuestion,
  ProviderAnswer,
  ProviderPayment,
  Reading,
  SentReference,
} from '#providers/contract';
import { retryAfterSecondsOf, waitOf, type HttpAnswer } from '#platform/http';
import type { NexiClient } from './nexi.client.js';
import { agreementPath } from './requests.js';
import {
  bareId,
  bodyKindOf,
  keepAnswer,
  moneyOf,
  readPaymentBody,
  readStatusBody,
  type WirePayment,
} from './wire.js';

type Unread = Exclude<Reading<object>, { kind: 'FOUND' }>;

/**
 * What a reading answers when it did not get what it asked for. A proxy's own 404 page is not
 * "there is none".
 */
export const keepUnread = (answer: HttpAnswer): Unread => {
  if (answer.kind !== 'ANSWERED') return { kind: 'UNAVAILABLE', reason: answer.reason };
  if (answer.status === 404 && bodyKindOf(answer.text) !== 'UNREADABLE')
    return { kind: 'ABSENT', answer: keepAnswer(answer) };
  return { kind: 'UNAVAILABLE', reason: `HTTP ${answer.status}`, ...waitOf(answer) };
};

export type PaymentReading = Reading<{
  readonly wire: WirePayment;
  readonly answer: ProviderAnswer;
}>;

/** §4.2, within the budget of 30 an hour. */
export const readWirePayment = async (
  client: NexiClient,
  account: AccountAccess,
  providerPaymentId: string,
): Promise<PaymentReading> => {
  const id = bareId(providerPaymentId);
  const counted = `${account.providerAccountId}/${id}`;
  const wait = client.budget.take(counted);
  if (wait)
    return {
      kind: 'UNAVAILABLE',
      reason: 'this payment was read 30 times within the hour',
      ...wait,
    };
  const path = `/v1/payments/${encodeURIComponent(id)}`;
  const answer = await client.send(account, { method: 'GET', path });
  if (answer.kind === 'ANSWERED' && answer.status === 429) {
    const waiting = client.budget.exhaust(counted, retryAfterSecondsOf(answer.headers));
    return { kind: 'UNAVAILABLE', reason: 'HTTP 429', ...waiting };
  }
  if (answer.kind !== 'ANSWERED' || answer.status !== 200) return keepUnread(answer);
  const wire = readPaymentBody(answer.text);
  if (!wire || bareId(wire.paymentId) !== id)
    return { kind: 'UNAVAILABLE', reason: 'a payment that cannot be read' };
  return { kind: 'FOUND', wire, answer: keepAnswer(answer) };
};

/**
 * There is no status field: it is told from the sums (§4.2). A payment with neither charge nor
 * reservation may have been declined or not have come to it yet; only `terminated` and a cancelled
 * reservation end it.
 */
const statusOf = (
  { summary, terminated }: WirePayment,
  { capturedMinor, refundedMinor }: { capturedMinor: number; refundedMinor: number },
): ProviderPayment['status'] => {
  if (capturedMinor > 0) return refundedMinor >= capturedMinor ? 'CANCELED' : 'PAID';
  const canceled = summary?.cancelledAmount ?? 0;
  if (canceled > 0 && canceled === summary?.reservedAmount) return 'CANCELED';
  return terminated ? 'FAILED' : 'PENDING';
};

const sumOf = (parts: readonly { readonly amount: number }[] | null | undefined): number =>
  (parts ?? []).reduce((sum, part) => sum + part.amount, 0);

export const refundedOf = ({ summary, refunds }: WirePayment): number =>
  summary?.refundedAmount ??
  sumOf(refunds?.filter(({ state }) => state.toLowerCase() === 'completed'));

export const toProviderPayment = (
  wire: WirePayment,
  answer: ProviderAnswer,
): ProviderPayment | undefined => {
  const amount = moneyOf(wire.orderDetails.amount, wire.orderDetails.currency);
  if (!amount) return undefined;
  const capturedMinor = wire.summary?.chargedAmount ?? sumOf(wire.charges);
  const refundedMinor = refundedOf(wire);
  const agreement = wire.unscheduledSubscription?.unscheduledSubscriptionId;
  const chargeId = wire.charges?.[0]?.chargeId;
  return {
    providerPaymentId: bareId(wire.paymentId),
    providerChargeId: chargeId ? bareId(chargeId) : null,
    reference: wire.myReference ?? null,
    providerKey: agreement ? bareId(agreement) : null,
    status: statusOf(wire, { capturedMinor, refundedMinor }),
    amount,
    capturedMinor,
    refundedMinor,
    failure: null,
    answer,
  };
};

export const readPayment = async (
  client: NexiClient,
  account: AccountAccess,
  providerPaymentId: string,
): Promise<Reading<{ readonly payment: ProviderPayment }>> => {
  const read = await readWirePayment(client, account, providerPaymentId);
  if (read.kind !== 'FOUND') return read;
  const payment = toProviderPayment(read.wire, read.answer);
  return payment
    ? { kind: 'FOUND', payment }
    : { kind: 'UNAVAILABLE', reason: 'a payment in a currency we do not know' };
};

/**
 * §5.4: which payment a single charge under this key made. 404 is said of a key never seen, of one
 * declined and of one that is still to come: it proves nothing (trap 8).
 */
const findPaymentOf = async (
  client: NexiClient,
  account: AccountAccess,
  { providerKey, reference }: SentReference,
): Promise<Reading<{ readonly providerPaymentId: string }>> => {
  const answer = await client.send(account, {
    method: 'GET',
    path: `${agreementPath(providerKey)}/charges/status`,
    headers: { 'idempotency-key': reference },
  });
  if (answer.kind !== 'ANSWERED' || answer.status !== 200) return keepUnread(answer);
  const status = readStatusBody(answer.text);
  return status
    ? { kind: 'FOUND', providerPaymentId: bareId(status.paymentId) }
    : { kind: 'UNAVAILABLE', reason: 'a status that cannot be read' };
};

/**
 * Every payment these references and ids lead to, each reference asked about at the agreement it
 * was sent to: at any other it was never heard of. One answer that fails makes the whole reading
 * fail.
 */
export const findPayments = async (
  client: NexiClient,
  account: AccountAccess,
  { references, providerPaymentIds }: ChargeQuestion,
): Promise<Reading<{ readonly payments: readonly ProviderPayment[] }>> => {
  const ids = new Set(providerPaymentIds.map(bareId));
  let lastAbsent: ProviderAnswer | undefined;
  for (const sent of references) {
    const found = await findPaymentOf(client, account, sent);
    if (found.kind === 'UNAVAILABLE') return found;
    if (found.kind === 'FOUND') ids.add(found.providerPaymentId);
    else lastAbsent = found.answer ?? lastAbsent;
  }
  const payments: ProviderPayment[] = [];
  for (const id of ids) {
    const read = await readPayment(client, account, id);
    if (read.kind === 'UNAVAILABLE') return read;
    if (read.kind === 'FOUND') payments.push(read.payment);
    else lastAbsent = read.answer ?? lastAbsent;
  }
  if (payments.length > 0) return { kind: 'FOUND', payments };
  return { kind: 'ABSENT', ...(lastAbsent ? { answer: lastAbsent } : {}) };
};
