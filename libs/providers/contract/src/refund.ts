import type { Money, Order } from '#kernel';
import type { Failure, ProviderAnswer, Reading } from './answer.js';

export interface RefundRequest {
  /** Our id of the refund without hyphens: Nexi's `Idempotency-Key`. */
  readonly reference: string;
  readonly providerPaymentId: string;
  readonly providerChargeId: string | null;
  readonly amount: Money;
  readonly capturedMinor: number;
  /** Before this refund. PortOne's `checksum` is captured − this. */
  readonly refundedBeforeMinor: number;
  readonly order: Order;
  readonly reason: string;
}
export type RefundOutcome = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'SUCCEEDED' | 'PENDING'; readonly providerRefundId: string | null }
  | ({ readonly kind: 'FAILED' } & Failure)
  | { readonly kind: 'NOT_SENT'; readonly reason: string; readonly retryAfterSeconds?: number }
  | { readonly kind: 'UNKNOWN'; readonly reason: string }
);
export type RefundReading = Reading<{
  /** Everything refunded on the payment so far. */
  readonly refundedMinor: number;
  readonly refunds: readonly {
    readonly providerRefundId: string;
    readonly amountMinor: number;
    readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  }[];
}>;
