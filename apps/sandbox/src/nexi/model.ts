/**
 * Rows of the pretend Nexi. Lean: what can be derived (ids of charges, summaries, states) is not
 * kept.
 */

export type AgreementKind = 'unscheduled' | 'scheduled';

export interface Item {
  readonly reference: string;
  readonly name: string;
  readonly quantity: number;
  readonly unit: string;
  readonly unitPrice: number;
  readonly taxRate: number;
  readonly taxAmount: number;
  readonly grossTotalAmount: number;
  readonly netTotalAmount: number;
}

/** Amounts in minor units. */
export interface OrderRow {
  readonly amount: number;
  readonly currency: string;
  readonly reference?: string;
  readonly items: readonly Item[];
}

export interface WebHook {
  readonly eventName: string;
  readonly url: string;
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Registered webhooks are mostly the same for all payments of a merchant: kept once, named by their
 * content.
 */
export interface HookSetRow {
  readonly id: string;
  readonly hooks: readonly WebHook[];
}

/**
 * A part of a payment's life: the nth of its kind has the id `relatedId(paymentId, kind, n)`.
 * Times: ms, account clock.
 */
export interface ChargeRow {
  readonly amount: number;
  readonly atMs: number;
  /** Absent: the order's. */
  readonly items?: readonly Item[];
  readonly reference?: string;
}

export type RefundState = 'Pending' | 'Cancelled' | 'Failed' | 'Completed' | 'Expired';

export interface RefundRow {
  readonly amount: number;
  readonly atMs: number;
  readonly state: RefundState;
  /** Which charge (by number), when the refund named one. */
  readonly charge?: number;
  readonly items?: readonly Item[];
}

/** What a registration asks to be made, or changed when `id` is there. */
export interface AgreementWish {
  readonly kind: AgreementKind;
  readonly id?: string;
  readonly interval?: number;
  readonly endAtMs?: number;
}

export interface CheckoutRow {
  readonly integrationType: 'EmbeddedCheckout' | 'HostedPaymentPage';
  readonly url?: string;
  readonly returnUrl?: string;
  readonly cancelUrl?: string;
  readonly charge?: boolean;
  readonly consumer?: unknown;
  readonly wish?: AgreementWish;
  readonly expiresAtMs: number;
  readonly completedAtMs?: number;
}

export interface PaymentRow {
  readonly id: string;
  readonly account: string;
  readonly atMs: number;
  readonly order: OrderRow;
  readonly myReference?: string;
  readonly hooks?: string;
  readonly agreement?: string;
  /** The agreement's kind, kept so that presenting a payment reads one row. */
  readonly kind?: AgreementKind;
  /** "number/MMYY", once a card was used. */
  readonly card?: string;
  /** The response code that refused the charge or the reservation. */
  readonly decline?: string;
  /** A fault: declined for now, paid at this time after all. */
  readonly paidLateAtMs?: number;
  readonly reserved?: number;
  readonly cancelled?: number;
  readonly terminatedAtMs?: number;
  /** Charges one by one; a payment captured whole when it was made says only that. */
  readonly charges?: readonly ChargeRow[];
  readonly isCapturedWhole?: boolean;
  readonly refunds?: readonly RefundRow[];
  readonly checkout?: CheckoutRow;
}

export interface AgreementRow {
  readonly id: string;
  readonly account: string;
  readonly kind: AgreementKind;
  readonly card: string;
  readonly atMs: number;
  readonly externalReference?: string;
  readonly interval?: number;
  readonly endAtMs?: number;
  readonly chargedAtMs?: number;
  /** An issuer's "never again" met this card; kept while the switch for it is on. */
  readonly isBlocked?: boolean;
}

/** What a key once brought forth: `id` names the key and what it was sent to. */
export interface IdempotencyRow {
  readonly id: string;
  /** The id of what was made; where nothing was, the code that refused it. */
  readonly made: string;
  /** Kept where what was made does not tell it. */
  readonly amount?: number;
}

export interface BulkItemRow {
  /** Absent when the agreement was unknown on arrival: the item fails. */
  readonly agreement?: string;
  /** The id that named no agreement. */
  readonly unknown?: string;
  readonly externalReference?: string;
  readonly order?: OrderRow;
  readonly myReference?: string;
}

/** A misbehaviour drawn for a whole operation when it was accepted. */
export interface BulkFate {
  readonly fate: 'bulk-stuck' | 'bulk-item-missing' | 'bulk-reordered';
  /** Stuck: until then (ms, account clock). */
  readonly untilMs?: number;
  /** Missing: which item. */
  readonly index?: number;
}

export interface BulkRow {
  readonly id: string;
  readonly account: string;
  readonly kind: AgreementKind;
  readonly work: 'charges' | 'verifications';
  readonly hooks?: string;
  readonly atMs: number;
  readonly startMs: number;
  readonly itemMs: number;
  /** Once done the orders are gone from here: each stands with its payment. */
  readonly items: readonly BulkItemRow[];
  readonly isDone?: boolean;
  readonly fate?: BulkFate;
}

/** How many items of an unfinished operation are done: from the first on, in order. */
export interface BulkProgressRow {
  readonly id: string;
  readonly completed: number;
}

export const cardOf = (card: string): { number: string; expiry: string } => {
  const [number = '', expiry = ''] = card.split('/');
  return { number, expiry };
};

const NO_CHARGES: readonly ChargeRow[] = [];

export const chargesOf = ({
  charges,
  isCapturedWhole,
  order,
  atMs,
}: PaymentRow): readonly ChargeRow[] =>
  charges ?? (isCapturedWhole ? [{ amount: order.amount, atMs }] : NO_CHARGES);
