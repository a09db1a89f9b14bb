import type { EncryptionKey } from '#platform/config';
import { DataKey } from './data-key.js';
import { seal, SealBroken, sealedWith, unseal } from './sealed.js';

const contextOf = (owner: string, dataKeyId: string): string =>
  JSON.stringify(['data-key', owner, dataKeyId]);

/** The keys that wrap data keys: the first one wraps, all of them unwrap, so that one can be retired without a stop. */
export class KeyRing {
  readonly #keys: readonly EncryptionKey[];

  constructor(keys: readonly EncryptionKey[]) {
    if (keys.length === 0) throw new RangeError('expected at least one encryption key, found none');
    this.#keys = keys;
  }

  /** `owner` is whose data key this is: wrapped for one, it does not unwrap for another. */
  wrap(dataKey: DataKey, owner: string): string {
    const [first] = this.#keys;
    if (!first) throw new RangeError('expected at least one encryption key, found none');
    return seal(first, dataKey.bytes(), contextOf(owner, dataKey.id));
  }

  /** Throws `SealBroken`, naming the key that is missing. */
  unwrap(wrapped: string, owner: string, dataKeyId: string): DataKey {
    const keyId = sealedWith(wrapped);
    const key = this.#keys.find((it) => it.id === keyId);
    if (!key) throw new SealBroken(`expected ENCRYPTION_KEYS to hold the key ${keyId}`);
    return new DataKey({ id: dataKeyId, key: unseal(key, wrapped, contextOf(owner, dataKeyId)) });
  }

  /** Whether the first key wrapped it; if not, it is to be wrapped again before the old key is retired. */
  isCurrent(wrapped: string): boolean {
    return sealedWith(wrapped) === this.#keys[0]?.id;
  }
}
