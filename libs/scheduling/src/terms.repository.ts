import type { Transaction } from '#platform/database';

import type { NamedTerms } from './schedule-update.js';

const HAS_FIRST_AMOUNT = 'c.occurrence_number = 1 AND s.first_amount_minor IS NOT NULL';

/** What an occurrence `c` is for by its schedule `s`, as the schedule's row is now. The first one may have an amount of its own, which no items
 * add up to. */
const BY_SCHEDULE = {
  billing_key_id: 's.billing_key_id',
  order_name: 's.order_name',
  order_items: `CASE WHEN ${HAS_FIRST_AMOUNT} THEN '[]' ELSE s.order_items END`,
  amount_minor: `CASE WHEN ${HAS_FIRST_AMOUNT} THEN s.first_amount_minor ELSE s.amount_minor END`,
  currency: 's.currency',
} as const;

/** What one that keeps its terms is for: its own, as they were changed while its provider held it. */
const KEPT = {
  billing_key_id: `COALESCE((c.kept_terms->>'billingKeyId')::uuid, c.billing_key_id)`,
  order_name: `COALESCE(c.kept_terms->>'orderName', c.order_name)`,
  order_items: `COALESCE(c.kept_terms->'orderItems', c.order_items)`,
  amount_minor: `COALESCE((c.kept_terms->>'amountMinor')::bigint, c.amount_minor)`,
  currency: `COALESCE(c.kept_terms->>'currency', c.currency)`,
} as const;

const COLUMNS = Object.keys(KEPT) as (keyof typeof KEPT)[];

/** What an occurrence that waits is for by now, as assignments of an UPDATE of `c` from its schedule `s`. */
export const TERMS = [
  ...COLUMNS.map(
    (column) =>
      `${column} = CASE WHEN c.keeps_terms THEN ${KEPT[column]} ELSE ${BY_SCHEDULE[column]} END`,
  ),
  'kept_terms = NULL',
].join(', ');

/** What a change asked for and the provider has not let go of yet: it is to be had then, whatever the schedule is by that time. */
const WISHED = `CASE WHEN c.state = 'REGISTERED' AND c.revocation = 'FOLLOW_SCHEDULE'
  THEN jsonb_build_object('billingKeyId', s.billing_key_id, 'orderName', s.order_name,
    'orderItems', ${BY_SCHEDULE.order_items}, 'amountMinor', ${BY_SCHEDULE.amount_minor},
    'currency', s.currency) END`;

/** What waits, is registered or being sent goes out as it was agreed, whatever its schedule is changed to. What somebody is claiming or settling
 * was read as it is. */
export const keepTerms = async (
  tx: Transaction,
  merchantId: string,
  kept: {
    readonly scheduleIds: readonly string[];
    /** Those of a smaller number only; absent: all. */
    readonly before?: number;
  },
): Promise<void> => {
  const asScheduled = COLUMNS.map(
    (column) =>
      `${column} = CASE WHEN c.state = 'SCHEDULED' THEN ${BY_SCHEDULE[column]} ELSE c.${column} END`,
  );
  await tx.query(
    `UPDATE charges c SET keeps_terms = true, kept_terms = ${WISHED}, ${asScheduled.join(', ')}
     FROM schedules s
     WHERE c.merchant_id = $1 AND s.merchant_id = $1 AND s.id = c.schedule_id AND c.id IN (
       SELECT w.id FROM charges w
       WHERE w.merchant_id = $1 AND w.schedule_id = ANY($2) AND NOT w.keeps_terms
         AND ($3::int IS NULL OR w.occurrence_number < $3)
         AND w.state IN ('SCHEDULED', 'REGISTERED', 'SUBMITTING')
       ORDER BY w.id FOR UPDATE SKIP LOCKED)`,
    [merchantId, kept.scheduleIds, kept.before ?? null],
  );
};

/** What was claimed on the terms of before, and comes back unsent after a change took over, goes out on those: they are its row's by now. */
export const pinTerms = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<void> => {
  if (chargeIds.length === 0) return;
  await tx.query(
    `UPDATE charges SET keeps_terms = true
     WHERE merchant_id = $1 AND id = ANY($2) AND state = 'SCHEDULED' AND NOT keeps_terms`,
    [merchantId, chargeIds],
  );
};

/** What a change at once makes of what waits or is registered: what comes before it keeps the terms it had, and what keeps its terms takes what
 * the change names. Called while the schedule itself is still as it was. */
export const writeTerms = async (
  tx: Transaction,
  merchantId: string,
  change: {
    readonly scheduleId: string;
    readonly holdsFrom: number;
    /** Absent: it is no change of terms, or not yet. */
    readonly terms?: NamedTerms;
    /** Those on one of these keys only; absent: on any. */
    readonly replacedKeyIds?: readonly string[];
  },
): Promise<void> => {
  const { scheduleId, holdsFrom, terms } = change;
  if (!terms) return;
  if (holdsFrom > 1)
    await keepTerms(tx, merchantId, { scheduleIds: [scheduleId], before: holdsFrom });
  if (Object.keys(terms).length > 0)
    await changeKeptTerms(tx, merchantId, { ...change, terms: JSON.stringify(terms) });
};

/** At once where it waits, and once the provider has let go where that holds it. The first amount stays, and items go only beside the amount they
 * add up to. */
const changeKeptTerms = async (
  tx: Transaction,
  merchantId: string,
  change: {
    readonly scheduleId: string;
    readonly holdsFrom: number;
    readonly terms: string;
    readonly replacedKeyIds?: readonly string[];
  },
): Promise<void> => {
  await tx.query(
    `UPDATE charges c SET kept_terms = COALESCE(c.kept_terms, '{}') || CASE
         WHEN ${HAS_FIRST_AMOUNT} THEN $4::jsonb - '{orderItems,amountMinor,currency}'::text[]
         WHEN $4::jsonb ? 'amountMinor' OR s.amount_minor = ${KEPT.amount_minor} THEN $4::jsonb
         ELSE $4::jsonb - 'orderItems' END
     FROM schedules s
     WHERE c.merchant_id = $1 AND s.merchant_id = c.merchant_id AND s.id = c.schedule_id
       AND c.schedule_id = $2 AND c.occurrence_number >= $3 AND c.keeps_terms
       AND c.state IN ('SCHEDULED', 'REGISTERED')
       AND ($5::uuid[] IS NULL OR ${KEPT.billing_key_id} = ANY($5))`,
    [
      ...[merchantId, change.scheduleId, change.holdsFrom, change.terms],
      change.replacedKeyIds ?? null,
    ],
  );
};
