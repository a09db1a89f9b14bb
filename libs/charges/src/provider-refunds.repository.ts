import { newId } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import { storableJson, type Transaction } from '#platform/database';
import { recordEvents } from '#events';

import type { BookedRefunds, UnbookedRefund } from './provider-refund.js';
import { closeIfWhole, moveCharge } from './refund-settle.repository.js';

/** A captured payment with what is booked on it. */
export interface BookedCapture extends BookedRefunds {
  readonly chargeId: string;
  /** The one that counts; else one beside it, whose money never did. */
  readonly isCounted: boolean;
  readonly attemptId: string;
  readonly providerPaymentId: string;
}

export const findBookedCaptures = (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<BookedCapture[]> =>
  tx.query<BookedCapture>(
    `SELECT a.charge_id AS "chargeId", a.id AS "attemptId", a.outcome = 'SUCCEEDED' AS "isCounted",
       a.provider_payment_id AS "providerPaymentId", a.captured_minor AS "capturedMinor",
       a.refunded_minor AS "refundedMinor", a.reserved_minor AS "reservedMinor",
       ARRAY(SELECT r.provider_refund_id FROM refunds r
         WHERE r.merchant_id = a.merchant_id AND r.charge_id = a.charge_id
           AND r.attempt_id = a.id AND r.provider_refund_id IS NOT NULL) AS "providerRefundIds"
     FROM attempts a WHERE a.merchant_id = $1 AND a.charge_id = ANY($2::uuid[])
       AND a.outcome IN ('SUCCEEDED', 'DUPLICATE_CAPTURE')
       AND a.provider_payment_id IS NOT NULL ORDER BY a.id FOR UPDATE OF a`,
    [merchantId, chargeIds],
  );

/** Books what was paid back without us: refunds that have ended, on the capture and the charge. */
export const bookProviderRefunds = async (
  tx: Transaction,
  merchantId: string,
  booking: {
    readonly capture: BookedCapture;
    readonly refunds: readonly UnbookedRefund[];
    readonly businessNow: BusinessInstant;
  },
): Promise<void> => {
  const { capture, refunds, businessNow } = booking;
  if (refunds.length === 0) return;
  const { chargeId, attemptId } = capture;
  const rows = refunds.map((refund) => ({ id: newId(), ...refund }));
  await tx.query(
    `INSERT INTO refunds (merchant_id, id, charge_id, attempt_id, provider_account_id, amount_minor,
       currency, status, origin, reason, request_hash, refunded_before_minor, provider_refund_id,
       created_at, settled_at)
     SELECT a.merchant_id, r.id, a.charge_id, a.id, a.provider_account_id, r.amount, a.currency,
       'SUCCEEDED', 'PROVIDER', 'refunded at the provider', '', $4, r.provider_refund_id, $5, $5
     FROM attempts a
     JOIN json_to_recordset($3::json) AS r (id uuid, provider_refund_id text, amount bigint) ON true
     WHERE a.merchant_id = $1 AND a.id = $2`,
    [
      ...[merchantId, attemptId],
      storableJson(
        rows.map(({ id, providerRefundId, amountMinor }) => ({
          ...{ id, provider_refund_id: providerRefundId, amount: amountMinor },
        })),
      ),
      ...[capture.refundedMinor, businessNow],
    ],
  );
  const sumMinor = rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  await tx.query(
    `UPDATE attempts SET refunded_minor = refunded_minor + $3 WHERE merchant_id = $1 AND id = $2`,
    [merchantId, attemptId, sumMinor],
  );
  if (capture.isCounted)
    for (const { id, amountMinor: refunded } of rows)
      await moveCharge(tx, merchantId, { refund: { id, chargeId }, refunded, businessNow });
  else await closeIfWhole(tx, merchantId, capture);
  await recordEvents(
    tx,
    merchantId,
    rows.map(({ id, amountMinor }) => ({
      ...{ type: 'refund.succeeded', subjectId: id, at: businessNow },
      data: { chargeId, amountMinor },
    })),
  );
};
