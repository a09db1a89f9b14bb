import { LIVE_STATES, type ChargeState } from '#charges';
import type { Transaction } from '#platform/database';

/** A charge or schedule that is to be charged on a key. */
export interface LiveWork {
  readonly schedules: readonly { readonly id: string; readonly status: 'ACTIVE' | 'PAUSED' }[];
  readonly charges: readonly {
    readonly id: string;
    readonly state: ChargeState;
    readonly scheduleId: string | null;
    readonly attemptCount: number;
  }[];
}

/** What one call can end; a key rarely has more than a handful. */
const LIVE_WORK_MAX = 1_000;

/** An occurrence that was never sent follows its schedule's key; whatever was sent stays with the key it was sent on. */
export const findLiveWork = async (
  tx: Transaction,
  merchantId: string,
  billingKeyId: string,
): Promise<LiveWork> => {
  const schedules = await tx.query<LiveWork['schedules'][number]>(
    `SELECT id, status FROM schedules WHERE merchant_id = $1 AND billing_key_id = $2
       AND status IN ('ACTIVE', 'PAUSED') LIMIT ${LIVE_WORK_MAX}`,
    [merchantId, billingKeyId],
  );
  const charges = await tx.query<LiveWork['charges'][number]>(
    `SELECT c.id, c.state, c.schedule_id AS "scheduleId", c.attempt_count AS "attemptCount"
     FROM charges c
     LEFT JOIN schedules s ON s.merchant_id = c.merchant_id AND s.id = c.schedule_id
     WHERE c.merchant_id = $1 AND c.billing_key_id = $2 AND c.state = ANY($3)
       AND (s.id IS NULL OR c.attempt_count > 0 OR s.billing_key_id = $2)
     UNION
     SELECT c.id, c.state, c.schedule_id, c.attempt_count FROM schedules s
     JOIN charges c ON c.merchant_id = s.merchant_id AND c.schedule_id = s.id
     WHERE s.merchant_id = $1 AND s.billing_key_id = $2 AND c.attempt_count = 0
       AND c.state = ANY($3)
     LIMIT ${LIVE_WORK_MAX}`,
    [merchantId, billingKeyId, LIVE_STATES],
  );
  return { schedules, charges };
};
