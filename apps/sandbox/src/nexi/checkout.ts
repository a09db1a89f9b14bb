import { codeOfAmount, declineMessage, declineOf, type Decline } from './declines.js';
import { recordCapture } from './charging.js';
import { newId } from './ids.js';
import type { AgreementRow, AgreementWish, CheckoutRow, PaymentRow } from './model.js';
import type { Nexi } from './state.js';
import { findTestCard, type TestCard } from './test-cards.js';
import { defaultExpiry } from './times.js';
import { announce } from './webhook-announcer.js';
import { charged, checkoutCompleted, reservationFailed, reserved } from './webhook-events.js';

type CheckoutResult =
  | { readonly kind: 'COMPLETED'; readonly payment: PaymentRow }
  /** The issuer said no; the checkout stays open for another card. */
  | { readonly kind: 'DECLINED'; readonly decline: Decline; readonly message: string }
  | { readonly kind: 'REFUSED'; readonly reason: string };

export const hostedPageUrl = ({ core }: Nexi, payment: PaymentRow): string => {
  const checkoutKey = core.accounts.find('NEXI', payment.account)?.secret ?? '';
  const query = new URLSearchParams({ checkoutKey, pid: payment.id });
  return `${core.config.publicUrl}/nexi/hostedpaymentpage/?${query}`;
};

/** What a read gives as the checkout's address. */
export const checkoutUrlOf = (nexi: Nexi, payment: PaymentRow): string => {
  if (!payment.checkout) return '';
  return payment.checkout.integrationType === 'HostedPaymentPage'
    ? hostedPageUrl(nexi, payment)
    : (payment.checkout.url ?? '');
};

/** Where the browser goes afterwards: the payment's id in lower case, and no word on the result. */
export const returnUrlOf = (payment: PaymentRow): string | undefined => {
  const target = payment.checkout?.returnUrl ?? payment.checkout?.url;
  if (target === undefined) return undefined;
  const url = new URL(target);
  url.searchParams.set('paymentid', payment.id);
  return url.toString();
};

/** Why a card can't be given any more; nothing while it can. */
export const closedReason = ({ core }: Nexi, payment: PaymentRow): string | undefined => {
  if (!payment.checkout) return 'This payment has no checkout.';
  if (payment.checkout.completedAtMs !== undefined) return 'This payment is completed already.';
  if (payment.terminatedAtMs !== undefined) return 'This payment was terminated by the merchant.';
  return core.clock.nowMs(payment.account) > payment.checkout.expiresAtMs
    ? 'This checkout has expired.'
    : undefined;
};

/** A registration meets only the registration's own fate; a purchase meets the charge's too. */
const codeFor = (card: TestCard, payment: PaymentRow): string | undefined => {
  if (card.registrationCode !== undefined) return card.registrationCode;
  if (payment.order.amount === 0) return undefined;
  return (
    codeOfAmount(payment.order.amount) ??
    (payment.checkout?.wish === undefined ? card.chargeCode : undefined)
  );
};

const keepAgreement = (
  { state }: Nexi,
  wish: AgreementWish,
  card: { account: string; card: string; atMs: number },
): AgreementRow => {
  const known = wish.id === undefined ? undefined : state.agreements.get(wish.id);
  const row: AgreementRow = {
    ...(known ?? { id: wish.id ?? newId('agreement'), atMs: card.atMs }),
    ...(known?.isBlocked ? { isBlocked: false } : {}),
    account: card.account,
    kind: wish.kind,
    card: card.card,
    ...(wish.interval === undefined ? {} : { interval: wish.interval }),
    ...(wish.endAtMs === undefined ? {} : { endAtMs: wish.endAtMs }),
  };
  state.agreements.put(row);
  return row;
};

/** What happens when a person gives a card on the page, or a script does. `expiry`: MMYY. */
export const giveCard = (
  nexi: Nexi,
  payment: PaymentRow,
  given: { number: string; expiry?: string },
): CheckoutResult => {
  const reason = closedReason(nexi, payment);
  const { checkout } = payment;
  if (reason !== undefined || !checkout)
    return { kind: 'REFUSED', reason: reason ?? 'This payment has no checkout.' };
  const testCard = findTestCard(given.number);
  if (!testCard)
    return { kind: 'REFUSED', reason: 'This is not a test card; GET /control/cards lists them.' };
  const code = codeFor(testCard, payment);
  if (code === undefined) {
    const atMs = nexi.core.clock.nowMs(payment.account);
    const card = `${testCard.number}/${given.expiry ?? defaultExpiry(atMs)}`;
    return { kind: 'COMPLETED', payment: complete(nexi, payment, { checkout, card, atMs }) };
  }
  const decline = declineOf(code);
  announce(nexi, payment, () => [reservationFailed({ ...payment, decline: code }, newId('event'))]);
  return { kind: 'DECLINED', decline, message: declineMessage(decline, payment.id) };
};

const complete = (
  nexi: Nexi,
  payment: PaymentRow,
  { checkout, card, atMs }: { checkout: CheckoutRow; card: string; atMs: number },
): PaymentRow => {
  const { account, order } = payment;
  const agreement = checkout.wish && keepAgreement(nexi, checkout.wish, { account, card, atMs });
  const capture = checkout.charge && order.amount > 0 ? { amount: order.amount, atMs } : undefined;
  const completed: PaymentRow = {
    ...payment,
    card,
    ...(agreement ? { agreement: agreement.id, kind: agreement.kind } : {}),
    ...(order.amount > 0 ? { reserved: order.amount } : {}),
    ...(capture ? { charges: [capture] } : {}),
    checkout: { ...checkout, completedAtMs: atMs },
  };
  nexi.state.payments.put(completed);
  if (capture) recordCapture(nexi, completed, capture.amount);
  announce(nexi, completed, () => [
    reserved(completed),
    checkoutCompleted(completed),
    ...(capture ? [charged(completed, 0, capture)] : []),
  ]);
  return completed;
};
