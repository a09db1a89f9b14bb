import type { AmountRequest } from './amount.request.js';
import { recordCapture } from './charging.js';
import { declineMessage, declineOf } from './declines.js';
import { relatedId } from './ids.js';
import { cardOf, chargesOf, type ChargeRow, type PaymentRow } from './model.js';
import { chargedOf } from './present.js';
import { declineRefusal, internalRefusal, invalid } from './refusal.js';
import type { Nexi } from './state.js';
import { findTestCard } from './test-cards.js';
import { announce } from './webhook-announcer.js';
import { chargeFailed, charged } from './webhook-events.js';

/** Parts of one payment's life: more than a thousand help no test and make its row long. */
export const PARTS_MAX = 1000;

/** What is reserved and neither captured nor cancelled. */
export const openOf = (payment: PaymentRow): number =>
  (payment.reserved ?? 0) - chargedOf(payment) - (payment.cancelled ?? 0);

const checkCapture = (payment: PaymentRow, { amount, items }: AmountRequest): void => {
  const open = openOf(payment);
  if (payment.reserved === undefined)
    throw internalRefusal(402, 'NotReserved', 'The payment is not reserved.');
  if (amount === 0) throw internalRefusal(402, 'ZeroCharge', 'A charge must be greater than 0.');
  if (open === 0) throw internalRefusal(402, 'AlreadyCharged', 'The payment is charged already.');
  if (amount > open)
    throw internalRefusal(402, 'OverCharge', `Expected at most ${open}, found ${amount}.`);
  if (amount < payment.order.amount && !items)
    throw invalid('orderItems', 'A partial charge needs the orderItems it is for.');
  if (chargesOf(payment).length >= PARTS_MAX)
    throw invalid('amount', `A payment has at most ${PARTS_MAX} charges.`);
};

/**
 * `POST /v1/payments/{id}/charges`: captures all or a part of a reservation; answers the charge's
 * id.
 */
export const capture = (
  nexi: Nexi,
  payment: PaymentRow,
  request: AmountRequest,
): { chargeId: string } => {
  checkCapture(payment, request);
  const { amount, items, isFinal } = request;
  const nth = chargesOf(payment).length;
  const code = findTestCard(cardOf(payment.card ?? '').number)?.captureCode;
  if (code !== undefined && payment.agreement === undefined) {
    const decline = declineOf(code);
    const message = declineMessage(decline, payment.id);
    const error = { code, message, source: decline.source };
    announce(nexi, payment, () => [
      chargeFailed(payment, { error, amount, items: items ?? payment.order.items, nth }),
    ]);
    throw declineRefusal(decline, message);
  }
  const charge: ChargeRow = {
    amount,
    atMs: nexi.core.clock.nowMs(payment.account),
    ...(items === undefined ? {} : { items }),
  };
  const charges = [...chargesOf(payment), charge];
  const rest = openOf({ ...payment, charges });
  const updated: PaymentRow = {
    ...payment,
    charges,
    ...(isFinal && rest > 0 ? { cancelled: (payment.cancelled ?? 0) + rest } : {}),
  };
  nexi.state.payments.put(updated);
  recordCapture(nexi, updated, amount);
  announce(nexi, updated, () => [charged(updated, nth, charge)]);
  return { chargeId: relatedId(payment.id, 'charge', nth) };
};
