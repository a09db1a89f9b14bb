import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { FrozenRequest } from '#providers/contract';

import type { LiveRefund } from './refund.js';
import type { StandingRefund } from './refund-resolution.js';

export interface Captured {
  readonly attemptId: string;
  /** The capture that counts; else one beside it, whose money never did. */
  readonly isCounted: boolean;
  /** Absent where a person resolved the charge and named no payment. */
  readonly providerPaymentId: string | null;
  readonly providerChargeId: string | null;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly reservedMinor: number;
}

/** One captured payment of a charge, the one that counts unless another is named, locked: its figures hold until the transaction ends. */
export const lockCapture = async (
  tx: Transaction,
  merchantId: string,
  { chargeId, providerPaymentId }: { chargeId: string; providerPaymentId: string | null },
): Promise<Captured | undefined> => {
  const [row] = await tx.query<Captured>(
    `SELECT id AS "attemptId", outcome = 'SUCCEEDED' AS "isCounted",
       provider_payment_id AS "providerPaymentId",
       provider_charge_id AS "providerChargeId", captured_minor AS "capturedMinor",
       refunded_minor AS "refundedMinor", reserved_minor AS "reservedMinor"
     FROM attempts WHERE merchant_id = $1 AND charge_id = $2 AND
       CASE WHEN $3::text IS NULL THEN outcome = 'SUCCEEDED'
         ELSE outcome IN ('SUCCEEDED', 'DUPLICATE_CAPTURE') AND provider_payment_id = $3 END
     FOR UPDATE`,
    [merchantId, chargeId, providerPaymentId],
  );
  return row;
};

export interface NewRefund {
  readonly id: string;
  readonly chargeId: string;
  readonly capture: Captured;
  readonly providerAccountId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: string;
  readonly idempotencyKey: string | null;
  readonly requestHash: string;
  readonly request: FrozenRequest;
}

/** Reserves the amount on the capture and writes the refund with the bytes to be sent, before any call. */
export const insertRefund = async (
  tx: Transaction,
  merchantId: string,
  { refund, businessNow }: { readonly refund: NewRefund; readonly businessNow: BusinessInstant },
): Promise<void> => {
  await tx.query(
    `UPDATE attempts SET reserved_minor = reserved_minor + $3 WHERE merchant_id = $1 AND id = $2`,
    [merchantId, refund.capture.attemptId, refund.amountMinor],
  );
  await tx.query(
    `INSERT INTO refunds (merchant_id, id, charge_id, attempt_id, provider_account_id, amount_minor,
       currency, status, origin, reason, idempotency_key, request_hash, request,
       refunded_before_minor, next_look_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'PENDING', 'MERCHANT', $8, $9, $10, $11, $12, $13, $14)`,
    [
      merchantId,
      refund.id,
      refund.chargeId,
      refund.capture.attemptId,
      refund.providerAccountId,
      refund.amountMinor,
      refund.currency,
      refund.reason,
      refund.idempotencyKey,
      refund.requestHash,
      JSON.stringify(refund.request),
      refund.capture.refundedMinor,
      tx.now,
      businessNow,
    ],
  );
};

export interface ClaimedRefund extends LiveRefund {
  /** Absent: made by the account's policy, and not described yet. */
  readonly request: FrozenRequest | null;
  readonly currency: string;
  readonly reason: string;
  readonly orderId: string;
  readonly orderName: string;
  readonly providerChargeId: string | null;
  readonly capturedMinor: number;
  /** A person is being asked already. */
  readonly isInReview: boolean;
}

const CLAIMED = `SELECT r.id, r.charge_id AS "chargeId", r.attempt_id AS "attemptId",
    r.provider_account_id AS "providerAccountId", r.amount_minor AS "amountMinor", r.status,
    r.refunded_before_minor AS "refundedBeforeMinor", r.provider_refund_id AS "providerRefundId",
    a.provider_payment_id AS "providerPaymentId", r.sends, r.sent_at AS "sentAt",
    r.accepted_at AS "acceptedAt", r.resend_granted AS "resendGranted", r.looks, r.request,
    r.review_since IS NOT NULL AS "isInReview",
    r.lease_until AS "leaseUntil", a.outcome = 'SUCCEEDED' AS "isCounted", r.currency, r.reason, c.order_id AS "orderId",
    c.order_name AS "orderName", a.provider_charge_id AS "providerChargeId",
    a.captured_minor AS "capturedMinor",
    ARRAY(SELECT o.provider_refund_id FROM refunds o WHERE o.merchant_id = r.merchant_id
      AND o.charge_id = r.charge_id AND o.id <> r.id
      AND o.provider_refund_id IS NOT NULL) AS "otherRefundIds"
  FROM refunds r JOIN attempts a ON a.merchant_id = r.merchant_id AND a.id = r.attempt_id
  JOIN charges c ON c.merchant_id = r.merchant_id AND c.id = r.charge_id`;

