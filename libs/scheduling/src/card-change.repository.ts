import type { Transaction } from '#platform/database';
import { WAITS_FOR_CARD_DAYS } from '#dunning';

/** Whose card is changed: these schedules, all that is on a key, or all that a customer has at the new key's account. */
export type CardHolder =
  | { readonly scheduleIds: readonly string[] }
  | { readonly replacedKeyId: string }
  | { readonly customerRef: string };

/** The new key, and the account it is of. */
export interface NewCard {
  readonly id: string;
  readonly providerAccountId: string;
}

/** A key of ours that is charged no more, or a customer's, each with many schedules at most. */
export const SCHEDULES_MAX = 1_000;

/** The keys that the new card takes the place of; absent: whichever the named schedules are on. */
export const findReplacedKeys = async (
  tx: Transaction,
  merchantId: string,
  { holder, card }: { readonly holder: CardHolder; readonly card: NewCard },
): Promise<string[] | undefined> => {
  if ('scheduleIds' in holder) return undefined;
  if ('replacedKeyId' in holder) return [holder.replacedKeyId].filter((id) => id !== card.id);
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM billing_keys
     WHERE merchant_id = $1 AND provider_account_id = $2 AND id <> $3 AND customer_ref = $4`,
    [merchantId, card.providerAccountId, card.id, holder.customerRef],
  );
  return rows.map(({ id }) => id);
};

/** Ids of schedules that are on one of these keys, will be by a change that is kept, or have an occurrence waiting there that keeps its terms.
 * Parameters: the merchant, and the keys. */
export const SCHEDULES_ON_KEYS = `
  SELECT o.id FROM schedules o WHERE o.merchant_id = $1 AND o.billing_key_id = ANY($2)
  UNION SELECT p.id FROM schedules p
    WHERE p.merchant_id = $1 AND p.pending_change_at IS NOT NULL
      AND (p.pending_change->>'billingKeyId')::uuid = ANY($2)
  UNION SELECT c.schedule_id FROM charges c
    WHERE c.merchant_id = $1 AND c.billing_key_id = ANY($2) AND c.keeps_terms
      AND c.state IN ('SCHEDULED', 'REGISTERED')`;

/** Those of them at the new key's account that go on, the oldest first. */
export const findSchedulesOn = async (
  tx: Transaction,
  merchantId: string,
  { keyIds, card }: { readonly keyIds: readonly string[]; readonly card: NewCard },
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `SELECT s.id FROM schedules s
     WHERE s.merchant_id = $1 AND s.provider_account_id = $3 AND s.status IN ('ACTIVE', 'PAUSED')
       AND s.id IN (${SCHEDULES_ON_KEYS})
     ORDER BY s.id LIMIT ${SCHEDULES_MAX + 1}`,
    [merchantId, keyIds, card.providerAccountId],
  );
  return rows.map(({ id }) => id);
};

/** Whether any billing key of the merchant's, at whatever account and in whatever state, is this customer's. */
export const hasCustomer = async (
  tx: Transaction,
  merchantId: string,
  customerRef: string,
): Promise<boolean> => {
  const found = await tx.query(
    'SELECT id FROM billing_keys WHERE merchant_id = $1 AND customer_ref = $2 LIMIT 1',
    [merchantId, customerRef],
  );
  return found.length > 0;
};

/** Charges that another card lets go on: those that wait for their next try, and those that failed for want of a card and are not long past
 * due. Of named schedules, theirs; else also those without a schedule. The longest due first. */
export const findChargesForCard = async (
  tx: Transaction,
  merchantId: string,
  question: {
    readonly holder: CardHolder;
    readonly card: NewCard;
    readonly scheduleIds: readonly string[];
  },
): Promise<string[]> => {
  const { holder, card, scheduleIds } = question;
  const isNamed = 'scheduleIds' in holder;
  const rows = await tx.query<{ id: string }>(
    `SELECT c.id FROM charges c
     JOIN billing_keys k ON k.merchant_id = c.merchant_id AND k.id = c.billing_key_id
     JOIN provider_accounts a ON a.merchant_id = c.merchant_id AND a.id = c.provider_account_id
     WHERE c.merchant_id = $1 AND c.provider_account_id = $2 AND c.billing_key_id <> $3
       AND ${isNamed ? 'c.schedule_id = ANY($4)' : keyOf(holder)}
       AND (c.state = 'RETRY_SCHEDULED' AND c.failure_code IS NOT NULL
         OR c.state = 'FAILED' AND c.failure_class IN ('KEY', 'HARD')
           AND c.due_at >= $5::timestamptz + a.clock_offset_ms * interval '1 ms'
             - make_interval(days => ${WAITS_FOR_CARD_DAYS}))
     ORDER BY c.due_at, c.id LIMIT ${SCHEDULES_MAX}`,
    [merchantId, card.providerAccountId, card.id, isNamed ? scheduleIds : valueOf(holder), tx.now],
  );
  return rows.map(({ id }) => id);
};

const keyOf = (holder: CardHolder): string =>
  'replacedKeyId' in holder ? 'k.id = $4' : 'k.customer_ref = $4';
const valueOf = (holder: CardHolder): string =>
  'replacedKeyId' in holder
    ? holder.replacedKeyId
    : 'customerRef' in holder
      ? holder.customerRef
      : '';
