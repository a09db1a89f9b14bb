/** One call to be made. The URL is absolute; the body goes out byte for byte. */
export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From now to the last byte of the answer, waiting for a free connection included. */
  readonly deadlineMs?: number;
}

/** What came of a call. The network never throws here. */
export type HttpAnswer =
  | {
      readonly kind: 'ANSWERED';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** Not one byte of the request was handed to a socket: nothing can have happened there. */
  | { readonly kind: 'NOT_SENT'; readonly reason: string }
  /** A byte may have left: whether anything happened there is not known. */
  | { readonly kind: 'NO_ANSWER'; readonly reason: string };

/**
 * How long the answer asks us to wait: seconds or a date (RFC 9110, 10.2.3); nothing when it does
 * not say. A date is read against the server's own clock, its `Date` header.
 */
export const retryAfterSecondsOf = (
  headers: Readonly<Record<string, string>>,
): number | undefined => {
  const value = headers['retry-after']?.trim();
  if (!value) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = Math.ceil((Date.parse(value) - Date.parse(headers['date'] ?? '')) / 1000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};

/** The same as a part of a result: nothing when the answer does not say. */
export const waitOf = (answer: {
  readonly headers: Readonly<Record<string, string>>;
}): { readonly retryAfterSeconds?: number } => {
  const retryAfterSeconds = retryAfterSecondsOf(answer.headers);
  return retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
};
