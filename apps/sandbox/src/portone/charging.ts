import type { FailureCode } from '#kernel';
import { instantOf, type Account, type SandboxCore, type Strike } from '../core/index.js';
import { failed, MESSAGES, type Answer } from './answer.js';
import { declineOf, pgText } from './declines.js';
import { notify } from './notifications.js';
import type { OrderFields } from './reading.js';
import type { Buyer, KeyUsage, PaymentRow, StoredCard } from './rows.js';
import type { PortoneState } from './state.js';
import { isDecline, type CardFate } from './test-cards.js';

export interface ChargeOrder {
  account: Account;
  customerUid: string | null;
  usage: KeyUsage | null;
  card: StoredCard;
  buyer: Buyer | null;
  userAgent: string | null;
  order: OrderFields;
}

export type ChargeResult =
  { payment: PaymentRow; refusal?: undefined } | { payment?: undefined; refusal: Answer };

/** How long a payment stays failed, or pending, before it is paid after all. */
const LATE_SECONDS = 60;
const LATER_PAID: Partial<Record<CardFate, number>> = {
  LATE: LATE_SECONDS,
  LATE_DECLINE: 5,
  PENDING: 5,
};
/** Long enough for a second request to pass the guard beside the first. */
const RACE_MS = 50;

/** The pretended PG: one charge in, one payment or refusal out. */
export class Charging {
  constructor(
    private readonly core: SandboxCore,
    private readonly state: PortoneState,
  ) {
    for (const payment of state.payments.values()) this.planLate(payment);
  }

  /** An immediate charge: a failed payment sends no webhook, a refusal leaves nothing. */
  charge(order: ChargeOrder, strike?: Strike): ChargeResult | Promise<ChargeResult> {
    const mode = this.guardMode(strike);
    if (this.isDuplicate(order.account, order.order.merchantUid, mode)) {
      return { refusal: failed(MESSAGES.alreadyOrdered) };
    }
    if (mode !== 'racy') return this.execute(order, strike);
    return new Promise((resolve) => {
      setTimeout(() => resolve(this.execute(order, strike)), RACE_MS);
    });
  }

  private execute(order: ChargeOrder, strike?: Strike): ChargeResult {
    const refusal = refusalOf(order.card, MESSAGES.chargeRefused);
    if (refusal) return { refusal };
    const payment = this.make(order, strike);
    if (payment.status === 'paid') notify(this.core, order.account, { payment });
    return { payment };
  }

  /** A scheduled charge: whatever comes of it is a payment and a webhook, but a duplicate is neither. */
  fire(order: ChargeOrder, strike?: Strike): PaymentRow | undefined {
    const mode = this.guardMode(strike);
    if (this.isDuplicate(order.account, order.order.merchantUid, mode)) return undefined;
    const payment = this.make(order, strike);
    notify(this.core, order.account, { payment });
    return payment;
  }

  /** A payment that was declined before anything reached the PG. */
  fireFailed(order: ChargeOrder, reason: string): PaymentRow {
    const payment = this.open(order);
    payment.status = 'failed';
    payment.failedAt = payment.startedAt;
    payment.failReason = reason;
    this.state.payments.put(payment);
    notify(this.core, order.account, { payment });
    return payment;
  }

  /** Whether the merchant_uid was used up: paid or cancelled, or (strict) so much as tried. */
  isDuplicate(account: Account, merchantUid: string, mode: string): boolean {
    if (mode === 'none') return false;
    const earlier = this.state.paymentsOf(account.key, merchantUid);
    if (earlier.length === 0) return false;
    if (mode === 'strict') return true;
    return earlier.some(({ status }) => status === 'paid' || status === 'cancelled');
  }

  guardMode(strike?: Strike): string {
    if (strike?.rule.fate === 'duplicate-guard') return strike.rule.options.mode ?? 'paid-only';
    return String(this.core.switches.get('duplicateGuard'));
  }

  /** A capture beside the guard and without a webhook: the first half of a card check. */
  capturePayment(order: ChargeOrder): PaymentRow {
    const payment = this.open(order);
    this.capture(payment);
    this.state.payments.put(payment);
    return payment;
  }

