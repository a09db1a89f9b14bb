import { randomBytes } from 'node:crypto';
import { instantOf } from '../core/index.js';
import { orderReferenceOf } from './charging.js';
import type { Portone } from './portone.js';
import type { CancelRow, PaymentRow } from './rows.js';

/** Part or all of what is left goes back; either way the payment is `cancelled` from then on. */
export const cancelPayment = (
  portone: Portone,
  payment: PaymentRow,
  { amountMinor, reason }: { amountMinor: number; reason: string | null },
): CancelRow => {
  const nowMs = portone.core.clock.nowMs(payment.account);
  const cancel: CancelRow = {
    amountMinor,
    cancelledAt: Math.floor(nowMs / 1000),
    reason,
    cancellationId: `cancel_${randomBytes(10).toString('hex')}`,
  };
  payment.cancels = [...(payment.cancels ?? []), cancel];
  payment.status = 'cancelled';
  portone.state.payments.put(payment);
  portone.core.ledger.append({
    provider: 'PORTONE',
    kind: 'REFUND',
    reference: payment.merchantUid,
    orderReference: orderReferenceOf(payment),
    billingKey: payment.customerUid,
    amount: amountMinor,
    currency: payment.currency,
    at: instantOf(nowMs),
  });
  return cancel;
};
