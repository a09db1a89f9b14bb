import { businessTimeOf } from '#platform/clock';
import { exactSum, type Transaction } from '#platform/database';

import type { KnownGroup, PlannedGroup } from './forecast.js';

/** No clock change divides a quarter of an hour, and no step of a forecast begins within one. */
const quarterOf = (time: string): string => `date_bin('15 minutes', ${time}, 'epoch')`;

const FIRST_DIFFERENCE = `sum(CASE WHEN next_number = 1 AND first_amount_minor IS NOT NULL
  THEN first_amount_minor - amount_minor ELSE 0 END)`;

/** What ACTIVE schedules without a kept change bring, in groups that fall due together. A group's recurrence is read from whichever schedule has
 * its key. */
export const readPlannedGroups = (
  tx: Transaction,
  merchantId: string,
  toAt: Date,
): Promise<PlannedGroup[]> =>
  tx.query(
    `WITH planned AS (
       SELECT recurrence_key, anchor_day AS "anchorDay", anchor_quarter AS "anchorQuarter",
         ${quarterOf('next_due_at')} AS "nextDueAt", end_at AS "endAt",
         max_occurrences - next_number + 1 AS remaining, currency, count(*)::int AS schedules,
         ${exactSum('sum(amount_minor)')} AS "amountMinor",
         ${exactSum(FIRST_DIFFERENCE)} AS "firstDifferenceMinor"
       FROM schedules
       WHERE merchant_id = $1 AND status = 'ACTIVE' AND next_due_at < $2
         AND pending_change_at IS NULL
       GROUP BY recurrence_key, anchor_day, anchor_quarter, 4, end_at, 6, currency)
     SELECT "anchorDay", "anchorQuarter", "nextDueAt", "endAt", remaining, currency, schedules,
       "amountMinor", "firstDifferenceMinor", (SELECT s.recurrence FROM schedules s WHERE s.merchant_id = $1
         AND s.recurrence_key = planned.recurrence_key LIMIT 1) AS recurrence
     FROM planned`,
    [merchantId, toAt],
  );

/** Ids of ACTIVE schedules that will be another plan from a date on. */
export const findChangingSchedules = async (
  tx: Transaction,
  merchantId: string,
  toAt: Date,
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM schedules
     WHERE merchant_id = $1 AND status = 'ACTIVE' AND next_due_at < $2
       AND pending_change_at IS NOT NULL`,
    [merchantId, toAt],
  );
  return rows.map(({ id }) => id);
};

const EXPECTED_AT = "CASE WHEN c.state = 'RETRY_SCHEDULED' THEN c.send_at ELSE c.due_at END";

/** Charges that wait for their time or their next try, but not for a resumption, nor for a time at which their schedule has ended. What is
 * overdue is expected now. */
export const readKnownGroups = async (
  tx: Transaction,
  merchantId: string,
  toAt: Date,
): Promise<KnownGroup[]> => {
  const rows = await tx.query<KnownGroup & { readonly clockOffsetMs: number }>(
    `SELECT ${quarterOf(EXPECTED_AT)} AS at,
       c.currency, c.state = 'RETRY_SCHEDULED' AS "isRetry",
       a.clock_offset_ms AS "clockOffsetMs", count(*)::int AS charges,
       ${exactSum('sum(c.amount_minor)')} AS "amountMinor"
     FROM charges c
     JOIN provider_accounts a ON a.merchant_id = c.merchant_id AND a.id = c.provider_account_id
     LEFT JOIN schedules s ON s.merchant_id = c.merchant_id AND s.id = c.schedule_id
     WHERE c.merchant_id = $1 AND c.state IN ('SCHEDULED', 'REGISTERED', 'RETRY_SCHEDULED')
       AND (c.due_at < $2 OR c.state = 'RETRY_SCHEDULED')
       AND (c.revocation IS NULL OR c.revocation = 'FOLLOW_SCHEDULE')
       AND (s.id IS NULL OR (c.state = 'RETRY_SCHEDULED' OR s.status = 'ACTIVE')
         AND (s.cancel_at IS NULL OR ${EXPECTED_AT} < s.cancel_at))
     GROUP BY 1, 2, 3, 4`,
    [merchantId, toAt],
  );
  return rows.map(({ clockOffsetMs, ...group }) => {
    const now = businessTimeOf(tx.now, clockOffsetMs);
    return group.at < now ? { ...group, at: now } : group;
  });
};
