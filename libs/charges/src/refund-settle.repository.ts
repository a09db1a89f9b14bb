import { toPublicId } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import { storableJson, storableText, type Transaction } from '#platform/database';
import { recordEvents } from '#events';

import type { ChargeState } from './charge-state.js';
import { closeDuplicate, closeStuckRefund } from './incidents.repository.js';
import type { LiveRefund, RefundChange } from './refund.js';
import { recordTransitions } from './transitions.repository.js';

/** What a person said of a refund, and who. */
export interface Told {
  readonly by: string;
  readonly note: string;
}

export interface RefundSettling {
  /** As it stood when it was taken. */
  readonly refund: LiveRefund;
  readonly change: RefundChange;
  readonly leaseToken: string;
  readonly businessNow: BusinessInstant;
  /** Absent: the provider's word alone. */
  readonly told?: Told;
}

/** Writes what became of a refund, fenced by its lease, with the money on the capture and the charge's new state. Answers whether the lease
 * was still held. */
export const writeRefund = async (
  tx: Transaction,
  merchantId: string,
  settling: RefundSettling,
): Promise<boolean> => {
  const { refund, change, businessNow, told } = settling;
  const isHeld = await updateRefund(tx, merchantId, settling);
  const isOver = change.status === 'SUCCEEDED' || change.status === 'FAILED';
  if (isHeld && (isOver || told))
    await closeStuckRefund(tx, merchantId, {
      ...{ chargeId: refund.chargeId, refundId: toPublicId('refund', refund.id) },
      ...(told ?? { by: 'refund', note: `it ended as ${change.status}` }),
    });
  if (!isHeld || !isOver) return isHeld;
  const refunded = change.status === 'SUCCEEDED' ? refund.amountMinor : 0;
  await tx.query(
    `UPDATE attempts SET reserved_minor = reserved_minor - $3, refunded_minor = refunded_minor + $4
     WHERE merchant_id = $1 AND id = $2`,
    [merchantId, refund.attemptId, refund.amountMinor, refunded],
  );
  if (refunded > 0 && refund.isCounted)
    await moveCharge(tx, merchantId, { refund, refunded, businessNow, told });
  else if (refunded > 0) await closeIfWhole(tx, merchantId, refund);
  await recordEvents(tx, merchantId, [
    {
      type: `refund.${change.status.toLowerCase()}`,
      subjectId: refund.id,
      data: { chargeId: refund.chargeId, amountMinor: refund.amountMinor },
      at: businessNow,
    },
  ]);
  return true;
};

/** A send that never left is taken back: the row counts as it did before. */
const updateRefund = async (
  tx: Transaction,
  merchantId: string,
  { refund, change, leaseToken, businessNow, told }: RefundSettling,
): Promise<boolean> => {
  const [held] = await tx.query<{ id: string }>(
    `UPDATE refunds SET status = $4, provider_refund_id = $5, failure_code = $6,
       provider_message = $7, answer = COALESCE($8, answer), looks = $9, next_look_at = $10,
       lease_token = NULL, lease_until = NULL, accepted_at = $13,
       sends = CASE WHEN $11 THEN sends - 1 ELSE sends END,
       sent_at = CASE WHEN $11 THEN $14::timestamptz ELSE sent_at END,
       resend_granted = $15,
       review_since = CASE WHEN $16 THEN COALESCE(review_since, $17) END,
       resolved_by = COALESCE($18, resolved_by), resolution_note = COALESCE($19, resolution_note),
       settled_at = CASE WHEN $4 IN ('SUCCEEDED', 'FAILED') THEN $12::timestamptz END
     WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 RETURNING id`,
    [
      ...[merchantId, refund.id, leaseToken, change.status, change.providerRefundId],
      change.failure?.failureCode ?? null,
      change.failure?.providerMessage ? storableText(change.failure.providerMessage) : null,
      change.answer && storableJson(change.answer),
      ...[change.looks, change.nextLookAt, change.resend, businessNow, change.acceptedAt],
      refund.sentAt,
      (change.resend ? refund : change).resendGranted,
      ...[change.isStuck, tx.now],
      ...[told?.by ?? null, told?.note ?? null],
    ],
  );
  return held !== undefined;
};

/** A second capture never counted, so the charge stays as it is; paid back in full, its incident is done. */
export const closeIfWhole = async (
  tx: Transaction,
  merchantId: string,
  {
    attemptId,
    chargeId,
    providerPaymentId,
  }: Pick<LiveRefund, 'attemptId' | 'chargeId' | 'providerPaymentId'>,
): Promise<void> => {
  const whole = await tx.query(
    `SELECT id FROM attempts WHERE merchant_id = $1 AND id = $2 AND refunded_minor = captured_minor`,
    [merchantId, attemptId],
  );
  if (whole.length > 0) await closeDuplicate(tx, merchantId, { chargeId, providerPaymentId });
};

/** What was paid back, on the charge and in its history. */
export const moveCharge = async (
  tx: Transaction,
  merchantId: string,
  moving: {
    refund: Pick<LiveRefund, 'id' | 'chargeId'>;
    refunded: number;
    businessNow: BusinessInstant;
    told?: Told | undefined;
  },
): Promise<void> => {
  const { refund, refunded, businessNow, told } = moving;
  const [before] = await tx.query<{ state: ChargeState; version: number; isWhole: boolean }>(
    `SELECT state, version, refunded_minor + $3 >= amount_minor AS "isWhole" FROM charges
     WHERE merchant_id = $1 AND id = $2 FOR UPDATE`,
    [merchantId, refund.chargeId, refunded],
  );
  if (!before) throw new Error('expected the charge of a refund, found none');
  const to = before.isWhole ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  const isMoving = to !== before.state;
  await tx.query(
    `UPDATE charges SET refunded_minor = refunded_minor + $3, state = $4, version = version + $5,
       updated_at = $6 WHERE merchant_id = $1 AND id = $2`,
    [merchantId, refund.chargeId, refunded, to, isMoving ? 1 : 0, businessNow],
  );
  if (isMoving)
    await recordTransitions(tx, merchantId, [
      {
        chargeId: refund.chargeId,
        version: before.version + 1,
        from: before.state,
        to,
        at: businessNow,
        cause: told ? `${told.by}: refund resolved as SUCCEEDED` : 'refund',
        evidence: {
          ...{ refundId: refund.id, amountMinor: refunded },
          ...(told ? { told: told.note } : {}),
        },
      },
    ]);
};
