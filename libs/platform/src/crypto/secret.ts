import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits of entropy in 50 lowercase letters and digits: log2(36^50) = 258.5. Selected whole by a double click. */
export const SECRET_LENGTH = 50;
const SECRET_BYTES = 32;

export const newSecret = (): string =>
  BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`)
    .toString(36)
    .padStart(SECRET_LENGTH, '0');

/** Enough for high-entropy secrets; a password would need a slow hash. */
export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time; the digests are of equal length whatever came in, so not even the length is told. */
export const isSameSecret = (found: string, expected: string): boolean =>
  timingSafeEqual(sha256(found), sha256(expected));

/** Compares a secret with the kept SHA-256 of the right one, in constant time. */
export const matchesHash = (secret: string, hash: Buffer): boolean => {
  const digest = sha256(secret);
  return hash.length === digest.length && timingSafeEqual(digest, hash);
};

/** A short mark that finds a typo; proves nothing. `length` ≤ 49: a SHA-256 has that many digits in base 36. */
export const checksumOf = (text: string, length: number): string =>
  BigInt(`0x${sha256(text).toString('hex')}`)
    .toString(36)
    .padStart(SECRET_LENGTH, '0')
    .slice(-length);
