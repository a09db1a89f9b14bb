import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** 96 bits: the one nonce size GCM was designed for. Random, so one key must stay below 2^32 seals (NIST SP 800-38D). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';
/** What sealed text begins with; another form of sealing gets another number. */
const VERSION = 's1';

/** Sealed text was changed, moved to another place, or sealed with a key we don't have. Says nothing of what is inside. */
export class SealBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealBroken';
  }
}

export interface SealingKey {
  /** Stands in the header of what it sealed: letters, digits, `_` and `-`. */
  readonly id: string;
  readonly key: Buffer;
}

/** `s1:<key id>:<base64url of nonce, tag and ciphertext>`. `context` is authenticated, not stored: it must be the same to open. */
export const seal = (key: SealingKey, plain: Buffer, context: string): string => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${VERSION}:${key.id}:${context}`));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  const packed = Buffer.concat([nonce, cipher.getAuthTag(), body]);
  return `${VERSION}:${key.id}:${packed.toString('base64url')}`;
};

const SEALED = /^s1:([A-Za-z0-9_-]{1,40}):([A-Za-z0-9_-]+)$/;

/** The id of the key that sealed it. Throws {@link SealBroken}. */
export const sealedWith = (sealed: string): string => {
  const [, keyId] = SEALED.exec(sealed) ?? [];
  if (!keyId) throw new SealBroken('expected sealed text, found something else');
  return keyId;
};

/** Throws {@link SealBroken}. */
export const unseal = (key: SealingKey, sealed: string, context: string): Buffer => {
  const keyId = sealedWith(sealed);
  const packed = Buffer.from(sealed.slice(VERSION.length + keyId.length + 2), 'base64url');
  if (keyId !== key.id || packed.length < NONCE_BYTES + TAG_BYTES)
    throw new SealBroken(`expected text sealed with ${key.id}, found ${keyId}`);
  const nonce = packed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(`${VERSION}:${key.id}:${context}`));
  decipher.setAuthTag(packed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const body = decipher.update(packed.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([body, decipher.final()]);
  } catch {
    throw new SealBroken('expected sealed text unchanged and in its own place');
  }
};
