import { codeOfAmount, declineMessage, declineOf, type Decline } from './declines.js';
import { newId } from './ids.js';
import { cardOf, type AgreementRow, type OrderRow, type PaymentRow } from './model.js';
import type { Nexi } from './state.js';
import { findTestCard } from './test-cards.js';
import { announce, charged, created, reservationFailed, reserved } from './webhook-events.js';

export interface AgreementCharge {
  readonly agreement: AgreementRow;
  readonly order: OrderRow;
  readonly myReference?: string;
  readonly hooks?: string;
  /** Given by a bulk operation, so that an item has one payment however often its operation is taken up again. */
  readonly paymentId?: string;
}

export type ChargeResult =
  | { readonly kind: 'CHARGED'; readonly payment: PaymentRow }
  | { readonly kind: 'DECLINED'; readonly payment: PaymentRow; readonly decline: Decline };

const DAY_MS = 86_400_000;

/** Days between charges count from the making of the agreement or its last charge, whichever is later. */
const isTooEarly = ({ interval, atMs, chargedAtMs = atMs }: AgreementRow, nowMs: number): boolean =>
  interval !== undefined && nowMs < Math.max(atMs, chargedAtMs) + interval * DAY_MS;

const codeFor = ({ agreement, order }: AgreementCharge, nowMs: number): string | undefined => {
  if (agreement.endAtMs !== undefined && nowMs > agreement.endAtMs) return '1030';
  if (isTooEarly(agreement, nowMs)) return '1020';
  return codeOfAmount(order.amount) ?? findTestCard(cardOf(agreement.card).number)?.chargeCode;
};

/** What an answered charge came to, told from its payment: the first answer and each replay of it. */
export const resultOf = (payment: PaymentRow): ChargeResult =>
  payment.decline === undefined
    ? { kind: 'CHARGED', payment }
    : { kind: 'DECLINED', payment, decline: declineOf(payment.decline) };

export const messageOf = (payment: PaymentRow, decline: Decline): string =>
  declineMessage(decline, payment.id);

/** Charges a stored card. A new payment comes to be in any case, also when the issuer declines. */
export const chargeAgreement = (nexi: Nexi, charge: AgreementCharge): ChargeResult => {
  const { core, state } = nexi;
  const { agreement, order, myReference, hooks } = charge;
  const atMs = core.clock.nowMs(agreement.account);
  const decline = codeFor(charge, atMs);
  const base: PaymentRow = {
    id: charge.paymentId ?? newId('payment'),
    account: agreement.account,
    atMs,
    order,
    ...(myReference === undefined ? {} : { myReference }),
    ...(hooks === undefined ? {} : { hooks }),
    agreement: agreement.id,
    kind: agreement.kind,
    card: agreement.card,
  };
  if (decline !== undefined) {
    const payment = { ...base, decline };
    state.payments.put(payment);
    announce(nexi, payment, [created(payment), reservationFailed(payment)]);
    return resultOf(payment);
  }
  const capture = { amount: order.amount, atMs };
  const payment: PaymentRow = { ...base, reserved: order.amount, charges: [capture] };
  state.payments.put(payment);
  if (agreement.kind === 'scheduled') state.agreements.put({ ...agreement, chargedAtMs: atMs });
  recordCapture(nexi, payment, order.amount);
  announce(nexi, payment, [created(payment), reserved(payment), charged(payment, 0, capture)]);
  return resultOf(payment);
};

const recordMoney = (
  { core }: Nexi,
  payment: PaymentRow,
  movement: { kind: 'CAPTURE' | 'REFUND'; amount: number },
): void =>
  core.ledger.append({
    provider: 'NEXI',
    ...movement,
    reference: payment.id,
    orderReference: payment.order.reference ?? payment.myReference ?? '',
    billingKey: payment.agreement ?? null,
    currency: payment.order.currency,
    at: new Date(core.clock.nowMs(payment.account)).toISOString(),
  });

export const recordCapture = (nexi: Nexi, payment: PaymentRow, amount: number): void =>
  recordMoney(nexi, payment, { kind: 'CAPTURE', amount });

export const recordRefund = (nexi: Nexi, payment: PaymentRow, amount: number): void =>
  recordMoney(nexi, payment, { kind: 'REFUND', amount });