/** Refunds to be sent or asked about, under a lease. One not sent yet is counted as sent here, before the wire. */
export const claimRefunds = async (
  tx: Transaction,
  agenda: { readonly merchantId: string; readonly providerAccountId: string },
  lease: { readonly token: string; readonly seconds: number; readonly limit: number },
): Promise<ClaimedRefund[]> => {
  const rows = await tx.query<ClaimedRefund>(
    `${CLAIMED}
     WHERE r.merchant_id = $1 AND r.provider_account_id = $2
       AND r.status IN ('PENDING', 'UNKNOWN') AND r.next_look_at <= $3
     ORDER BY r.next_look_at LIMIT $4 FOR UPDATE OF r SKIP LOCKED`,
    [agenda.merchantId, agenda.providerAccountId, tx.now, lease.limit],
  );
  const until = after(tx.now, lease.seconds);
  await tx.query(
    `UPDATE refunds SET lease_token = $3, lease_until = $4, next_look_at = $4,
       sends = CASE WHEN sends = 0 THEN 1 ELSE sends END, sent_at = COALESCE(sent_at, $5)
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [agenda.merchantId, rows.map(({ id }) => id), lease.token, until, tx.now],
  );
  return rows;
};

/** One refund, whatever became of it, for a person who decides: nobody claims it meanwhile. */
export const lockRefund = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<(Omit<ClaimedRefund, 'status'> & StandingRefund) | undefined> => {
  const [row] = await tx.query<Omit<ClaimedRefund, 'status'> & StandingRefund>(
    `${CLAIMED} WHERE r.merchant_id = $1 AND r.id = $2 FOR UPDATE OF r`,
    [merchantId, id],
  );
  return row;
};

/** A lease under the row's lock, to write under. */
export const leaseRefund = async (
  tx: Transaction,
  merchantId: string,
  { id, leaseToken }: { readonly id: string; readonly leaseToken: string },
): Promise<void> => {
  await tx.query('UPDATE refunds SET lease_token = $3 WHERE merchant_id = $1 AND id = $2', [
    ...[merchantId, id, leaseToken],
  ]);
};

export interface CountedSend {
  readonly sends: number;
  readonly sentAt: MachineInstant;
  readonly resendGranted: boolean;
}

/** One more send of what is proved absent, or of what a person said never happened: written down before the wire, under the lease that is
 * still held. Absent: somebody else holds it by now, and nothing may be sent. */
export const countRefundSend = async (
  tx: Transaction,
  merchantId: string,
  { id, lease }: { id: string; lease: { readonly token: string; readonly seconds: number } },
): Promise<CountedSend | undefined> => {
  const [counted] = await tx.query<CountedSend>(
    `UPDATE refunds SET sends = sends + 1, sent_at = $4, resend_granted = false,
       lease_until = $5, next_look_at = $5
     WHERE merchant_id = $1 AND id = $2 AND lease_token = $3
     RETURNING sends, sent_at AS "sentAt", resend_granted AS "resendGranted"`,
    [merchantId, id, lease.token, tx.now, after(tx.now, lease.seconds)],
  );
  return counted;
};

export const nextRefundLookAt = async (
  tx: Transaction,
  agenda: { readonly merchantId: string; readonly providerAccountId: string },
): Promise<MachineInstant | null> => {
  const [row] = await tx.query<{ at: MachineInstant }>(
    `SELECT next_look_at AS at FROM refunds WHERE merchant_id = $1 AND provider_account_id = $2
       AND status IN ('PENDING', 'UNKNOWN') ORDER BY next_look_at LIMIT 1`,
    [agenda.merchantId, agenda.providerAccountId],
  );
  return row?.at ?? null;
};

/** The bytes of a refund that policy asked for, written down before they are sent. */
export const freezeRefund = async (
  tx: Transaction,
  merchantId: string,
  { id, request }: { readonly id: string; readonly request: FrozenRequest },
): Promise<void> => {
  await tx.query('UPDATE refunds SET request = $3 WHERE merchant_id = $1 AND id = $2', [
    merchantId,
    id,
    JSON.stringify(request),
  ]);
};

/** Somebody said that these charges' refunds moved: they are looked at now, unless that is under way. */
export const hastenRefundLooks = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<void> => {
  await tx.query(
    `UPDATE refunds SET next_look_at = $3 WHERE merchant_id = $1 AND charge_id = ANY($2)
       AND status IN ('PENDING', 'UNKNOWN') AND lease_until IS NULL AND next_look_at > $3`,
    [merchantId, chargeIds, tx.now],
  );
};
