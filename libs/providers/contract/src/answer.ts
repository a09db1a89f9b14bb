import type { FailureCode } from '#kernel';

/**
 * A request as it will stand on the wire: written down before it is sent, the same bytes on every
 * resend. Holds no credentials.
 */
export interface FrozenRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the provider said, redacted: kept beside what we made of it. */
export interface ProviderAnswer {
  readonly status: number | null;
  readonly body: unknown;
}

export interface Failure {
  readonly failureCode: FailureCode;
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
}

/** What a question to the provider came to. ABSENT is its own word, never the lack of one. */
export type Reading<T> =
  | ({ readonly kind: 'FOUND' } & T)
  | { readonly kind: 'ABSENT'; readonly answer?: ProviderAnswer }
  | { readonly kind: 'UNAVAILABLE'; readonly reason: string; readonly retryAfterSeconds?: number };
