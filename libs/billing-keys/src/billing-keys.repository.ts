import { after, businessTimeOf, type BusinessInstant, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { keysetOf, type Page } from '#platform/paging';
import type { Card } from '#providers/contract';

import type { BillingKey, BillingKeyStatus } from './billing-key.js';

interface Row extends Omit<BillingKey, 'card'> {
  readonly maskedNumber: string | null;
  readonly brand: string | null;
  readonly expiresOn: string | null;
}

const COLUMNS = `id, provider_account_id AS "providerAccountId", customer_ref AS "customerRef",
  provider_key AS "providerKey", status, masked_number AS "maskedNumber", brand,
  expires_on AS "expiresOn", created_at AS "createdAt", updated_at AS "updatedAt",
  deleted_at AS "deletedAt", deletion_reason AS "deletionReason"`;

const fromRow = ({ maskedNumber, brand, expiresOn, ...row }: Row): BillingKey => ({
  ...row,
  card: { maskedNumber, brand, expiresOn },
});

/** Whose keys, and what their account's clock is ahead by. */
export interface KeyContext {
  readonly merchantId: string;
  readonly clockOffsetMs: number;
}

export interface NewBillingKey {
  readonly id: string;
  readonly providerAccountId: string;
  readonly customerRef: string;
  readonly providerKey: string;
  readonly status: 'PENDING' | 'ACTIVE';
  readonly card: Card | null;
  readonly idempotencyKey: string | null;
  readonly requestHash: string | null;
  readonly nextLookAt: MachineInstant | null;
}

/** Answers nothing when the provider's key, or the idempotency key, is taken. */
export const insertKey = async (
  tx: Transaction,
  key: NewBillingKey,
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<BillingKey | undefined> => {
  const businessNow = businessTimeOf(tx.now, clockOffsetMs);
  const [row] = await tx.query<Row>(
    `INSERT INTO billing_keys (merchant_id, id, provider_account_id, customer_ref, provider_key,
       status, masked_number, brand, expires_on, created_at, updated_at, verified_at,
       idempotency_key, request_hash, next_look_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14)
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      ...[merchantId, key.id, key.providerAccountId, key.customerRef, key.providerKey],
      ...[key.status, key.card?.maskedNumber, key.card?.brand, key.card?.expiresOn],
      ...[businessNow, key.status === 'ACTIVE' ? businessNow : null],
      ...[key.idempotencyKey, key.requestHash, key.nextLookAt],
    ],
  );
  return row && fromRow(row);
};

export const findKeys = async (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<BillingKey[]> => {
  const rows = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM billing_keys WHERE merchant_id = $1 AND id = ANY($2::uuid[])`,
    [merchantId, ids],
  );
  return rows.map(fromRow);
};

/** The key that stands for this token now; a deleted one does not. */
export const findKeyByProviderKey = async (
  tx: Transaction,
  merchantId: string,
  token: { readonly providerAccountId: string; readonly providerKey: string },
): Promise<BillingKey | undefined> => {
  const [row] = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM billing_keys WHERE merchant_id = $1 AND provider_account_id = $2
       AND provider_key = $3 AND status <> 'DELETED'`,
    [merchantId, token.providerAccountId, token.providerKey],
  );
  return row && fromRow(row);
};

export const findKeyByIdempotencyKey = async (
  tx: Transaction,
  merchantId: string,
  idempotencyKey: string,
): Promise<{ readonly billingKey: BillingKey; readonly requestHash: string } | undefined> => {
  const [row] = await tx.query<Row & { requestHash: string }>(
    `SELECT ${COLUMNS}, request_hash AS "requestHash" FROM billing_keys
     WHERE merchant_id = $1 AND idempotency_key = $2`,
    [merchantId, idempotencyKey],
  );
  if (!row) return undefined;
  const { requestHash, ...rest } = row;
  return { billingKey: fromRow(rest), requestHash };
};

/** The key, locked until the transaction ends. */
export const lockKey = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<BillingKey | undefined> => {
  const [row] = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM billing_keys WHERE merchant_id = $1 AND id = $2 FOR UPDATE`,
    [merchantId, id],
  );
  return row && fromRow(row);
};

export interface BillingKeyFilter {
  readonly customerRef?: string | null;
  readonly providerAccountId?: string | null;
  readonly statuses?: readonly BillingKeyStatus[] | null;
}

/** Newest first. */
export const listKeys = async (
  tx: Transaction,
  merchantId: string,
  { filter, page }: { readonly filter: BillingKeyFilter; readonly page: Page },
): Promise<BillingKey[]> => {
  const keyset = keysetOf(page, {
    column: 'id',
    type: 'uuid',
    direction: 'DESC',
    firstParameter: 5,
  });
  const rows = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM billing_keys WHERE merchant_id = $1
       AND ($2::text IS NULL OR customer_ref = $2)
       AND ($3::uuid IS NULL OR provider_account_id = $3)
       AND ($4::text[] IS NULL OR status = ANY($4))${keyset.where}${keyset.tail}`,
    [
      ...[merchantId, filter.customerRef ?? null, filter.providerAccountId ?? null],
      ...[filter.statuses ?? null, ...keyset.parameters],
    ],
  );
  return rows.map(fromRow);
};

/** The provider has the card under this key. Answers nothing when the key was no longer PENDING. */
export const activateKey = async (
  tx: Transaction,
  activation: { readonly id: string; readonly card: Card },
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<BillingKey | undefined> => {
  const { id, card } = activation;
  const [row] = await tx.query<Row>(
    `UPDATE billing_keys SET status = 'ACTIVE', masked_number = $3, brand = $4, expires_on = $5,
       verified_at = $6, updated_at = $6, next_look_at = NULL
     WHERE merchant_id = $1 AND id = $2 AND status = 'PENDING' RETURNING ${COLUMNS}`,
    [
      ...[merchantId, id, card.maskedNumber, card.brand, card.expiresOn],
      businessTimeOf(tx.now, clockOffsetMs),
    ],
  );
  return row && fromRow(row);
};

/** No card came to be under this key: the same idempotency key may be used for another try. */
export const dropPendingKey = async (
  tx: Transaction,
  dropped: { readonly id: string; readonly reason: string },
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<void> => {
  await tx.query(
    `UPDATE billing_keys SET status = 'DELETED', deletion_reason = $3, deleted_at = $4,
       updated_at = $4, idempotency_key = NULL, next_look_at = NULL
     WHERE merchant_id = $1 AND id = $2 AND status = 'PENDING'`,
    [merchantId, dropped.id, dropped.reason, businessTimeOf(tx.now, clockOffsetMs)],
  );
};

export const planKeyLook = async (
  tx: Transaction,
  merchantId: string,
  look: { readonly id: string; readonly looks: number; readonly at: MachineInstant },
): Promise<void> => {
  await tx.query(
    `UPDATE billing_keys SET looks = $3, next_look_at = $4
     WHERE merchant_id = $1 AND id = $2 AND status = 'PENDING'`,
    [merchantId, look.id, look.looks, look.at],
  );
};

/** The wish to delete, before the provider hears of it: nothing is charged on the key from here on. */
export const intendDeletion = async (
  tx: Transaction,
  intent: { readonly id: string; readonly reason: string; readonly takeUpAt: MachineInstant },
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<void> => {
  await tx.query(
    `UPDATE billing_keys SET status = 'INVALID', deletion_reason = $3, next_look_at = $4,
       updated_at = $5
     WHERE merchant_id = $1 AND id = $2 AND status <> 'DELETED'`,
    [
      ...[merchantId, intent.id, intent.reason, intent.takeUpAt],
      businessTimeOf(tx.now, clockOffsetMs),
    ],
  );
};

/** The deletion's end: DELETED, or what it was before where the provider did not do it. */
export const endDeletion = async (
  tx: Transaction,
  end: { readonly id: string; readonly to: BillingKeyStatus },
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<BillingKey | undefined> => {
  const businessNow: BusinessInstant = businessTimeOf(tx.now, clockOffsetMs);
  const [row] = await tx.query<Row>(
    `UPDATE billing_keys SET status = $3, next_look_at = NULL, updated_at = $4,
       deleted_at = CASE WHEN $3 = 'DELETED' THEN $4::timestamptz END,
       deletion_reason = CASE WHEN $3 = 'DELETED' THEN deletion_reason END
     WHERE merchant_id = $1 AND id = $2 AND status = 'INVALID' AND deletion_reason IS NOT NULL
     RETURNING ${COLUMNS}`,
    [merchantId, end.id, end.to, businessNow],
  );
  return row && fromRow(row);
};

/** Keys whose issue or deletion somebody left unfinished, taken for one look. */
export const claimKeyLooks = async (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
  { limit, leaseSeconds }: { readonly limit: number; readonly leaseSeconds: number },
): Promise<(BillingKey & { readonly looks: number })[]> => {
  const { merchantId, providerAccountId } = account;
  const rows = await tx.query<Row & { looks: number }>(
    `SELECT ${COLUMNS}, looks FROM billing_keys
     WHERE merchant_id = $1 AND provider_account_id = $2 AND next_look_at <= $3
     ORDER BY next_look_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
    [merchantId, providerAccountId, tx.now, limit],
  );
  await tx.query(
    `UPDATE billing_keys SET next_look_at = $3 WHERE merchant_id = $1 AND id = ANY($2)`,
    [merchantId, rows.map(({ id }) => id), after(tx.now, leaseSeconds)],
  );
  return rows.map(({ looks, ...row }) => ({ ...fromRow(row), looks }));
};

/** When the next key or registration of the account wants a look. */
export const nextKeyWorkAt = async (
  tx: Transaction,
  merchantId: string,
  providerAccountId: string,
): Promise<MachineInstant | null> => {
  const [row] = await tx.query<{ at: MachineInstant | null }>(
    `SELECT least(
       (SELECT min(next_look_at) FROM billing_keys
        WHERE merchant_id = $1 AND provider_account_id = $2 AND next_look_at IS NOT NULL),
       (SELECT min(next_look_at) FROM card_registrations
        WHERE merchant_id = $1 AND provider_account_id = $2 AND status = 'PENDING')) AS at`,
    [merchantId, providerAccountId],
  );
  return row?.at ?? null;
};
