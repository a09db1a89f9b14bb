import type { Money } from '#kernel';
import type { Failure, ProviderAnswer, Reading } from './answer.js';

export type ScheduleSubmission = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'REGISTERED' }
  | ({ readonly kind: 'REJECTED'; readonly retryAfterSeconds?: number } & Failure)
  | { readonly kind: 'NOT_SENT'; readonly reason: string; readonly retryAfterSeconds?: number }
  | { readonly kind: 'UNKNOWN'; readonly reason: string }
);

export type ScheduleReading = Reading<{
  readonly status: 'SCHEDULED' | 'EXECUTED' | 'REVOKED';
  /** Seconds since 1970, provider's clock. */
  readonly dueAtSeconds: number;
  readonly amount: Money;
  readonly providerPaymentId: string | null;
  readonly answer: ProviderAnswer;
}>;

export type ScheduleRevocation =
  /** Only this says that the provider will not fire. */
  | { readonly kind: 'REVOKED' }
  | { readonly kind: 'NOTHING_TO_REVOKE' }
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string };
