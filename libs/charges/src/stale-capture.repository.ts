import { storableJson, type Transaction } from '#platform/database';
import { hasten } from '#merchants';

import { lockCharges } from './loaded.repository.js';
import type { Settlement } from './settlement.js';
import { staleIncident, type Overtaken } from './stale-capture.js';

/** Captures that a former owner learned of: the payments' ids are kept, and what is not decided yet is asked about at once. Answers those
 * of charges that were decided meanwhile, each with its incident. */
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
  const overtaken = await lockOvertaken(tx, merchantId, chargeIds);
  return captured.flatMap(({ charge, attempt }) => {
    const found = overtaken.get(charge.id);
    const incident = found && attempt && staleIncident(charge, attempt, found);
    return incident ? [{ charge, incidents: [incident] }] : [];
  });
};

/** Locked, so that what is booked beside the capture that counts is numbered by one writer at a time. */
const lockOvertaken = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<ReadonlyMap<string, Overtaken>> => {
  await lockCharges(tx, 'c.merchant_id = $1 AND c.id = ANY($2)', [merchantId, chargeIds]);
  const rows = await tx.query<Overtaken & { readonly id: string }>(
    `SELECT c.id, c.state, ARRAY(SELECT a.provider_payment_id FROM attempts a
         WHERE a.merchant_id = c.merchant_id AND a.charge_id = c.id
           AND a.provider_payment_id IS NOT NULL
           AND a.outcome IN ('SUCCEEDED', 'DUPLICATE_CAPTURE')) AS "bookedPaymentIds"
     FROM charges c WHERE c.merchant_id = $1 AND c.id = ANY($2)`,
    [merchantId, chargeIds],
  );
  return new Map(rows.map(({ id, ...found }) => [id, found]));
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
