import type { BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import { anchorPlaceOf, type Schedule } from './schedule.js';

/** A row of `schedules s` as a Schedule. */
export const SCHEDULE_COLUMNS = `s.id, s.provider_account_id AS "providerAccountId",
  s.billing_key_id AS "billingKeyId", s.external_id AS "externalId", s.order_id AS "orderId",
  s.order_name AS "orderName", s.order_items AS "orderItems", s.amount_minor AS "amountMinor",
  s.currency, s.recurrence, s.start_at AS "startAt", s.end_at AS "endAt",
  s.max_occurrences AS "maxOccurrences", s.execution,
  s.retry_policy_id AS "retryPolicyId", s.status, s.next_number AS "nextNumber",
  s.next_due_at AS "nextDueAt", s.anchor_at AS "anchorAt", s.anchor_number AS "anchorNumber",
  s.skip_due_before AS "skipDueBefore", s.skipped_pauses AS "skippedPauses", s.first_amount_minor AS "firstAmountMinor",
  s.catch_up AS "catchUp", s.when_previous_open AS "whenPreviousOpen", s.cancel_at AS "cancelAt",
  s.pending_change AS "pendingChange", s.pending_change_at AS "pendingChangeAt", s.paused_at AS "pausedAt",
  s.pause_reason AS "pauseReason", s.version,
  s.request_hash AS "requestHash", s.created_at AS "createdAt", s.updated_at AS "updatedAt"`;

export const insertSchedule = async (
  tx: Transaction,
  merchantId: string,
  schedule: Schedule,
): Promise<boolean> => {
  const rows = await tx.query(
    `INSERT INTO schedules (merchant_id, id, provider_account_id, billing_key_id, external_id,
       order_id, order_name, order_items, amount_minor, currency, recurrence, start_at, end_at,
       max_occurrences, execution, retry_policy_id, status, next_number, next_due_at, anchor_at,
       anchor_number, request_hash, created_at, updated_at, first_amount_minor, catch_up,
       when_previous_open, anchor_day, anchor_quarter)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
       $20, $21, $22, $23, $23, $24, $25, $26, $27, $28)
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      merchantId,
      schedule.id,
      schedule.providerAccountId,
      schedule.billingKeyId,
      schedule.externalId,
      schedule.orderId,
      schedule.orderName,
      JSON.stringify(schedule.orderItems),
      schedule.amountMinor,
      schedule.currency,
      schedule.recurrence && JSON.stringify(schedule.recurrence),
      schedule.startAt,
      schedule.endAt,
      schedule.maxOccurrences,
      schedule.execution,
      schedule.retryPolicyId,
      schedule.status,
      schedule.nextNumber,
      schedule.nextDueAt,
      schedule.anchorAt,
      schedule.anchorNumber,
      schedule.requestHash,
      schedule.createdAt,
      schedule.firstAmountMinor,
      schedule.catchUp,
      schedule.whenPreviousOpen,
      ...anchorPlaceOf(schedule),
    ],
  );
  return rows.length > 0;
};

export const findSchedules = (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<Schedule[]> =>
  tx.query(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedules s WHERE s.merchant_id = $1 AND s.id = ANY($2)`,
    [merchantId, ids],
  );

export const findScheduleByExternalId = async (
  tx: Transaction,
  merchantId: string,
  externalId: string,
): Promise<Schedule | undefined> => {
  const [schedule] = await tx.query<Schedule>(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedules s WHERE s.merchant_id = $1 AND s.external_id = $2`,
    [merchantId, externalId],
  );
  return schedule;
};

export const findScheduleByOrderId = async (
  tx: Transaction,
  merchantId: string,
  orderId: string,
): Promise<Schedule | undefined> => {
  const [schedule] = await tx.query<Schedule>(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedules s WHERE s.merchant_id = $1 AND s.order_id = $2`,
    [merchantId, orderId],
  );
  return schedule;
};

/** In id order, after the charges of whoever asks: everybody locks charges first, then schedules, so that none waits in a ring. New
 * charges of a schedule are written only under this lock, so it is what makes an occurrence come into being once. */
export const lockSchedules = (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<Schedule[]> =>
  tx.query(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedules s WHERE s.merchant_id = $1 AND s.id = ANY($2)
     ORDER BY s.id FOR NO KEY UPDATE`,
    [merchantId, ids],
  );

/** Schedules whose next occurrence is to come into being by now; other workers pass them by. */
export const lockSchedulesToMaterialise = (
  tx: Transaction,
  question: {
    readonly merchantId: string;
    readonly providerAccountId: string;
    readonly dueBy: BusinessInstant;
    readonly limit: number;
  },
): Promise<Schedule[]> =>
  tx.query(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedules s
     WHERE s.merchant_id = $1 AND s.provider_account_id = $2 AND s.status = 'ACTIVE'
       AND s.next_due_at IS NOT NULL AND s.next_due_at <= $3
     ORDER BY s.next_due_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED`,
    [question.merchantId, question.providerAccountId, question.dueBy, question.limit],
  );

/** Schedules whose last period has ended by now, also while they are paused. */
export const lockSchedulesToCancel = (
  tx: Transaction,
  question: {
    readonly merchantId: string;
    readonly providerAccountId: string;
    readonly endedBy: BusinessInstant;
    readonly limit: number;
  },
): Promise<Schedule[]> =>
  tx.query(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedules s
     WHERE s.merchant_id = $1 AND s.provider_account_id = $2 AND s.status IN ('ACTIVE', 'PAUSED')
       AND s.cancel_at IS NOT NULL AND s.cancel_at <= $3
     ORDER BY s.cancel_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED`,
    [question.merchantId, question.providerAccountId, question.endedBy, question.limit],
  );

/** When the first of the account's periods ends with which its schedule does. */
export const nextCancelAt = async (
  tx: Transaction,
  merchantId: string,
  providerAccountId: string,
): Promise<BusinessInstant | null> => {
  const [row] = await tx.query<{ at: BusinessInstant }>(
    `SELECT cancel_at AS at FROM schedules
     WHERE merchant_id = $1 AND provider_account_id = $2 AND status IN ('ACTIVE', 'PAUSED')
       AND cancel_at IS NOT NULL ORDER BY cancel_at LIMIT 1`,
    [merchantId, providerAccountId],
  );
  return row?.at ?? null;
};

/** The next due time among the account's schedules of an occurrence that has no charge yet. */
export const nextPlannedDueAt = async (
  tx: Transaction,
  merchantId: string,
  providerAccountId: string,
): Promise<BusinessInstant | null> => {
  const [row] = await tx.query<{ at: BusinessInstant }>(
    `SELECT next_due_at AS at FROM schedules
     WHERE merchant_id = $1 AND provider_account_id = $2 AND status = 'ACTIVE'
       AND next_due_at IS NOT NULL ORDER BY next_due_at LIMIT 1`,
    [merchantId, providerAccountId],
  );
  return row?.at ?? null;
};

/** Where the sequence stands, after occurrences came into being. */
export const writeProgress = async (
  tx: Transaction,
  merchantId: string,
  progress: readonly Pick<Schedule, 'id' | 'nextNumber' | 'nextDueAt'>[],
): Promise<void> => {
  if (progress.length === 0) return;
  await tx.query(
    `UPDATE schedules s SET next_number = r.next_number, next_due_at = r.next_due_at
     FROM json_to_recordset($2::json) AS r (id uuid, next_number int, next_due_at timestamptz)
     WHERE s.merchant_id = $1 AND s.id = r.id`,
    [
      merchantId,
      JSON.stringify(
        progress.map(({ id, nextNumber, nextDueAt }) => ({
          id,
          next_number: nextNumber,
          next_due_at: nextDueAt,
        })),
      ),
    ],
  );
};

/** A schedule is complete when its last occurrence is settled: none is to come, none is open. */
export const completeSchedules = (
  tx: Transaction,
  merchantId: string,
  { ids, at }: { readonly ids: readonly string[]; readonly at: BusinessInstant },
): Promise<{ id: string }[]> =>
  tx.query(
    `UPDATE schedules s SET status = 'COMPLETED', updated_at = $3
     WHERE s.merchant_id = $1 AND s.id = ANY($2) AND s.status = 'ACTIVE' AND s.next_due_at IS NULL
       AND s.cancel_at IS NULL AND NOT EXISTS (SELECT FROM charges c WHERE c.merchant_id = s.merchant_id
         AND c.schedule_id = s.id AND c.state IN ('SCHEDULED', 'REGISTERED', 'SUBMITTING',
           'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW', 'RETRY_SCHEDULED'))
     RETURNING s.id`,
    [merchantId, ids, at],
  );

/** What a person or the merchant's system changed, whole. */
export const writeChange = async (
  tx: Transaction,
  merchantId: string,
  schedule: Schedule,
): Promise<void> => {
  await tx.query(
    `UPDATE schedules SET status = $3, pause_reason = $4, skip_due_before = $5,
       billing_key_id = $6, order_name = $7, order_items = $8, amount_minor = $9, currency = $10,
       recurrence = $11, end_at = $12, max_occurrences = $13, execution = $14,
       retry_policy_id = $15, next_due_at = $16, anchor_at = $17, anchor_number = $18,
       updated_at = $19, catch_up = $20, when_previous_open = $21, cancel_at = $22,
       pending_change = $23, pending_change_at = $24, anchor_day = $25, anchor_quarter = $26,
       first_amount_minor = $27, paused_at = $28, skipped_pauses = $29, version = version + 1
     WHERE merchant_id = $1 AND id = $2`,
    [
      merchantId,
      schedule.id,
      schedule.status,
      schedule.pauseReason,
      schedule.skipDueBefore,
      schedule.billingKeyId,
      schedule.orderName,
      JSON.stringify(schedule.orderItems),
      schedule.amountMinor,
      schedule.currency,
      schedule.recurrence && JSON.stringify(schedule.recurrence),
      schedule.endAt,
      schedule.maxOccurrences,
      schedule.execution,
      schedule.retryPolicyId,
      schedule.nextDueAt,
      schedule.anchorAt,
      schedule.anchorNumber,
      schedule.updatedAt,
      schedule.catchUp,
      schedule.whenPreviousOpen,
      schedule.cancelAt,
      schedule.pendingChange && JSON.stringify(schedule.pendingChange),
      schedule.pendingChangeAt,
      ...anchorPlaceOf(schedule),
      schedule.firstAmountMinor,
      schedule.pausedAt,
      JSON.stringify(schedule.skippedPauses),
    ],
  );
};