  private make(order: ChargeOrder, strike?: Strike): PaymentRow {
    const payment = this.open(order);
    const { fate } = order.card;
    const lateSeconds =
      strike?.rule.fate === 'failed-then-paid'
        ? (strike.rule.options.seconds ?? LATE_SECONDS)
        : LATER_PAID[fate];
    if (!isDecline(fate) && lateSeconds === undefined) this.capture(payment);
    else if (fate !== 'PENDING') {
      payment.status = 'failed';
      payment.failedAt = payment.startedAt;
      payment.failReason = pgText(declineOf(declineFor(fate)));
    }
    if (lateSeconds !== undefined) {
      payment.lateAtMs = this.core.clock.nowMs(order.account.key) + lateSeconds * 1000;
      this.planLate(payment);
    }
    this.state.payments.put(payment);
    return payment;
  }

  private open(by: ChargeOrder): PaymentRow {
    const { order } = by;
    return {
      impUid: this.state.nextImpUid(),
      account: by.account.key,
      merchantUid: order.merchantUid,
      customerUid: by.customerUid,
      usage: by.usage,
      card: by.card,
      amountMinor: order.amountMinor,
      currency: order.currency,
      name: order.name,
      buyer: by.buyer,
      customData: order.customData,
      noticeUrl: order.noticeUrl,
      userAgent: by.userAgent,
      quota: order.quota,
      status: 'ready',
      startedAt: Math.floor(this.core.clock.nowMs(by.account.key) / 1000),
      paidAt: 0,
      failedAt: 0,
      failReason: null,
      cancels: null,
      lateAtMs: 0,
    };
  }

  private capture(payment: PaymentRow): void {
    const nowMs = this.core.clock.nowMs(payment.account);
    payment.status = 'paid';
    payment.paidAt = Math.floor(nowMs / 1000);
    payment.failReason = null;
    this.core.ledger.append({
      provider: 'PORTONE',
      kind: 'CAPTURE',
      reference: payment.merchantUid,
      orderReference: orderReferenceOf(payment),
      billingKey: payment.customerUid,
      amount: payment.amountMinor,
      currency: payment.currency,
      at: instantOf(nowMs),
    });
  }

  /** Some PGs answer failed, approve later, and send `paid` (PortOne's webhook page names Paymentwall). */
  private planLate(payment: PaymentRow): void {
    if (payment.lateAtMs === 0) return;
    const task = (): void => {
      const account = this.core.accounts.get(payment.account);
      if (!account || (payment.status !== 'failed' && payment.status !== 'ready')) return;
      payment.lateAtMs = 0;
      payment.failedAt = 0;
      this.capture(payment);
      this.state.payments.put(payment);
      notify(this.core, account, { payment });
    };
    const key = `late ${payment.impUid}`;
    this.core.clock.at(payment.account, payment.lateAtMs, { key, task });
  }
}

/** What a payment that failed says where its card says nothing. */
const declineFor = (fate: CardFate): FailureCode => {
  if (isDecline(fate)) return fate;
  return fate === 'LATE_DECLINE' ? 'INSUFFICIENT_FUNDS' : 'ISSUER_UNAVAILABLE';
};

/** The refusal that leaves no payment, when that is this card's way to fail. */
export const refusalOf = (card: StoredCard, message: string): Answer | undefined => {
  if (!card.isRefused || !isDecline(card.fate)) return undefined;
  const decline = declineOf(card.fate);
  const prefix = card.fate === 'INVALID_CARD' ? MESSAGES.cardRefused : message;
  return failed(`${prefix} ${pgText(decline)}`, { code: -1 });
};

/** The merchant's own order id travels as `custom_data` `{"orderId":"…"}`; who sends none is known by merchant_uid. */
export const orderReferenceOf = (payment: PaymentRow): string => {
  const text = payment.customData;
  if (text?.startsWith('{')) {
    try {
      const { orderId } = JSON.parse(text) as { orderId?: unknown };
      if (typeof orderId === 'string' && orderId !== '') return orderId;
    } catch {
      // Anything may stand in custom_data.
    }
  }
  return payment.merchantUid;
};
