import { after, businessTimeOf, type BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { Agenda } from '#merchants';

import type { ServedAccount } from './dependencies.js';
import { DOWNTIME_SECONDS, type Downtime } from './downtime.js';

/** Keeps that nobody served the account for long, before anything of it is claimed again. */
export const noteDowntime = async (
  tx: Transaction,
  { lastServedAt }: Agenda,
  { merchantId, providerAccountId, clockOffsetMs }: ServedAccount,
): Promise<void> => {
  if (tx.now < after(lastServedAt, DOWNTIME_SECONDS)) return;
  await tx.query(
    `INSERT INTO downtimes (merchant_id, provider_account_id, from_at, to_at)
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [
      ...[merchantId, providerAccountId, businessTimeOf(lastServedAt, clockOffsetMs)],
      businessTimeOf(tx.now, clockOffsetMs),
    ],
  );
};

/** The downtimes of an account that ended after the instant. */
export const readDowntimes = (
  tx: Transaction,
  { merchantId, providerAccountId }: ServedAccount,
  since: BusinessInstant,
): Promise<Downtime[]> =>
  tx.query(
    `SELECT from_at AS "fromAt", to_at AS "toAt" FROM downtimes
     WHERE merchant_id = $1 AND provider_account_id = $2 AND to_at >= $3 ORDER BY from_at`,
    [merchantId, providerAccountId, since],
  );

/** When the occurrence after each of these is due, by charge; of the last one there is none. */
export const readNextDues = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> => {
  const rows = await tx.query<{ id: string; nextDueAt: Date | null }>(
    `SELECT c.id, CASE WHEN s.next_number = c.occurrence_number + 1 THEN s.next_due_at
         ELSE n.due_at END AS "nextDueAt"
     FROM charges c
     JOIN schedules s ON s.merchant_id = c.merchant_id AND s.id = c.schedule_id
     LEFT JOIN charges n ON n.merchant_id = c.merchant_id AND n.schedule_id = c.schedule_id
       AND n.occurrence_number = c.occurrence_number + 1
     WHERE c.merchant_id = $1 AND c.id = ANY($2)`,
    [merchantId, chargeIds],
  );
  return new Map(rows.flatMap(({ id, nextDueAt }) => (nextDueAt ? [[id, nextDueAt]] : [])));
};
