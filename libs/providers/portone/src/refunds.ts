import type { FailureCode } from '#kernel';
import type { AccountAccess, RefundOutcome, RefundReading } from '#providers/contract';
import { redactMessage, waitOf } from '#platform/http';
import { failureOf } from './failure-codes.js';
import { readWirePayment } from './payments.js';
import type { PortoneAnswer, PortoneClient } from './portone.client.js';
import { readHandled } from './reading.js';
import { refusalKindOf } from './refusals.js';
import type { ExpectedRefund } from './requests.js';
import { keepAnswer, moneyOf, readPayment, type WirePayment } from './wire.js';

const failed = (failureCode: FailureCode, message: string): RefundOutcome => ({
  kind: 'FAILED',
  ...failureOf(message),
  failureCode,
});

/**
 * What one send of a refund came to. A refusal does nothing (`checksum` saw to that), but "already
 * cancelled" may be the echo of our own earlier send: that is asked about.
 */
export const classifyRefund = (expected: ExpectedRefund, answer: PortoneAnswer): RefundOutcome => {
  if (answer.kind === 'NOT_SENT') return answer;
  const kept = { answer: keepAnswer(answer) };
  if (answer.kind === 'ANSWERED' && answer.status === 401)
    return { ...failed('CONFIGURATION', 'the credentials were refused'), ...kept };
  if (answer.kind === 'ANSWERED' && answer.status === 429)
    return { kind: 'NOT_SENT', reason: 'too many requests', ...waitOf(answer), ...kept };
  const read = readHandled(answer);
  if (read.kind === 'UNAVAILABLE') return { kind: 'UNKNOWN', reason: read.reason, ...kept };
  if (read.kind === 'REFUSED') {
    const kind = refusalKindOf(read.message);
    return kind === 'ALREADY_USED' || kind === 'IN_DOUBT'
      ? { kind: 'UNKNOWN', reason: redactMessage(read.message), ...kept }
      : { ...failed('PROVIDER_REJECTED', read.message), ...kept };
  }
  const payment = readPayment(read.response);
  return payment
    ? { ...refunded(expected, payment), ...kept }
    : { kind: 'UNKNOWN', reason: 'handled, but without a payment', ...kept };
};

const refunded = (expected: ExpectedRefund, payment: WirePayment): RefundOutcome => {
  const minor = (major: number | string): number | undefined =>
    moneyOf(major, payment.currency)?.amountMinor;
  const [total, canceled, asked, before] = [
    minor(payment.amount),
    minor(payment.cancel_amount ?? 0),
    minor(expected.amountMajor),
    minor(expected.balanceBeforeMajor),
  ];
  const isKnown =
    payment.imp_uid === expected.providerPaymentId &&
    total !== undefined &&
    canceled !== undefined &&
    asked !== undefined &&
    before !== undefined;
  if (!isKnown) return { kind: 'UNKNOWN', reason: 'the answer is about another payment' };
  const last = payment.cancel_history?.at(-1);
  const providerRefundId = last?.cancellation_id ?? last?.pg_tid ?? null;
  if (total - canceled === before - asked) return { kind: 'SUCCEEDED', providerRefundId };
  // Some channels take it in and cancel later (paypal_v2, §5.6).
  if (total - canceled === before) return { kind: 'PENDING', providerRefundId: null };
  return { kind: 'UNKNOWN', reason: 'the balance is neither the one before nor the one after' };
};

export const readRefunds = async (
  client: PortoneClient,
  account: AccountAccess,
  providerPaymentId: string,
): Promise<RefundReading> => {
  const read = await readWirePayment(client, account, providerPaymentId);
  if (read.kind !== 'FOUND') return read;
  const { wire, payment } = read;
  const refunds = (wire.cancel_history ?? []).map((entry, index) => ({
    providerRefundId: entry.cancellation_id ?? `${wire.imp_uid}-${index + 1}`,
    amountMinor: moneyOf(entry.amount, wire.currency)?.amountMinor ?? 0,
    status: 'SUCCEEDED' as const,
  }));
  return { kind: 'FOUND', refundedMinor: payment.refundedMinor, refunds };
};
