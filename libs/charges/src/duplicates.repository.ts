import { newId } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import { storableJson, type Transaction } from '#platform/database';

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
  await tx.query(
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
     ON CONFLICT DO NOTHING`,
    [merchantId, storableJson(rows), businessNow],
  );
};
