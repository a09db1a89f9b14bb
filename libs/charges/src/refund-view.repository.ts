import type { Transaction } from '#platform/database';

export interface RefundView {
  readonly id: string;
  readonly chargeId: string;
  /** Of the capture it is of; absent where nobody knows it. */
  readonly providerPaymentId: string | null;
  readonly status: string;
  readonly origin: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: string;
  readonly requestHash: string;
  readonly providerMessage: string | null;
  /** Whether a person is asked about it. */
  readonly needsReview: boolean;
  readonly resolvedBy: string | null;
  readonly resolutionNote: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

const VIEW = `r.id, r.charge_id AS "chargeId", a.provider_payment_id AS "providerPaymentId", r.status,
  r.origin, r.amount_minor AS "amountMinor", r.currency, r.reason, r.request_hash AS "requestHash",
  r.provider_message AS "providerMessage", r.review_since IS NOT NULL AS "needsReview",
  r.resolved_by AS "resolvedBy", r.resolution_note AS "resolutionNote", r.created_at AS "createdAt",
  r.settled_at AS "settledAt"
  FROM refunds r JOIN attempts a ON a.merchant_id = r.merchant_id AND a.id = r.attempt_id`;

export const findRefundByKey = async (
  tx: Transaction,
  merchantId: string,
  idempotencyKey: string,
): Promise<RefundView | undefined> => {
  const [row] = await tx.query<RefundView>(
    `SELECT ${VIEW} WHERE r.merchant_id = $1 AND r.idempotency_key = $2`,
    [merchantId, idempotencyKey],
  );
  return row;
};

export const findRefund = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<RefundView | undefined> => {
  const [row] = await tx.query<RefundView>(
    `SELECT ${VIEW} WHERE r.merchant_id = $1 AND r.id = $2`,
    [merchantId, id],
  );
  return row;
};

export const listRefunds = (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<RefundView[]> =>
  tx.query(`SELECT ${VIEW} WHERE r.merchant_id = $1 AND r.charge_id = ANY($2) ORDER BY r.id`, [
    merchantId,
    chargeIds,
  ]);
