import { sha256 } from '#platform/crypto';

/** What a caller sent, to be told from other content under the same idempotency key. */
export const requestHashOf = (sent: readonly (string | null | undefined)[]): string =>
  sha256(JSON.stringify(sent.map((part) => part ?? null))).toString('hex');
