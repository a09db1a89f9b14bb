import { after } from '#platform/clock';
import type { Transaction } from '#platform/database';

/** Of the latest payments decided, how many a webhook told us of. */
export interface WebhookCoverage {
  readonly expected: number;
  readonly seen: number;
}

/** Enough to see one in a hundred missing, few enough to be read at once. */
const SAMPLE = 500;
/** A webhook that comes at all is here within minutes of the decision. */
const PATIENCE_SECONDS = 300;

/**
 * Ids are UUIDv7, so that the latest attempts, and the events that came after the first of these, are ranges of two primary keys: what is
 * older is not read.
 */
export const readWebhookCoverage = async (
  tx: Transaction,
  merchantId: string,
): Promise<WebhookCoverage> => {
  const [coverage] = await tx.query<WebhookCoverage>(
    `WITH latest AS MATERIALIZED (
       SELECT id, charge_id, outcome, provider_payment_id, settled_at FROM attempts
       WHERE merchant_id = $1 ORDER BY id DESC LIMIT $2),
     decided AS (
       SELECT DISTINCT charge_id FROM latest
       WHERE outcome IN ('SUCCEEDED', 'DECLINED') AND provider_payment_id IS NOT NULL
         AND settled_at <= $3),
     told AS MATERIALIZED (
       SELECT DISTINCT charge_id FROM webhook_events
       WHERE merchant_id = $1 AND charge_id IS NOT NULL
         AND id >= (SELECT id FROM latest ORDER BY id LIMIT 1))
     SELECT count(*) AS expected, count(told.charge_id) AS seen
     FROM decided LEFT JOIN told USING (charge_id)`,
    [merchantId, SAMPLE, after(tx.now, -PATIENCE_SECONDS)],
  );
  return coverage ?? { expected: 0, seen: 0 };
};
