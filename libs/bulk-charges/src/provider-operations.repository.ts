import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import { storableJson, type Transaction } from '#platform/database';
import type { FrozenRequest, ProviderAnswer } from '#providers/contract';
import {
  LOADED_COLUMNS,
  LOADED_FROM,
  load,
  lockCharges,
  type Attempt,
  type Loaded,
  type LoadedRow,
} from '#charges';

import type { ProviderOperation } from './provider-operation.js';

export interface NewOperation {
  readonly id: string;
  readonly providerAccountId: string;
  readonly bulkChargeId: string | null;
  readonly externalOperationId: string;
  readonly request: FrozenRequest;
  readonly requestHash: string;
  readonly itemCount: number;
}

/** The operations as they are intended: bytes and derived id stored before the call, looked after by the poller if the sender is lost. */
export const insertOperations = async (
  tx: Transaction,
  operations: readonly NewOperation[],
  context: {
    readonly merchantId: string;
    readonly leaseToken: string;
    readonly leaseUntil: MachineInstant;
    readonly businessNow: BusinessInstant;
  },
): Promise<void> => {
  const rows = operations.map((operation) => ({
    id: operation.id,
    provider_account_id: operation.providerAccountId,
    bulk_charge_id: operation.bulkChargeId,
    external_operation_id: operation.externalOperationId,
    request: operation.request,
    request_hash: operation.requestHash,
    item_count: operation.itemCount,
  }));
  await tx.query(
    `INSERT INTO provider_operations (merchant_id, id, provider_account_id, bulk_charge_id,
       external_operation_id, request, request_hash, item_count, state, sends, next_poll_at,
       lease_token, lease_until, created_at, updated_at)
     SELECT m.id, r.id, r.provider_account_id, r.bulk_charge_id, r.external_operation_id, r.request,
       r.request_hash, r.item_count, 'INTENDED', 1, $4, $3, $4, $5, $5
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, provider_account_id uuid, bulk_charge_id uuid,
       external_operation_id text, request jsonb, request_hash text, item_count int) ON true
     WHERE m.id = $1`,
    [
      context.merchantId,
      storableJson(rows),
      context.leaseToken,
      context.leaseUntil,
      context.businessNow,
    ],
  );
};

export interface OperationChange {
  readonly id: string;
  readonly leaseToken: string;
  readonly state: 'UNKNOWN' | 'ACCEPTED' | 'DONE' | 'REFUSED' | 'NOT_SENT' | 'NEEDS_REVIEW';
  readonly providerOperationId?: string | null;
  readonly polls: number;
  readonly nextPollAt: MachineInstant | null;
  readonly answer?: ProviderAnswer | undefined;
}

/** Fenced by the lease; false when another owner holds it. */
export const updateOperation = async (
  tx: Transaction,
  merchantId: string,
  change: OperationChange,
): Promise<boolean> => {
  const rows = await tx.query(
    `UPDATE provider_operations SET state = $4,
       provider_operation_id = COALESCE($5, provider_operation_id), polls = $6, next_poll_at = $7,
       answer = COALESCE($8, answer), lease_token = NULL, lease_until = NULL
     WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 RETURNING id`,
    [
      merchantId,
      change.id,
      change.leaseToken,
      change.state,
      change.providerOperationId ?? null,
      change.polls,
      change.nextPollAt,
      change.answer ? storableJson(change.answer) : null,
    ],
  );
  return rows.length > 0;
};

/** The provider accepted what another owner holds by now: its id is kept all the same, so that the operation is followed home. */
export const rememberAcceptance = async (
  tx: Transaction,
  merchantId: string,
  { id, providerOperationId }: { readonly id: string; readonly providerOperationId: string },
): Promise<void> => {
  await tx.query(
    `UPDATE provider_operations SET provider_operation_id = $3, state = 'ACCEPTED', next_poll_at = $4
     WHERE merchant_id = $1 AND id = $2 AND provider_operation_id IS NULL`,
    [merchantId, id, providerOperationId, tx.now],
  );
};

export interface ClaimedOperation extends ProviderOperation {
  readonly request: FrozenRequest;
}

