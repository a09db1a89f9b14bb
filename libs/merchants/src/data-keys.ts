import { invariant, newId } from '#kernel';
import { DataKey, type KeyRing, sealedWith } from '#platform/crypto';
import type { Transaction } from '#platform/database';
import { LRUCache } from 'lru-cache';

/** Data keys kept open in memory; each is 32 bytes, so the bound is against leaks, not size. */
const OPEN_KEYS_MAX = 10_000;

interface DataKeyRow {
  readonly id: string;
  readonly wrapped_key: string;
}

/** Each merchant's data keys: the newest seals, all of them open. */
export class DataKeys {
  private readonly open = new LRUCache<string, DataKey>({ max: OPEN_KEYS_MAX });

  constructor(private readonly keyRing: KeyRing) {}

  async create(tx: Transaction, merchantId: string): Promise<DataKey> {
    const key = DataKey.generate(newId());
    const wrapped = this.keyRing.wrap(key, merchantId);
    await tx.query(
      `INSERT INTO data_keys (merchant_id, id, wrapped_key, encryption_key_id, created_at)
       VALUES ($1, $2, $3, $4, $5)`,
      [merchantId, key.id, wrapped, sealedWith(wrapped), tx.now],
    );
    return key;
  }

  /** The key that seals new values. */
  async newest(tx: Transaction, merchantId: string): Promise<DataKey> {
    const [row] = await tx.query<DataKeyRow>(
      'SELECT id, wrapped_key FROM data_keys WHERE merchant_id = $1 ORDER BY id DESC LIMIT 1',
      [merchantId],
    );
    invariant(row, `expected merchant ${merchantId} to have a data key`);
    return this.unwrap(merchantId, row);
  }

  /** The key that a sealed value names. */
  async of(tx: Transaction, merchantId: string, sealed: string): Promise<DataKey> {
    const id = sealedWith(sealed);
    const known = this.open.get(`${merchantId}:${id}`);
    if (known) return known;
    const [row] = await tx.query<DataKeyRow>(
      'SELECT id, wrapped_key FROM data_keys WHERE merchant_id = $1 AND id = $2',
      [merchantId, id],
    );
    invariant(row, `expected merchant ${merchantId} to have the data key ${id}`);
    return this.unwrap(merchantId, row);
  }

  private unwrap(merchantId: string, row: DataKeyRow): DataKey {
    const known = this.open.get(`${merchantId}:${row.id}`);
    if (known) return known;
    const key = this.keyRing.unwrap(row.wrapped_key, merchantId, row.id);
    this.open.set(`${merchantId}:${row.id}`, key);
    return key;
  }
}
