import { newId } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { keysetOf, sliceOf, type Page, type Slice } from '#platform/paging';

import type { BulkChargeView, BulkCounts, BulkStatus } from './bulk-charge.js';

const VIEW = `b.id, b.provider_account_id AS "providerAccountId", b.external_id AS "externalId",
  b.status, b.request_hash AS "requestHash", b.created_at AS "createdAt",
  b.submitted_at AS "submittedAt", b.completed_at AS "completedAt",
  (SELECT json_build_object('pending', COALESCE(sum(n.pending), 0),
     'succeeded', COALESCE(sum(n.succeeded), 0), 'failed', COALESCE(sum(n.failed), 0),
     'unknown', COALESCE(sum(n.unknown), 0), 'canceled', COALESCE(sum(n.canceled), 0))
   FROM bulk_charge_counts n
   WHERE n.merchant_id = b.merchant_id AND n.bulk_charge_id = b.id) AS counts`;

export const findBulkCharges = (
  tx: Transaction,
  merchantId: string,
  by: { readonly ids: readonly string[] } | { readonly externalId: string },
): Promise<BulkChargeView[]> =>
  'ids' in by
    ? tx.query(`SELECT ${VIEW} FROM bulk_charges b WHERE b.merchant_id = $1 AND b.id = ANY($2)`, [
        merchantId,
        by.ids,
      ])
    : tx.query(
        `SELECT ${VIEW} FROM bulk_charges b WHERE b.merchant_id = $1 AND b.external_id = $2`,
        [merchantId, by.externalId],
      );

export const listBulkCharges = async (
  tx: Transaction,
  merchantId: string,
  { statuses, page }: { readonly statuses: readonly string[] | null; readonly page: Page },
): Promise<Slice<BulkChargeView>> => {
  const keyset = keysetOf(page, {
    column: 'b.id',
    type: 'uuid',
    direction: 'DESC',
    firstParameter: 3,
  });
  const rows = await tx.query<BulkChargeView>(
    `SELECT ${VIEW} FROM bulk_charges b
     WHERE b.merchant_id = $1 AND ($2::text[] IS NULL OR b.status = ANY($2))${keyset.where}${keyset.tail}`,
    [merchantId, statuses, ...keyset.parameters],
  );
  return sliceOf(rows, page);
};

/** Takes the external id; false when another call had it first. */
export const insertBulkCharge = async (
  tx: Transaction,
  merchantId: string,
  bulk: {
    readonly id: string;
    readonly providerAccountId: string;
    readonly externalId: string;
    readonly status: BulkStatus;
    readonly retryPolicyId: string | null;
    readonly requestHash: string;
    readonly at: BusinessInstant;
  },
): Promise<boolean> => {
  const rows = await tx.query(
    `INSERT INTO bulk_charges (merchant_id, id, provider_account_id, external_id, status,
       retry_policy_id, request_hash, created_at, submitted_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $5 = 'SUBMITTING' THEN $8::timestamptz END)
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      merchantId,
      bulk.id,
      bulk.providerAccountId,
      bulk.externalId,
      bulk.status,
      bulk.retryPolicyId,
      bulk.requestHash,
      bulk.at,
    ],
  );
  return rows.length > 0;
};

export type CountDelta = { readonly bulkChargeId: string } & BulkCounts;

export const insertCounts = async (
  tx: Transaction,
  merchantId: string,
  deltas: readonly CountDelta[],
): Promise<void> => {
  const rows = deltas.map(({ bulkChargeId, ...counts }) => ({
    id: newId(),
    bulk_charge_id: bulkChargeId,
    ...counts,
  }));
  await tx.query(
    `INSERT INTO bulk_charge_counts
       (merchant_id, id, bulk_charge_id, pending, succeeded, failed, unknown, canceled)
     SELECT m.id, r.id, r.bulk_charge_id, r.pending, r.succeeded, r.failed, r.unknown, r.canceled
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, bulk_charge_id uuid, pending int,
       succeeded int, failed int, unknown int, canceled int) ON true
     WHERE m.id = $1`,
    [merchantId, JSON.stringify(rows)],
  );
};

/** Moves a bulk from one of these states; answers whether it was in one. */
export const moveBulkCharge = async (
  tx: Transaction,
  merchantId: string,
  move: {
    readonly id: string;
    readonly from: readonly BulkStatus[];
    readonly to: BulkStatus;
    readonly at: BusinessInstant;
  },
): Promise<boolean> => {
  const rows = await tx.query(
    `UPDATE bulk_charges SET status = $4,
       submitted_at = CASE WHEN $4 = 'SUBMITTING' THEN COALESCE(submitted_at, $5) ELSE submitted_at END,
       completed_at = CASE WHEN $4 IN ('COMPLETED', 'CANCELED') THEN $5 ELSE completed_at END
     WHERE merchant_id = $1 AND id = $2 AND status = ANY($3) RETURNING id`,
    [merchantId, move.id, move.from, move.to, move.at],
  );
  return rows.length > 0;
};

/** Items wait until somebody submits or resumes: they are due at no time anyone will see. */
export const HELD_UNTIL = '9999-01-01T00:00:00Z';

/** Lets the unsent items of a bulk go, or holds them. */
export const setUnsentItems = async (
  tx: Transaction,
  merchantId: string,
  { bulkChargeId, sendAt }: { readonly bulkChargeId: string; readonly sendAt: Date | string },
): Promise<void> => {
  await tx.query(
    `UPDATE charges SET send_at = $3 WHERE merchant_id = $1 AND bulk_charge_id = $2
       AND state = 'SCHEDULED'`,
    [merchantId, bulkChargeId, sendAt],
  );
};

/** Whether any item was not sent yet. */
export const hasUnsentItems = async (
  tx: Transaction,
  merchantId: string,
  bulkChargeId: string,
): Promise<boolean> => {
  const rows = await tx.query(
    `SELECT id FROM charges WHERE merchant_id = $1 AND bulk_charge_id = $2
       AND state = 'SCHEDULED' LIMIT 1`,
    [merchantId, bulkChargeId],
  );
  return rows.length > 0;
};

export interface OpenBulk {
  readonly id: string;
  readonly status: BulkStatus;
}

export const listOpenBulks = (
  tx: Transaction,
  merchantId: string,
  providerAccountId: string,
): Promise<OpenBulk[]> =>
  tx.query(
    `SELECT id, status FROM bulk_charges WHERE merchant_id = $1 AND provider_account_id = $2
       AND status IN ('SUBMITTING', 'PROCESSING') ORDER BY id LIMIT 100`,
    [merchantId, providerAccountId],
  );
