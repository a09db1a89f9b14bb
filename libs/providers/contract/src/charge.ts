import type { Money, Order } from '#kernel';
import type { Failure, ProviderAnswer } from './answer.js';

/** What one submission of a charge came to. What no rule names is UNKNOWN. */
export type Outcome = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'NOT_SENT'; readonly reason: string; readonly retryAfterSeconds?: number }
  | ({ readonly kind: 'REJECTED'; readonly retryAfterSeconds?: number } & Failure)
  | ({ readonly kind: 'DECLINED'; readonly providerPaymentId: string | null } & Failure)
  | {
      readonly kind: 'SUCCEEDED';
      readonly providerPaymentId: string;
      readonly providerChargeId: string | null;
      readonly captured: Money;
    }
  | { readonly kind: 'PENDING'; readonly providerPaymentId: string | null }
  | {
      readonly kind: 'UNKNOWN';
      readonly reason: string;
      /** Known when the answer named a payment, though not its fate. */
      readonly providerPaymentId?: string;
    }
);
export type OutcomeKind = Outcome['kind'];

export interface ChargeRequest {
  /** `[a-z0-9]{20,36}`: PortOne's `merchant_uid`; Nexi's `Idempotency-Key` and `myReference`. */
  readonly providerReference: string;
  readonly providerKey: string;
  readonly order: Order;
}

/** A payment as the provider tells it. */
export interface ProviderPayment {
  readonly providerPaymentId: string;
  readonly providerChargeId: string | null;
  /** Our reference, where the provider echoes it. */
  readonly reference: string | null;
  readonly providerKey: string | null;
  readonly status: 'PENDING' | 'PAID' | 'FAILED' | 'CANCELED';
  /** The amount the payment is for. */
  readonly amount: Money;
  /** What was captured in all, refunds not taken off. */
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly failure: Failure | null;
  readonly answer: ProviderAnswer;
}

/** A reference and the key it was sent with: a charge may have gone on with another card since. */
export interface SentReference {
  readonly reference: string;
  readonly providerKey: string;
}

export interface ChargeQuestion {
  /** All the references this charge ever used, each once. */
  readonly references: readonly SentReference[];
  readonly order: Order;
  /** Named by an earlier answer or a webhook. */
  readonly providerPaymentIds: readonly string[];
}
