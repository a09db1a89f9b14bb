import { randomBytes } from 'node:crypto';
import { instantOf } from '../core/index.js';
import { orderReferenceOf } from './charging.js';
import { minorOf } from './fields.js';
import { notify } from './notifications.js';
import type { Portone } from './portone.js';
import { restMinor } from './present.js';
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

/**
 * Some channels take a cancel in and carry it out later (paypal_v2, §5.6): until then the payment shows nothing of it. What waits does not
 * outlive the sandbox's process.
 */
export const planCancel = (
  portone: Portone,
  payment: PaymentRow,
  cancel: { amountMinor: number; reason: string | null; delaySeconds: number },
): void => {
  const { clock } = portone.core;
  const atMs = clock.nowMs(payment.account) + cancel.delaySeconds * 1000;
  const task = (): void => {
    if (cancel.amountMinor <= restMinor(payment)) cancelPayment(portone, payment, cancel);
  };
  clock.at(payment.account, atMs, { key: `cancel ${randomBytes(10).toString('hex')}`, task });
};

/** A cancel made in PortOne's console: nobody asked by API, so a webhook always tells. */
export const cancelInConsole = (
  portone: Portone,
  input: { paymentId: string; amount?: number; reason?: string },
): unknown => {
  const payment = portone.state.payments.get(input.paymentId);
  const account = payment && portone.core.accounts.get(payment.account);
  if (!payment || !account || (payment.status !== 'paid' && payment.status !== 'cancelled')) {
    throw new Error('paymentId: expected the imp_uid of a paid payment');
  }
  const rest = restMinor(payment);
  const asked = input.amount === undefined ? rest : minorOf(input.amount, payment.currency);
  if (asked === undefined || asked <= 0 || asked > rest) {
    throw new Error(`amount: expected more than 0 and at most what is left, ${rest} minor units`);
  }
  const cancel = cancelPayment(portone, payment, {
    amountMinor: asked,
    reason: input.reason ?? null,
  });
  notify(portone.core, account, { payment, cancellationId: cancel.cancellationId });
  return JSON.parse(portone.presentPayment(payment).text);
};
