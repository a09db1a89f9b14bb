import { after, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import { NO_COUNTS, type KnownReference, type Reconciliation } from './reconciliation.js';

interface Account {
  readonly merchantId: string;
  readonly providerAccountId: string;
}

/** A sweep that is due, moved ahead by whoever takes it; else when the next one is. */
export type SweepClaim =
  | {
      readonly kind: 'TAKEN';
      readonly reconciliation: Reconciliation;
      readonly nextSweepAt: MachineInstant;
    }
  | { readonly kind: 'NOT_DUE'; readonly nextSweepAt: MachineInstant };

type Row = Reconciliation & { readonly nextSweepAt: MachineInstant };

const COLUMNS = `next_sweep_at AS "nextSweepAt", swept_until AS "sweptUntil",
  sweeping_to AS "sweepingTo", open_from AS "openFrom", counts`;

/** The agenda row is held, so that nobody takes the same account at the same time. */
export const claimSweep = async (
  tx: Transaction,
  { merchantId, providerAccountId }: Account,
  everySeconds: number,
): Promise<SweepClaim> => {
  const ids = [merchantId, providerAccountId];
  const [found] = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM reconciliations WHERE merchant_id = $1 AND provider_account_id = $2`,
    ids,
  );
  if (found && found.nextSweepAt > tx.now)
    return { kind: 'NOT_DUE', nextSweepAt: found.nextSweepAt };
  const nextSweepAt = after(tx.now, everySeconds);
  // Before there was an account nothing of it can have been captured.
  const [row] = await tx.query<Row>(
    `INSERT INTO reconciliations (merchant_id, provider_account_id, next_sweep_at, swept_until, counts)
     SELECT merchant_id, id, $3, created_at, $4 FROM provider_accounts
     WHERE merchant_id = $1 AND id = $2
     ON CONFLICT (merchant_id, provider_account_id)
       DO UPDATE SET next_sweep_at = EXCLUDED.next_sweep_at
     RETURNING ${COLUMNS}`,
    [...ids, nextSweepAt, JSON.stringify(NO_COUNTS)],
  );
  return row
    ? { kind: 'TAKEN', reconciliation: row, nextSweepAt }
    : { kind: 'NOT_DUE', nextSweepAt };
};

export const saveSweep = async (
  tx: Transaction,
  { merchantId, providerAccountId }: Account,
  { reconciliation, nextSweepAt }: Extract<SweepClaim, { kind: 'TAKEN' }>,
): Promise<void> => {
  const { sweptUntil, sweepingTo, openFrom, counts } = reconciliation;
  await tx.query(
    `UPDATE reconciliations SET swept_until = $3, sweeping_to = $4::timestamptz, open_from = $5,
       counts = $6, next_sweep_at = $7,
       swept_at = CASE WHEN $4::timestamptz IS NULL THEN $8 ELSE swept_at END
     WHERE merchant_id = $1 AND provider_account_id = $2`,
    [
      ...[merchantId, providerAccountId, sweptUntil, sweepingTo, openFrom],
      ...[JSON.stringify(counts), nextSweepAt, tx.now],
    ],
  );
};

/** What these references are known by. Read after the list: an intent is written before anything can be captured under it. */
export const findKnownReferences = async (
  tx: Transaction,
  { merchantId, providerAccountId }: Account,
  references: readonly string[],
): Promise<ReadonlyMap<string, KnownReference>> => {
  const rows = await tx.query<KnownReference & { readonly reference: string }>(
    `SELECT sent.reference, c.id AS "chargeId", COALESCE(c.lease_until > $4, false) AS "isHeld",
       ARRAY(SELECT b.provider_payment_id FROM attempts b
         WHERE b.merchant_id = $1 AND b.charge_id = c.id AND b.provider_payment_id IS NOT NULL
           AND b.outcome IN ('SUCCEEDED', 'DUPLICATE_CAPTURE')) AS "bookedPaymentIds"
     FROM (SELECT DISTINCT a.provider_reference AS reference, a.charge_id FROM attempts a
       WHERE a.merchant_id = $1 AND a.provider_account_id = $2
         AND a.provider_reference = ANY($3)) sent
     JOIN charges c ON c.merchant_id = $1 AND c.id = sent.charge_id`,
    [merchantId, providerAccountId, references, tx.now],
  );
  return new Map(rows.map(({ reference, ...known }) => [reference, known]));
};