/** Operations that want a look, under a lease. One whose answer never came is counted as sent again, before the identical replay. */
export const claimOperations = async (
  tx: Transaction,
  agenda: { readonly merchantId: string; readonly providerAccountId: string },
  lease: { readonly token: string; readonly seconds: number; readonly limit: number },
): Promise<ClaimedOperation[]> => {
  const rows = await tx.query<ClaimedOperation>(
    `SELECT id, external_operation_id AS "externalOperationId", state,
       provider_operation_id AS "providerOperationId", sends, polls, request
     FROM provider_operations
     WHERE merchant_id = $1 AND provider_account_id = $2 AND next_poll_at <= $3
       AND state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED')
     ORDER BY next_poll_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
    [agenda.merchantId, agenda.providerAccountId, tx.now, lease.limit],
  );
  await tx.query(
    `UPDATE provider_operations SET lease_token = $3, lease_until = $4, next_poll_at = $4,
       sends = CASE WHEN state = 'ACCEPTED' THEN sends ELSE sends + 1 END
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [agenda.merchantId, rows.map(({ id }) => id), lease.token, after(tx.now, lease.seconds)],
  );
  return rows;
};

export const nextOperationPollAt = async (
  tx: Transaction,
  agenda: { readonly merchantId: string; readonly providerAccountId: string },
): Promise<MachineInstant | null> => {
  const [row] = await tx.query<{ at: MachineInstant }>(
    `SELECT next_poll_at AS at FROM provider_operations
     WHERE merchant_id = $1 AND provider_account_id = $2 AND next_poll_at IS NOT NULL
       AND state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED') ORDER BY next_poll_at LIMIT 1`,
    [agenda.merchantId, agenda.providerAccountId],
  );
  return row?.at ?? null;
};

export interface OperationItem extends Loaded {
  readonly attempt: Attempt;
}

/** The keys the operation was sent with, at the provider. */
export const listOperationKeys = async (
  tx: Transaction,
  merchantId: string,
  operationId: string,
): Promise<Set<string>> => {
  const rows = await tx.query<{ providerKey: string }>(
    `SELECT k.provider_key AS "providerKey" FROM attempts a
     JOIN billing_keys k ON k.merchant_id = a.merchant_id AND k.id = a.billing_key_id
     WHERE a.merchant_id = $1 AND a.provider_operation_id = $2`,
    [merchantId, operationId],
  );
  return new Set(rows.map(({ providerKey }) => providerKey));
};

interface OperationItemRow extends LoadedRow {
  attempt: Attempt;
}

/** The operation's items that are not decided, in the order of its request (attempts are made in that order), under the given lease. */
export const leaseItems = async (
  tx: Transaction,
  merchantId: string,
  { operationId, leaseToken }: { readonly operationId: string; readonly leaseToken: string },
): Promise<OperationItem[]> => {
  const ids = await lockCharges(
    tx,
    `c.merchant_id = $1 AND c.state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')
       AND EXISTS (SELECT FROM attempts o WHERE o.merchant_id = c.merchant_id AND o.charge_id = c.id
         AND o.number = c.attempt_count AND o.provider_operation_id = $2)`,
    [merchantId, operationId],
  );
  const rows = await tx.query<OperationItemRow>(
    `SELECT ${LOADED_COLUMNS}, json_build_object('id', o.id, 'number', o.number, 'kind', o.kind,
       'providerReference', o.provider_reference, 'sends', o.sends,
       'providerPaymentId', o.provider_payment_id) AS attempt
     ${LOADED_FROM}
     JOIN attempts o ON o.merchant_id = c.merchant_id AND o.charge_id = c.id
       AND o.number = c.attempt_count
     WHERE c.merchant_id = $1 AND c.id = ANY($2) AND o.provider_operation_id = $3
     ORDER BY o.id`,
    [merchantId, ids, operationId],
  );
  await tx.query('UPDATE charges SET lease_token = $3 WHERE merchant_id = $1 AND id = ANY($2)', [
    merchantId,
    ids,
    leaseToken,
  ]);
  return rows.map(({ attempt, ...row }) => ({ ...load(row), attempt }));
};

/** Whether an item of the operation is still to be decided by it. */
export const hasUndecidedItems = async (
  tx: Transaction,
  merchantId: string,
  operationId: string,
): Promise<boolean> => {
  const [row] = await tx.query<{ has: boolean }>(
    `SELECT EXISTS (SELECT FROM attempts o
       JOIN charges c ON c.merchant_id = o.merchant_id AND c.id = o.charge_id
         AND c.attempt_count = o.number
       WHERE o.merchant_id = $1 AND o.provider_operation_id = $2
         AND c.state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN')) AS has`,
    [merchantId, operationId],
  );
  return row?.has ?? false;
};
