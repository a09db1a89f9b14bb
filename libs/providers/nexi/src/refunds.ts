import { waitOf, type HttpAnswer } from '#platform/http';
import type { AccountAccess, RefundOutcome, RefundReading } from '#providers/contract';
import { refusalOf, shapeOf } from './classify-charge.js';
import type { NexiClient } from './nexi.client.js';
import { readWirePayment, refundedOf } from './payments.js';
import { bareId, keepAnswer, readRefundBody } from './wire.js';

const REFUSALS: ReadonlySet<number> = new Set([400, 402, 404, 405]);

/**
 * What one send of a refund came to (§4.3). 201 only says that it was taken in: `refunds[].state`
 * of the payment says the rest.
 */
export const classifyRefund = (answer: HttpAnswer): RefundOutcome => {
  if (answer.kind === 'NOT_SENT') return answer;
  const kept = { answer: keepAnswer(answer) };
  if (answer.kind === 'NO_ANSWER') return { kind: 'UNKNOWN', reason: answer.reason, ...kept };
  const { status, text } = answer;
  const taken = readRefundBody(text);
  if (status === 201 && taken)
    return { kind: 'PENDING', providerRefundId: bareId(taken.refundId), ...kept };
  const shape = shapeOf(text);
  const isSaid = ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY'].includes(shape);
  if (!taken && status === 429)
    return { kind: 'NOT_SENT', reason: 'too many requests', ...waitOf(answer), ...kept };
  if (!taken && status === 401) return { kind: 'FAILED', ...refusalOf(status, text), ...kept };
  if (!taken && isSaid && REFUSALS.has(status)) {
    const { providerCode, providerMessage } = refusalOf(status, text);
    return {
      kind: 'FAILED',
      failureCode: 'PROVIDER_REJECTED',
      providerCode,
      providerMessage,
      ...kept,
    };
  }
  return { kind: 'UNKNOWN', reason: `HTTP ${status}: ${shape}`, ...kept };
};

const STATUSES: ReadonlyMap<string, 'PENDING' | 'SUCCEEDED' | 'FAILED'> = new Map([
  ['pending', 'PENDING'],
  ['completed', 'SUCCEEDED'],
  ['cancelled', 'FAILED'],
  ['failed', 'FAILED'],
  ['expired', 'FAILED'],
]);

export const readRefunds = async (
  client: NexiClient,
  account: AccountAccess,
  providerPaymentId: string,
): Promise<RefundReading> => {
  const read = await readWirePayment(client, account, providerPaymentId);
  if (read.kind !== 'FOUND') return read;
  const refunds = (read.wire.refunds ?? []).map(({ refundId, amount, state }) => ({
    providerRefundId: bareId(refundId),
    amountMinor: amount,
    // A state that nobody named is not an end.
    status: STATUSES.get(state.toLowerCase()) ?? ('PENDING' as const),
  }));
  return { kind: 'FOUND', refundedMinor: refundedOf(read.wire), refunds };
};
