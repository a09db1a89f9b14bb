import type { Transaction } from '#platform/database';

import type { RetryPolicy } from './retry-policy.js';

/** A merchant's policy by its name, in its present version. */
export interface NamedPolicy extends RetryPolicy {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly requestHash: string | null;
  readonly createdAt: Date;
}

interface PolicyRow extends Omit<NamedPolicy, keyof RetryPolicy> {
  readonly version: number;
  readonly definition: Omit<RetryPolicy, 'version'>;
}

const SELECT = `
  SELECT p.id, p.name, p.version, p.request_hash AS "requestHash", p.created_at AS "createdAt",
    v.definition
  FROM retry_policies p
  JOIN retry_policy_versions v ON v.merchant_id = p.merchant_id AND v.retry_policy_id = p.id
    AND v.version = p.version`;

const named = ({ definition, ...row }: PolicyRow): NamedPolicy => ({ ...definition, ...row });

export const listPolicies = async (tx: Transaction, merchantId: string): Promise<NamedPolicy[]> => {
  const rows = await tx.query<PolicyRow>(
    `${SELECT} WHERE p.merchant_id = $1 ORDER BY p.name LIMIT ${POLICIES_MAX}`,
    [merchantId],
  );
  return rows.map(named);
};

/** By its id or its name. */
export const findPolicy = async (
  tx: Transaction,
  merchantId: string,
  by: { readonly id: string } | { readonly name: string },
): Promise<NamedPolicy | undefined> => {
  const [row] =
    'id' in by
      ? await tx.query<PolicyRow>(`${SELECT} WHERE p.merchant_id = $1 AND p.id = $2`, [
          merchantId,
          by.id,
        ])
      : await tx.query<PolicyRow>(`${SELECT} WHERE p.merchant_id = $1 AND p.name = $2`, [
          merchantId,
          by.name,
        ]);
  return row && named(row);
};

/** A policy of which more were never needed; a list that long is read by nobody. */
export const POLICIES_MAX = 100;

/** Writes a policy with its first version; answers false when the name is taken. */
export const insertPolicy = async (
  tx: Transaction,
  merchantId: string,
  policy: NamedPolicy,
): Promise<boolean> => {
  const rows = await tx.query(
    `INSERT INTO retry_policies (merchant_id, id, name, version, request_hash, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
    [merchantId, policy.id, policy.name, policy.version, policy.requestHash, policy.createdAt],
  );
  if (rows.length === 0) return false;
  await insertVersion(tx, merchantId, policy);
  return true;
};

/** Makes a version the one that new cases begin with. The caller holds the policy locked. */
export const writeVersion = async (
  tx: Transaction,
  merchantId: string,
  policy: NamedPolicy,
): Promise<void> => {
  await insertVersion(tx, merchantId, policy);
  await tx.query(
    'UPDATE retry_policies SET name = $3, version = $4 WHERE merchant_id = $1 AND id = $2',
    [merchantId, policy.id, policy.name, policy.version],
  );
};

const insertVersion = async (
  tx: Transaction,
  merchantId: string,
  { id, version, soft, transient, configuration, timeZone, atEnd }: NamedPolicy,
): Promise<void> => {
  await tx.query(
    `INSERT INTO retry_policy_versions (merchant_id, retry_policy_id, version, definition,
       created_at) VALUES ($1, $2, $3, $4, $5)`,
    [
      merchantId,
      id,
      version,
      JSON.stringify({ soft, transient, configuration, timeZone, atEnd }),
      tx.now,
    ],
  );
};

export const lockPolicy = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<void> => {
  await tx.query(
    'SELECT id FROM retry_policies WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE',
    [merchantId, id],
  );
};

export const countPolicies = async (tx: Transaction, merchantId: string): Promise<number> => {
  const [row] = await tx.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM retry_policies WHERE merchant_id = $1',
    [merchantId],
  );
  return row?.count ?? 0;
};
