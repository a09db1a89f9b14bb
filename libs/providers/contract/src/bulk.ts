import type { Failure, ProviderAnswer, Reading } from './answer.js';
import type { ChargeRequest } from './charge.js';

export interface BulkRequest {
  /** Nexi's `externalBulkChargeId`, 1–64 characters. */
  readonly externalOperationId: string;
  readonly items: readonly ChargeRequest[];
}
export type BulkSubmission = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'ACCEPTED'; readonly providerOperationId: string }
  | ({
      readonly kind: 'REJECTED';
      readonly retryAfterSeconds?: number;
      /** Indexes of the items the error names; empty when it names none. */
      readonly itemIndexes: readonly number[];
    } & Failure)
  | { readonly kind: 'NOT_SENT'; readonly reason: string; readonly retryAfterSeconds?: number }
  | { readonly kind: 'UNKNOWN'; readonly reason: string }
);

export interface BulkItemReading {
  readonly providerKey: string;
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  readonly providerPaymentId: string | null;
  readonly providerChargeId: string | null;
  readonly failure: Failure | null;
}
export type BulkPage = Reading<{
  readonly items: readonly BulkItemReading[];
  readonly hasMore: boolean;
  readonly isDone: boolean;
}>;
