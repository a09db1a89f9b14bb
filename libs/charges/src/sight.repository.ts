import type { Transaction } from '#platform/database';

import type { IncidentKind } from './incident.js';

/** What of a merchant's charges is not as it should be. Counts of what is overdue end at {@link OVERDUE_COUNT_MAX}. */
export interface Sight {
  readonly overdueCount: number;
  /** Seconds that the oldest charge is past its time, by its account's clock; nothing: none is. */
  readonly oldestOverdueSeconds: number | null;
  readonly needsReviewCount: number;
  readonly refundsNeedingReviewCount: number;
  readonly unknownCount: number;
  /** Seconds since the oldest of them became so, by machine time. */
  readonly oldestUnknownSeconds: number | null;
  readonly unknownAmounts: readonly { readonly currency: string; readonly amountMinor: number }[];
  readonly openIncidents: readonly { readonly kind: IncidentKind; readonly count: number }[];
}

/** Who has so many overdue need not know how many more, and the count reads no more rows than that, account by account. */
export const OVERDUE_COUNT_MAX = 10_000;

/**
 * One round trip, over partial indexes that hold only what is live (`charges_to_send`, `refunds_in_review`, `incidents_open`) and over the two states that hold
 * few rows (`charges_by_state`): it costs the same beside a million settled charges as beside none.
 */
export const readSight = async (tx: Transaction, merchantId: string): Promise<Sight> => {
  const [sight] = await tx.query<Sight>(
    `WITH overdue AS MATERIALIZED (
       SELECT late.count, late.seconds FROM provider_accounts a
       CROSS JOIN LATERAL (SELECT $2::timestamptz + make_interval(secs => a.clock_offset_ms / 1000.0) AS now) clock
       CROSS JOIN LATERAL (
         SELECT count(*) AS count, extract(epoch FROM clock.now - min(send_at)) AS seconds FROM (
           SELECT c.send_at FROM charges c
           WHERE c.merchant_id = $1 AND c.provider_account_id = a.id
             AND c.state IN ('SCHEDULED', 'RETRY_SCHEDULED') AND c.send_at <= clock.now
           ORDER BY c.send_at LIMIT $3) oldest) late
       WHERE a.merchant_id = $1),
     unclear AS MATERIALIZED (
       SELECT state, currency, count(*) AS count, sum(amount_minor) AS amount, min(unresolved_since) AS since
       FROM charges WHERE merchant_id = $1 AND state IN ('UNKNOWN', 'NEEDS_REVIEW')
       GROUP BY state, currency)
     SELECT
       (SELECT least(coalesce(sum(count), 0), $3)::bigint FROM overdue) AS "overdueCount",
       (SELECT max(seconds)::float8 FROM overdue) AS "oldestOverdueSeconds",
       (SELECT coalesce(sum(count), 0)::bigint FROM unclear WHERE state = 'NEEDS_REVIEW')
         AS "needsReviewCount",
       (SELECT count(*)::bigint FROM refunds WHERE merchant_id = $1 AND review_since IS NOT NULL)
         AS "refundsNeedingReviewCount",
       (SELECT coalesce(sum(count), 0)::bigint FROM unclear WHERE state = 'UNKNOWN') AS "unknownCount",
       (SELECT extract(epoch FROM $2::timestamptz - min(since))::float8 FROM unclear WHERE state = 'UNKNOWN')
         AS "oldestUnknownSeconds",
       (SELECT coalesce(json_agg(json_build_object('currency', currency, 'amountMinor', amount)
          ORDER BY currency), '[]') FROM unclear WHERE state = 'UNKNOWN') AS "unknownAmounts",
       (SELECT coalesce(json_agg(json_build_object('kind', kind, 'count', count) ORDER BY kind), '[]') FROM (
          SELECT kind, count(*) AS count FROM incidents
          WHERE merchant_id = $1 AND resolved_at IS NULL GROUP BY kind) open) AS "openIncidents"`,
    [merchantId, tx.now, OVERDUE_COUNT_MAX],
  );
  if (!sight) throw new Error('expected one row of what is not as it should be, found none');
  return sight;
};
