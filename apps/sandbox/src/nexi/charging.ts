import { classOf } from '#kernel';
import { codeOfAmount, declineMessage, declineOf, type Decline } from './declines.js';
import { newId } from './ids.js';
import { cardOf, chargesOf, type AgreementRow, type OrderRow, type PaymentRow } from './model.js';
import type { Nexi } from './state.js';
import { findTestCard } from './test-cards.js';
import { runAt } from './timers.js';
import { announce } from './webhook-announcer.js';
import { charged, created, reservationFailed, reserved } from './webhook-events.js';

interface AgreementCharge {
  readonly agreement: AgreementRow;
  readonly order: OrderRow;
  readonly myReference?: string;
  readonly hooks?: string;
  /**
   * Given by a bulk operation, so that an item has one payment however often its operation is taken
   * up again.
   */
  readonly paymentId?: string;
  /** A fault: the answer is a decline, and the money moves so many seconds later. */
  readonly paidLateSeconds?: number;
}

export type ChargeResult =
  | { readonly kind: 'CHARGED'; readonly payment: PaymentRow }
  | { readonly kind: 'DECLINED'; readonly payment: PaymentRow; readonly decline: Decline };

const DAY_MS = 86_400_000;

/**
 * Days between charges count from the making of the agreement or its last charge, whichever is
 * later.
 */
const isTooEarly = ({ interval, atMs, chargedAtMs = atMs }: AgreementRow, nowMs: number): boolean =>
  interval !== undefined && nowMs < Math.max(atMs, chargedAtMs) + interval * DAY_MS;

/** The issuer's no to a charge that a fault lets through later. */
const LATE_CODE = '05';

const codeFor = ({ core }: Nexi, charge: AgreementCharge, nowMs: number): string | undefined => {
  const { agreement, order } = charge;
  if (agreement.endAtMs !== undefined && nowMs > agreement.endAtMs) return '1030';
  if (isTooEarly(agreement, nowMs)) return '1020';
  const isBlocking = core.switches.get('nexiHardDeclineBlock') === 'on';
  if (agreement.isBlocked && isBlocking) return '1029';
  const code =
    codeOfAmount(order.amount) ?? findTestCard(cardOf(agreement.card).number)?.chargeCode;
  return code ?? (charge.paidLateSeconds === undefined ? undefined : LATE_CODE);
};

/**
 * What an answered charge came to, told from its payment: the first answer and each replay of it.
 */
export const resultOf = (payment: PaymentRow): ChargeResult =>
  payment.decline === undefined
    ? { kind: 'CHARGED', payment }
    : { kind: 'DECLINED', payment, decline: declineOf(payment.decline) };

export const messageOf = (payment: PaymentRow, decline: Decline): string =>
  declineMessage(decline, payment.id);

/** Charges a stored card. A new payment comes to be in any case, also when the issuer declines. */
export const chargeAgreement = (nexi: Nexi, charge: AgreementCharge): ChargeResult => {
  const { agreement, order, myReference, hooks } = charge;
  const atMs = nexi.core.clock.nowMs(agreement.account);
  const code = codeFor(nexi, charge, atMs);
  // One literal, so that a million rows share one shape; what is undefined is not written down.
  const payment: PaymentRow = {
    id: charge.paymentId ?? newId('payment'),
    account: agreement.account,
    atMs,
    order,
    myReference,
    hooks,
    agreement: agreement.id,
    kind: agreement.kind,
    card: agreement.card,
    decline: code,
    reserved: code === undefined ? order.amount : undefined,
    isCapturedWhole: code === undefined ? true : undefined,
  };
  if (code !== undefined) return decline(nexi, charge, payment);
  collect(nexi, payment, { isNew: true });
  return resultOf(payment);
};

const decline = (nexi: Nexi, charge: AgreementCharge, payment: PaymentRow): ChargeResult => {
  const { agreement, paidLateSeconds } = charge;
  const isLate = paidLateSeconds !== undefined && payment.decline === LATE_CODE;
  const kept = isLate
    ? { ...payment, paidLateAtMs: payment.atMs + paidLateSeconds * 1000 }
    : payment;
  nexi.state.payments.put(kept);
  blockAfterHardDecline(nexi, agreement, kept);
  announce(nexi, kept, () => [created(kept), reservationFailed(kept)]);
  if (isLate) planLatePayment(nexi, kept);
  return resultOf(kept);
};

const blockAfterHardDecline = (
  { core, state }: Nexi,
  agreement: AgreementRow,
  { decline }: PaymentRow,
): void => {
  if (core.switches.get('nexiHardDeclineBlock') !== 'on' || agreement.isBlocked) return;
  if (classOf(declineOf(decline ?? '').outcome) === 'HARD')
    state.agreements.put({ ...agreement, isBlocked: true });
};

/** Writes down a payment that was reserved and captured in one. */
const collect = (nexi: Nexi, payment: PaymentRow, { isNew }: { isNew: boolean }): void => {
  nexi.state.payments.put(payment);
  const agreement = nexi.state.agreements.get(payment.agreement ?? '');
  const [charge] = chargesOf(payment);
  if (!charge) return;
  if (agreement?.interval) nexi.state.agreements.put({ ...agreement, chargedAtMs: charge.atMs });
  recordCapture(nexi, payment, charge.amount);
  announce(nexi, payment, () => [
    ...(isNew ? [created(payment)] : []),
    reserved(payment),
    charged(payment, 0, charge),
  ]);
};

/** A payment that was reported failed is paid after all, in its own time. */
export const planLatePayment = (nexi: Nexi, payment: PaymentRow): void => {
  const { id, account, paidLateAtMs } = payment;
  if (paidLateAtMs === undefined) return;
  runAt(nexi, { account, atMs: paidLateAtMs, key: `nexi-late ${id}` }, () => {
    const row = nexi.state.payments.get(id);
    if (row?.paidLateAtMs === undefined) return;
    const { decline: _decline, paidLateAtMs: _paidLateAtMs, ...unpaid } = row;
    const charge = { amount: row.order.amount, atMs: nexi.core.clock.nowMs(account) };
    collect(nexi, { ...unpaid, reserved: charge.amount, charges: [charge] }, { isNew: false });
  });
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
