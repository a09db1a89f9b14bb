import { z } from 'zod';

/**
 * A key that wraps the merchants' data keys. The first one of the list encrypts, all of them
 * decrypt.
 */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Buffer;
}

/** AES-256 takes exactly this many bytes. */
export const ENCRYPTION_KEY_BYTES = 32;

const EXPECTED =
  `expected id:base64,… where each key is ${ENCRYPTION_KEY_BYTES} bytes ` +
  'and each id is used once';
/**
 * The base64 of 32 bytes is 43 characters and one sign of padding; anything else is a mistyped key.
 */
const ENTRY = /^([A-Za-z0-9_-]{1,40}):([A-Za-z0-9+/]{43}=)$/;

export const parseEncryptionKeys = (list: string): readonly EncryptionKey[] | undefined => {
  const keys: EncryptionKey[] = [];
  for (const entry of list.split(',')) {
    const [, id, base64] = ENTRY.exec(entry.trim()) ?? [];
    if (!id || !base64 || keys.some((other) => other.id === id)) return undefined;
    keys.push({ id, key: Buffer.from(base64, 'base64') });
  }
  return Object.freeze(keys);
};

export const encryptionKeys = (): z.ZodType<readonly EncryptionKey[], string> =>
  z.string().transform((list, context) => {
    const keys = parseEncryptionKeys(list);
    if (keys) return keys;
    context.addIssue(EXPECTED);
    return z.NEVER;
  });
