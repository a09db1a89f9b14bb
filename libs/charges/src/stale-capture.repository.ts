import { storableJson, type Transaction } from '#platform/database';
import { hasten } from '#merchants';

import type { Settlement } from './settlement.js';

/** Captures that a former owner learned of: the payments' ids are kept, and what is not decided yet is asked about at once. Answers those
 * of charges that were decided otherwise meanwhile, each with its incident. */
export const rememberCaptures = async (
  tx: Transaction,
  merchantId: string,
  stale: readonly Settlement[],
): Promise<Pick<Settlement, 'charge' | 'incidents'>[]> => {
  const captured = stale.filter(({ attempt }) => attempt?.outcome === 'SUCCEEDED');
  if (captured.length === 0) return [];
  await keepPaymentIds(tx, merchantId, captured);
  const chargeIds = captured.map(({ charge }) => charge.id);
  await tx.query(
    `UPDATE charges SET next_look_at = $3 WHERE merchant_id = $1 AND id = ANY($2)
       AND state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')`,
    [merchantId, chargeIds, tx.now],
  );
  const lane = 'RESOLVE' as const;
  await hasten(
    tx,
    captured.map(({ charge: { providerAccountId } }) => ({ providerAccountId, lane, at: tx.now })),
  );
  const decided = await tx.query<{ id: string }>(
    `SELECT id FROM charges WHERE merchant_id = $1 AND id = ANY($2)
       AND state IN ('SCHEDULED', 'RETRY_SCHEDULED', 'FAILED', 'CANCELED', 'SKIPPED')`,
    [merchantId, chargeIds],
  );
  const isDecided = new Set(decided.map(({ id }) => id));
  return captured
    .filter(({ charge }) => isDecided.has(charge.id))
    .map(({ charge, attempt }) => {
      const detail = {
        providerPaymentId: attempt?.providerPaymentId,
        learned: 'under an old lease',
      };
      return { charge, incidents: [{ kind: 'LATE_SUCCESS', detail }] };
    });
};

const keepPaymentIds = async (
  tx: Transaction,
  merchantId: string,
  captured: readonly Settlement[],
): Promise<void> => {
  const rows = captured.map(({ attemptId, attempt }) => ({
    id: attemptId,
    provider_payment_id: attempt?.providerPaymentId,
    provider_charge_id: attempt?.providerChargeId,
  }));
  await tx.query(
    `UPDATE attempts a SET
       provider_payment_id = COALESCE(a.provider_payment_id, r.provider_payment_id),
       provider_charge_id = COALESCE(a.provider_charge_id, r.provider_charge_id)
     FROM json_to_recordset($2::json)
       AS r (id uuid, provider_payment_id text, provider_charge_id text)
     WHERE a.merchant_id = $1 AND a.id = r.id`,
    [merchantId, storableJson(rows)],
  );
};
