import type { Failure, Reading } from './answer.js';

export interface Card {
  /** e.g. `4092****1234`; as the provider masks it. */
  readonly maskedNumber: string | null;
  readonly brand: string | null;
  /** "2029-10", where the provider tells it. */
  readonly expiresOn: string | null;
}

/** Passes through once, in memory; never logged or stored. */
export interface RawCard {
  readonly number: string;
  readonly expiryYear: string;
  readonly expiryMonth: string;
  readonly birthOrBusinessNumber?: string;
  readonly passwordTwoDigits?: string;
  readonly cvc?: string;
}

export type Issue =
  | { readonly kind: 'ISSUED'; readonly card: Card }
  | ({ readonly kind: 'REFUSED' } & Failure)
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string }
  | { readonly kind: 'UNSUPPORTED'; readonly alternative: string };

export interface HostedRegistrationRequest {
  /** Our reference of the registration, ≤ 36 characters. */
  readonly reference: string;
  readonly currency: string;
  readonly returnUrl: string;
}
export type HostedRegistrationStart =
  | { readonly kind: 'STARTED'; readonly providerPaymentId: string; readonly paymentUrl: string }
  | ({ readonly kind: 'REFUSED' } & Failure)
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string }
  | { readonly kind: 'UNSUPPORTED'; readonly alternative: string };

export type RegistrationReading = Reading<
  | { readonly status: 'PENDING' }
  | { readonly status: 'COMPLETED'; readonly providerKey: string; readonly card: Card }
  | { readonly status: 'FAILED'; readonly reason: string }
>;

export type KeyDeletion =
  | { readonly kind: 'DELETED' }
  /** The provider has no such call (Nexi): we forget the key on our side. */
  | { readonly kind: 'FORGOTTEN' }
  | { readonly kind: 'FAILED'; readonly reason: string };
