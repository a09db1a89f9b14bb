import type { Brand, CardFate } from './test-cards.js';

/** A card as a key or a charge remembers it; its number is kept masked. */
export interface StoredCard {
  brand: Brand;
  masked: string;
  fate: CardFate;
  isRefused: boolean;
}

export interface Buyer {
  name: string | null;
  email: string | null;
  tel: string | null;
  addr: string | null;
  postcode: string | null;
}

export interface KeyRow {
  account: string;
  customerUid: string;
  card: StoredCard;
  customerId: string | null;
  customer: Buyer | null;
  insertedAt: number;
  updatedAt: number;
}

export interface CancelRow {
  amountMinor: number;
  cancelledAt: number;
  reason: string | null;
  cancellationId: string;
}

export type PaymentStatus = 'ready' | 'paid' | 'failed' | 'cancelled';
export type KeyUsage = 'issue' | 'payment' | 'payment.scheduled';

/** Lean: a million of these are kept. What can be derived is derived when it is shown. Times are Unix seconds, 0 for never. */
export interface PaymentRow {
  impUid: string;
  account: string;
  merchantUid: string;
  customerUid: string | null;
  usage: KeyUsage | null;
  card: StoredCard;
  amountMinor: number;
  currency: string;
  name: string | null;
  buyer: Buyer | null;
  customData: string | null;
  noticeUrl: string | null;
  userAgent: string | null;
  quota: number;
  status: PaymentStatus;
  startedAt: number;
  paidAt: number;
  failedAt: number;
  failReason: string | null;
  cancels: CancelRow[] | null;
  /** When a failed payment will turn out paid after all, in milliseconds. */
  lateAtMs: number;
}

export interface ScheduleRow {
  account: string;
  merchantUid: string;
  customerUid: string;
  scheduleAt: number;
  amountMinor: number;
  currency: string;
  name: string | null;
  buyer: Buyer | null;
  customData: string | null;
  noticeUrl: string | null;
  quota: number;
  status: 'scheduled' | 'executed' | 'revoked';
  executedAt: number;
  revokedAt: number;
  /** The payment it became, when there is one. */
  impUid: string | null;
  /** Why it became none. */
  failReason: string | null;
}

export interface PreparedRow {
  account: string;
  merchantUid: string;
  amountMinor: number;
  currency: string | null;
}
