import type { BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { keysetOf, sliceOf, type Page, type Slice } from '#platform/paging';

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

/** Due times of the occurrences that wait for their time. */
export const listWaitingDues = async (
  tx: Transaction,
  merchantId: string,
  { scheduleId, first }: { readonly scheduleId: string; readonly first: number },
): Promise<BusinessInstant[]> => {
  const rows = await tx.query<{ dueAt: BusinessInstant }>(
    `SELECT due_at AS "dueAt" FROM charges
     WHERE merchant_id = $1 AND schedule_id = $2 AND state IN ('SCHEDULED', 'REGISTERED')
     ORDER BY occurrence_number LIMIT $3`,
    [merchantId, scheduleId, first],
  );
  return rows.map(({ dueAt }) => dueAt);
};

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
