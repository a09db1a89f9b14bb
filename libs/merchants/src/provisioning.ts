import { newId } from '#kernel';
import { sha256 } from '#platform/crypto';
import type { Database, Transaction } from '#platform/database';
import { formatApiKey, newApiKey, type ApiKeyParts } from './api-key.js';
import { putApiKey, revokeOtherKeysNamed } from './api-keys.repository.js';
import type { DataKeys } from './data-keys.js';
import { SCOPES, type Scope } from './scope.js';

export interface Merchant {
  readonly id: string;
  readonly name: string;
}

/** A company's name with its form fits twice. */
const NAME_MAX = 100;

/** What the operator does from outside GraphQL: merchants come to be, and get their first key. */
export class Provisioning {
  constructor(
    private readonly database: Database,
    private readonly dataKeys: DataKeys,
  ) {}

  /** A merchant with its first data key; with an id that exists already, nothing but that one. */
  async createMerchant(name: string, id: string = newId()): Promise<Merchant> {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed.length > NAME_MAX)
      throw new RangeError(`expected a merchant name of 1–${NAME_MAX} characters`);
    return this.database.withMerchant(id, async (tx) => {
      const [made] = await tx.query<Merchant>(
        `INSERT INTO merchants (id, name, created_at) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING RETURNING id, name`,
        [id, trimmed, tx.now],
      );
      if (made) await this.dataKeys.create(tx, id);
      return made ?? (await getMerchant(tx, id));
    });
  }

  findMerchant(id: string): Promise<Merchant | undefined> {
    return this.database.withMerchant(id, (tx) => findMerchant(tx, id));
  }

  /** A key made outside GraphQL; answers it in full, this once. All scopes unless told. */
  async createApiKey(
    merchantId: string,
    name: string,
    scopes: readonly Scope[] = SCOPES,
  ): Promise<string> {
    const parts = newApiKey(merchantId);
    await this.database.withMerchant(merchantId, (tx) =>
      putApiKey(tx, { ...rowOf(parts, name), scopes }),
    );
    return formatApiKey(parts);
  }

  /** Makes exactly this key the merchant's only live one of that name, with all scopes. */
  async keepApiKey(parts: ApiKeyParts, name: string): Promise<void> {
    await this.database.withMerchant(parts.merchantId, async (tx) => {
      const row = rowOf(parts, name);
      await putApiKey(tx, { ...row, scopes: SCOPES });
      await revokeOtherKeysNamed(tx, row);
    });
  }
}

const rowOf = (parts: ApiKeyParts, name: string) => ({
  merchantId: parts.merchantId,
  id: parts.apiKeyId,
  name,
  secretHash: sha256(parts.secret).toString('hex'),
});

const findMerchant = async (tx: Transaction, id: string): Promise<Merchant | undefined> =>
  (await tx.query<Merchant>('SELECT id, name FROM merchants WHERE id = $1', [id]))[0];

const getMerchant = async (tx: Transaction, id: string): Promise<Merchant> => {
  const merchant = await findMerchant(tx, id);
  if (!merchant) throw new Error(`expected merchant ${id} to exist`);
  return merchant;
};
