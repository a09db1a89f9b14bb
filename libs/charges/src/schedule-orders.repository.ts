import type { Transaction } from '#platform/database';

/** `<order id>-<number>`: what the n-th occurrence of a schedule is charged under. */
const OCCURRENCE = /^(.+)-[1-9]\d*$/;

const baseOf = (orderId: string): string | undefined => OCCURRENCE.exec(orderId)?.[1];

/** Which of these order ids belong to a schedule, also before the occurrence exists: nobody else may take them. */
export const findOrdersOfSchedules = async (
  tx: Transaction,
  merchantId: string,
  orderIds: readonly string[],
): Promise<Set<string>> => {
  const bases = [...new Set(orderIds.flatMap((orderId) => baseOf(orderId) ?? []))];
  if (bases.length === 0) return new Set();
  const rows = await tx.query<{ base: string }>(
    'SELECT order_id AS base FROM schedules WHERE merchant_id = $1 AND order_id = ANY($2)',
    [merchantId, bases],
  );
  const owned = new Set(rows.map(({ base }) => base));
  return new Set(orderIds.filter((orderId) => owned.has(baseOf(orderId) ?? '')));
};
