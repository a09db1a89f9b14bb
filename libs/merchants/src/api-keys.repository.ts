import type { Transaction } from '#platform/database';
import type { Scope } from './scope.js';

/** A key without its secret. */
export interface ApiKey {
  readonly merchantId: string;
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

const COLUMNS = `merchant_id AS "merchantId", id, name, scopes, created_at AS "createdAt",
  revoked_at AS "revokedAt"`;

export interface NewApiKeyRow {
  readonly merchantId: string;
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly secretHash: string;
}

/** Answers nothing when the id is taken. */
export const insertApiKey = async (
  tx: Transaction,
  key: NewApiKeyRow,
): Promise<ApiKey | undefined> => {
  const [row] = await tx.query<ApiKey>(
    `INSERT INTO api_keys (merchant_id, id, name, secret_hash, scopes, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [key.merchantId, key.id, key.name, key.secretHash, key.scopes, tx.now],
  );
  return row;
};

export const findApiKey = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<ApiKey | undefined> => {
  const [row] = await tx.query<ApiKey>(
    `SELECT ${COLUMNS} FROM api_keys WHERE merchant_id = $1 AND id = $2`,
    [merchantId, id],
  );
  return row;
};

export const listApiKeys = (tx: Transaction, merchantId: string): Promise<ApiKey[]> =>
  tx.query<ApiKey>(`SELECT ${COLUMNS} FROM api_keys WHERE merchant_id = $1 ORDER BY id`, [
    merchantId,
  ]);

export const countLiveApiKeys = async (tx: Transaction, merchantId: string): Promise<number> => {
  const [row] = await tx.query<{ count: number }>(
    'SELECT count(*) AS count FROM api_keys WHERE merchant_id = $1 AND revoked_at IS NULL',
    [merchantId],
  );
  return row?.count ?? 0;
};

/** The first revocation counts; a second changes nothing. */
export const revokeApiKey = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<ApiKey | undefined> => {
  const [row] = await tx.query<ApiKey>(
    `UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3)
     WHERE merchant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
    [merchantId, id, tx.now],
  );
  return row;
};

/** Revokes every live key of this name but one. */
export const revokeOtherKeysNamed = async (
  tx: Transaction,
  key: Pick<NewApiKeyRow, 'merchantId' | 'id' | 'name'>,
): Promise<void> => {
  await tx.query(
    `UPDATE api_keys SET revoked_at = $4
     WHERE merchant_id = $1 AND name = $3 AND id <> $2 AND revoked_at IS NULL`,
    [key.merchantId, key.id, key.name, tx.now],
  );
};

/** Makes a key what was given, whatever stood there. */
export const putApiKey = async (tx: Transaction, key: NewApiKeyRow): Promise<void> => {
  await tx.query(
    `INSERT INTO api_keys (merchant_id, id, name, secret_hash, scopes, created_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (merchant_id, id) DO UPDATE
       SET name = $3, secret_hash = $4, scopes = $5, revoked_at = NULL`,
    [key.merchantId, key.id, key.name, key.secretHash, key.scopes, tx.now],
  );
};

/** What a request needs to know of the key it came with. */
export interface KeyHolder {
  readonly secretHash: string;
  readonly merchantName: string;
  readonly scopes: readonly Scope[];
}

/** Nothing when there is no such key, or it was revoked. */
export const findKeyHolder = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<KeyHolder | undefined> => {
  const [row] = await tx.query<KeyHolder>(
    `SELECT k.secret_hash AS "secretHash", m.name AS "merchantName", k.scopes
     FROM api_keys k JOIN merchants m ON m.id = k.merchant_id
     WHERE k.merchant_id = $1 AND k.id = $2 AND k.revoked_at IS NULL`,
    [merchantId, id],
  );
  return row;
};
