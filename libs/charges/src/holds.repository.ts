import { newId } from '#kernel';
import type { Transaction } from '#platform/database';

import type { Held, Hold, HoldScope } from './hold.js';

const HOLD_COLUMNS = `h.id, h.scope, h.subject_id AS "subjectId", h.reason, h.held_by AS "heldBy",
  h.held_at AS "heldAt", h.released_by AS "releasedBy", h.released_at AS "releasedAt",
  h.release_reason AS "releaseReason"`;

export interface HoldSubject {
  readonly scope: HoldScope;
  readonly subjectId: string;
}

/** Whoever claims holds this lock shared, whoever writes a hold holds it alone: so a hold waits for the claims under way, and every claim
 * that begins later sees it. It is free again with the transaction, also through a pooler. */
const lockSends = async (
  tx: Transaction,
  merchantId: string,
  mode: 'CLAIM' | 'HOLD',
): Promise<void> => {
  const lock = mode === 'CLAIM' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await tx.query(`SELECT ${lock}(hashtextextended('holds:' || $1, 0))`, [merchantId]);
};

/** What of the account is held, for good until this transaction ends. */
export const readHeld = async (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
): Promise<Held> => {
  await lockSends(tx, account.merchantId, 'CLAIM');
  return peekHeld(tx, account);
};

/** What of the account is held at this moment; a moment later it may be otherwise. */
export const peekHeld = async (
  tx: Transaction,
  { merchantId, providerAccountId }: { merchantId: string; providerAccountId: string },
): Promise<Held> => {
  const holds = await tx.query<HoldSubject>(
    `SELECT scope, subject_id AS "subjectId" FROM holds
     WHERE merchant_id = $1 AND released_at IS NULL
       AND (scope <> 'PROVIDER_ACCOUNT' OR subject_id = $2)`,
    [merchantId, providerAccountId],
  );
  return {
    isAccountHeld: holds.some(({ scope }) => scope !== 'SCHEDULE'),
    scheduleIds: holds.flatMap(({ scope, subjectId }) => (scope === 'SCHEDULE' ? [subjectId] : [])),
  };
};

export const findHold = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<Hold | undefined> => {
  const [hold] = await tx.query<Hold>(
    `SELECT ${HOLD_COLUMNS} FROM holds h WHERE h.merchant_id = $1 AND h.id = $2`,
    [merchantId, id],
  );
  return hold;
};

/** Those that stand, the oldest first. */
export const listHolds = (tx: Transaction, merchantId: string): Promise<Hold[]> =>
  tx.query(
    `SELECT ${HOLD_COLUMNS} FROM holds h
     WHERE h.merchant_id = $1 AND h.released_at IS NULL ORDER BY h.id`,
    [merchantId],
  );

/** The hold that stands; one that stood already is left as it is. When this returns, no claim is under way that does not know of it. */
export const writeHold = async (
  tx: Transaction,
  merchantId: string,
  hold: HoldSubject & { readonly reason: string; readonly by: string },
): Promise<Hold | undefined> => {
  await lockSends(tx, merchantId, 'HOLD');
  await tx.query(
    `INSERT INTO holds (merchant_id, id, scope, subject_id, reason, held_by, held_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [merchantId, newId(), hold.scope, hold.subjectId, hold.reason, hold.by, tx.now],
  );
  return findLastHold(tx, merchantId, hold);
};

/** The released hold, also when it was released before; nothing when there never was one. */
export const writeRelease = async (
  tx: Transaction,
  merchantId: string,
  release: HoldSubject & { readonly reason: string; readonly by: string },
): Promise<{ readonly hold: Hold | undefined; readonly isNew: boolean }> => {
  await lockSends(tx, merchantId, 'HOLD');
  const released = await tx.query(
    `UPDATE holds SET released_by = $4, released_at = $5, release_reason = $6
     WHERE merchant_id = $1 AND scope = $2 AND subject_id = $3 AND released_at IS NULL
     RETURNING id`,
    [merchantId, release.scope, release.subjectId, release.by, tx.now, release.reason],
  );
  return { hold: await findLastHold(tx, merchantId, release), isNew: released.length > 0 };
};

const findLastHold = async (
  tx: Transaction,
  merchantId: string,
  { scope, subjectId }: HoldSubject,
): Promise<Hold | undefined> => {
  const [hold] = await tx.query<Hold>(
    `SELECT ${HOLD_COLUMNS} FROM holds h
     WHERE h.merchant_id = $1 AND h.scope = $2 AND h.subject_id = $3 ORDER BY h.id DESC LIMIT 1`,
    [merchantId, scope, subjectId],
  );
  return hold;
};

/** The accounts whose sending a subject's hold stops; none: the merchant has no such subject. */
export const accountsOf = async (
  tx: Transaction,
  merchantId: string,
  { scope, subjectId }: HoldSubject,
): Promise<string[]> => {
  const from = {
    MERCHANT: 'SELECT id FROM provider_accounts WHERE merchant_id = $1 AND $1 = $2',
    PROVIDER_ACCOUNT: 'SELECT id FROM provider_accounts WHERE merchant_id = $1 AND id = $2',
    SCHEDULE: `SELECT k.provider_account_id AS id FROM schedules s
       JOIN billing_keys k ON k.merchant_id = s.merchant_id AND k.id = s.billing_key_id
       WHERE s.merchant_id = $1 AND s.id = $2`,
  }[scope];
  const rows = await tx.query<{ id: string }>(from, [merchantId, subjectId]);
  return rows.map(({ id }) => id);
};

/** What was proved absent and only waited for the release is looked at, and so sent again, now. */
export const hastenResends = async (
  tx: Transaction,
  merchantId: string,
  { accountIds, absents }: { readonly accountIds: readonly string[]; readonly absents: number },
): Promise<void> => {
  await tx.query(
    `UPDATE charges SET next_look_at = $4
     WHERE merchant_id = $1 AND provider_account_id = ANY($2) AND absents >= $3
       AND state IN ('UNKNOWN', 'NEEDS_REVIEW') AND next_look_at > $4
       AND (lease_until IS NULL OR lease_until <= $4)`,
    [merchantId, accountIds, absents, tx.now],
  );
};
