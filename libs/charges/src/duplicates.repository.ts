import { newId } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import { storableJson, type Transaction } from '#platform/database';
import { hasten } from '#merchants';

import type { Settlement } from './settlement.js';

/** Captures beside the one that counts, each a row beside its incident: what was taken twice stands in the books and can be paid back.
 * Numbered after the attempts of the charge, which they are none of; the same payment is written once. */
export const writeDuplicates = async (
  tx: Transaction,
  settlements: readonly Pick<Settlement, 'charge' | 'incidents'>[],
  { merchantId, businessNow }: { merchantId: string; businessNow: BusinessInstant },
): Promise<void> => {
  const rows = settlements.flatMap(({ charge, incidents }) =>
    incidents
      .filter(({ kind }) => kind === 'DUPLICATE_CAPTURE')
      .map(({ detail }, index) => ({ id: newId(), charge_id: charge.id, nth: index + 1, detail })),
  );
  if (rows.length === 0) return;
  const written = await tx.query<WrittenDuplicate>(
    `INSERT INTO attempts (merchant_id, id, charge_id, number, provider_account_id, billing_key_id,
       provider_reference, kind, request_hash, amount_minor, currency, outcome,
       provider_payment_id, provider_charge_id, captured_minor, created_at, settled_at)
     SELECT s.merchant_id, r.id, s.charge_id, top.number + r.nth, s.provider_account_id,
       s.billing_key_id, s.provider_reference, 'CHARGE', s.request_hash,
       (r.detail ->> 'capturedMinor')::bigint, s.currency, 'DUPLICATE_CAPTURE',
       r.detail ->> 'providerPaymentId', r.detail ->> 'providerChargeId',
       (r.detail ->> 'capturedMinor')::bigint, $3, $3
     FROM json_to_recordset($2::json) AS r (id uuid, charge_id uuid, nth int, detail jsonb)
     JOIN attempts s ON s.merchant_id = $1 AND s.charge_id = r.charge_id
       AND s.outcome = 'SUCCEEDED' AND s.provider_payment_id <> r.detail ->> 'providerPaymentId'
     JOIN LATERAL (SELECT max(a.number) AS number FROM attempts a
       WHERE a.merchant_id = $1 AND a.charge_id = r.charge_id) top ON true
     WHERE s.merchant_id = $1
     ON CONFLICT DO NOTHING
     RETURNING id, provider_account_id AS "providerAccountId"`,
    [merchantId, storableJson(rows), businessNow],
  );
  await payBackByPolicy(tx, written, { merchantId, businessNow });
};

interface WrittenDuplicate {
  readonly id: string;
  readonly providerAccountId: string;
}

/** Where the account's policy says so, a second capture is paid back without being asked: the wish is written with it, and the sender does
 * the rest. Once a payment: it is written for rows that were written just now. */
const payBackByPolicy = async (
  tx: Transaction,
  written: readonly WrittenDuplicate[],
  { merchantId, businessNow }: { merchantId: string; businessNow: BusinessInstant },
): Promise<void> => {
  if (written.length === 0) return;
  const rows = written.map(({ id }) => ({ attempt_id: id, id: newId() }));
  const wished = await tx.query<{ attemptId: string; providerAccountId: string }>(
    `INSERT INTO refunds (merchant_id, id, charge_id, attempt_id, provider_account_id, amount_minor,
       currency, status, origin, reason, request_hash, refunded_before_minor,
       next_look_at, created_at)
     SELECT a.merchant_id, r.id, a.charge_id, a.id, a.provider_account_id, a.captured_minor,
       a.currency, 'PENDING', 'MERCHANT', 'captured twice: paid back by policy',
       '', 0, $3, $4
     FROM json_to_recordset($2::json) AS r (id uuid, attempt_id uuid)
     JOIN attempts a ON a.merchant_id = $1 AND a.id = r.attempt_id
     JOIN provider_accounts p ON p.merchant_id = a.merchant_id AND p.id = a.provider_account_id
       AND p.duplicate_capture_policy = 'REFUND'
     WHERE a.merchant_id = $1
     ON CONFLICT DO NOTHING
     RETURNING attempt_id AS "attemptId", provider_account_id AS "providerAccountId"`,
    [merchantId, JSON.stringify(rows), tx.now, businessNow],
  );
  await tx.query(
    `UPDATE attempts SET reserved_minor = captured_minor - refunded_minor
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [merchantId, wished.map(({ attemptId }) => attemptId)],
  );
  const lane = 'REFUND' as const;
  await hasten(
    tx,
    wished.map(({ providerAccountId }) => ({ providerAccountId, lane, at: tx.now })),
  );
};
