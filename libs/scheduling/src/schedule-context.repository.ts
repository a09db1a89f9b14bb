import type { Transaction } from '#platform/database';
import { keysetOf, sliceOf, type Page, type Slice } from '#platform/paging';
import type { ChargeState } from '#charges';

import type { Waiting } from './occurrence.place.js';

export interface KeyOfSchedule {
  readonly id: string;
  readonly status: string;
  readonly providerAccountId: string;
}

/** Held against its deletion until the schedule on it is written. */
export const findKeyOfSchedule = async (
  tx: Transaction,
  merchantId: string,
  id: string | undefined,
): Promise<KeyOfSchedule | undefined> => {
  if (!id) return undefined;
  const [key] = await tx.query<KeyOfSchedule>(
    `SELECT id, status, provider_account_id AS "providerAccountId" FROM billing_keys
     WHERE merchant_id = $1 AND id = $2 FOR SHARE`,
    [merchantId, id],
  );
  return key;
};

export const hasRetryPolicy = async (
  tx: Transaction,
  merchantId: string,
  id: string | undefined,
): Promise<boolean> => {
  if (id === undefined) return false;
  const found = await tx.query('SELECT id FROM retry_policies WHERE merchant_id = $1 AND id = $2', [
    merchantId,
    id,
  ]);
  return found.length > 0;
};

/** An order id that the schedule or one of its occurrences would need and another charge or schedule has. `.` follows `-` in the
 * collation of order ids, so that the range is a prefix. */
export const findTakenOrderId = async (
  tx: Transaction,
  merchantId: string,
  orderId: string,
): Promise<string | undefined> => {
  const [taken] = await tx.query<{ orderId: string }>(
    `SELECT order_id AS "orderId" FROM charges WHERE merchant_id = $1 AND order_id = $2
     UNION ALL
     SELECT order_id FROM schedules WHERE merchant_id = $1 AND order_id = $2
     UNION ALL
     (SELECT order_id FROM charges
      WHERE merchant_id = $1 AND order_id >= $2 || '-' AND order_id < $2 || '.'
        AND substr(order_id, length($2) + 2) ~ '^[1-9][0-9]{0,6}$' LIMIT 1)`,
    [merchantId, orderId],
  );
  return taken?.orderId;
};

/** The occurrences that wait for their time, from the first one on, without those that are wished away. */
export const listWaiting = (
  tx: Transaction,
  merchantId: string,
  { scheduleId, first }: { readonly scheduleId: string; readonly first: number },
): Promise<Waiting[]> =>
  tx.query(
    `SELECT state, occurrence_number AS number, due_at AS "dueAt", revocation FROM charges
     WHERE merchant_id = $1 AND schedule_id = $2 AND state IN ('SCHEDULED', 'REGISTERED')
       AND (revocation IS NULL OR revocation = 'FOLLOW_SCHEDULE')
     ORDER BY occurrence_number LIMIT $3`,
    [merchantId, scheduleId, first],
  );

/** Whether the first occurrence may still take what it is for from its schedule: it was not sent, or not for certain. */
export const isFirstUnsent = async (
  tx: Transaction,
  merchantId: string,
  scheduleId: string,
): Promise<boolean> => {
  const [first] = await tx.query<{ state: ChargeState }>(
    `SELECT state FROM charges
     WHERE merchant_id = $1 AND schedule_id = $2 AND occurrence_number = 1`,
    [merchantId, scheduleId],
  );
  return first === undefined || UNSENT.includes(first.state);
};

/** A claim that proves never to have left gives its charge back as SCHEDULED, and so does a registration. */
const UNSENT: readonly ChargeState[] = ['SCHEDULED', 'REGISTERED', 'SUBMITTING'];

export const listOccurrenceIds = async (
  tx: Transaction,
  merchantId: string,
  { scheduleId, page }: { readonly scheduleId: string; readonly page: Page },
): Promise<Slice<{ id: string; number: number }>> => {
  const keyset = keysetOf(page, {
    column: 'occurrence_number',
    type: 'int',
    direction: 'ASC',
    firstParameter: 3,
  });
  const rows = await tx.query<{ id: string; number: number }>(
    `SELECT id, occurrence_number AS number FROM charges
     WHERE merchant_id = $1 AND schedule_id = $2${keyset.where}${keyset.tail}`,
    [merchantId, scheduleId, ...keyset.parameters],
  );
  return sliceOf(rows, page);
};
