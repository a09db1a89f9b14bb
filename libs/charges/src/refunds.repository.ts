import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import { storableJson, storableText, type Transaction } from '#platform/database';
import type { FrozenRequest } from '#providers/contract';
import { recordEvents } from '#events';

import { closeDuplicate } from './incidents.repository.js';
import type { LiveRefund, RefundChange } from './refund.js';
import { recordTransitions } from './transitions.repository.js';
import type { ChargeState } from './charge-state.js';

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
}

/** Refunds to be sent or asked about, under a lease. One not sent yet is counted as sent here, before the wire. */
export const claimRefunds = async (
  tx: Transaction,
  agenda: { readonly merchantId: string; readonly providerAccountId: string },
  lease: { readonly token: string; readonly seconds: number; readonly limit: number },
): Promise<ClaimedRefund[]> => {
  const rows = await tx.query<ClaimedRefund>(
    `SELECT r.id, r.charge_id AS "chargeId", r.attempt_id AS "attemptId",
       r.provider_account_id AS "providerAccountId", r.amount_minor AS "amountMinor", r.status,
       r.refunded_before_minor AS "refundedBeforeMinor", r.provider_refund_id AS "providerRefundId",
       a.provider_payment_id AS "providerPaymentId", r.sends, r.looks, r.request,
       a.outcome = 'SUCCEEDED' AS "isCounted", r.currency, r.reason, c.order_id AS "orderId",
       c.order_name AS "orderName", a.provider_charge_id AS "providerChargeId",
       a.captured_minor AS "capturedMinor",
       ARRAY(SELECT o.provider_refund_id FROM refunds o WHERE o.merchant_id = r.merchant_id
         AND o.charge_id = r.charge_id AND o.id <> r.id
         AND o.provider_refund_id IS NOT NULL) AS "otherRefundIds"
     FROM refunds r JOIN attempts a ON a.merchant_id = r.merchant_id AND a.id = r.attempt_id
     JOIN charges c ON c.merchant_id = r.merchant_id AND c.id = r.charge_id
     WHERE r.merchant_id = $1 AND r.provider_account_id = $2
       AND r.status IN ('PENDING', 'UNKNOWN') AND r.next_look_at <= $3
     ORDER BY r.next_look_at LIMIT $4 FOR UPDATE OF r SKIP LOCKED`,
    [agenda.merchantId, agenda.providerAccountId, tx.now, lease.limit],
  );
  const until = after(tx.now, lease.seconds);
  await tx.query(
    `UPDATE refunds SET lease_token = $3, lease_until = $4, next_look_at = $4,
       sends = CASE WHEN sends = 0 THEN 1 ELSE sends END
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [agenda.merchantId, rows.map(({ id }) => id), lease.token, until],
  );
  return rows;
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

export interface RefundSettling {
  readonly refund: LiveRefund;
  readonly change: RefundChange;
  readonly leaseToken: string;
  readonly businessNow: BusinessInstant;
}

/** Writes what became of a refund, fenced by its lease, with the money on the capture and the charge's new state. */
export const writeRefund = async (
  tx: Transaction,
  merchantId: string,
  { refund, change, leaseToken, businessNow }: RefundSettling,
): Promise<void> => {
  const [held] = await tx.query<{ id: string }>(
    `UPDATE refunds SET status = $4, provider_refund_id = $5, failure_code = $6,
       provider_message = $7, answer = COALESCE($8, answer), looks = $9, next_look_at = $10,
       lease_token = NULL, lease_until = NULL, sends = CASE WHEN $11 THEN 0 ELSE sends END,
       settled_at = CASE WHEN $4 IN ('SUCCEEDED', 'FAILED') THEN $12::timestamptz END
     WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 RETURNING id`,
    [
      merchantId,
      refund.id,
      leaseToken,
      change.status,
      change.providerRefundId,
      change.failure?.failureCode ?? null,
      change.failure?.providerMessage ? storableText(change.failure.providerMessage) : null,
      change.answer && storableJson(change.answer),
      change.looks,
      change.nextLookAt,
      change.resend && refund.sends === 0,
      businessNow,
    ],
  );
  if (!held || (change.status !== 'SUCCEEDED' && change.status !== 'FAILED')) return;
  const refunded = change.status === 'SUCCEEDED' ? refund.amountMinor : 0;
  await tx.query(
    `UPDATE attempts SET reserved_minor = reserved_minor - $3, refunded_minor = refunded_minor + $4
     WHERE merchant_id = $1 AND id = $2`,
    [merchantId, refund.attemptId, refund.amountMinor, refunded],
  );
  if (refunded > 0 && refund.isCounted)
    await moveCharge(tx, merchantId, { refund, refunded, businessNow });
  else if (refunded > 0) await closeIfWhole(tx, merchantId, refund);
  await recordEvents(tx, merchantId, [
    {
      type: `refund.${change.status.toLowerCase()}`,
      subjectId: refund.id,
      data: { chargeId: refund.chargeId, amountMinor: refund.amountMinor },
      at: businessNow,
    },
  ]);
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
  },
): Promise<void> => {
  const { refund, refunded, businessNow } = moving;
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
        cause: 'refund',
        evidence: { refundId: refund.id, amountMinor: refunded },
      },
    ]);
};
