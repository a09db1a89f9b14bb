import { after, machineTimeOf, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { hasten } from '#merchants';

import type { Revocation } from './registration.js';
import type { Registered } from './registration.repository.js';

export interface Confirmation {
  readonly registered: Registered;
  readonly isExecuted: boolean;
}

/** The provider has it. From its time on it is the resolver's, whose looks are counted from then; a wish to take it back that was written
 * while we spoke to the provider stands. */
export const writeConfirmations = async (
  tx: Transaction,
  confirmations: readonly Confirmation[],
  context: {
    readonly merchantId: string;
    readonly providerAccountId: string;
    readonly leaseToken: string;
    readonly firstLookSeconds: number;
  },
): Promise<void> => {
  if (confirmations.length === 0) return;
  const { merchantId, providerAccountId, leaseToken } = context;
  const clockOffsetMs = await holdClock(tx, context);
  const rows = confirmations.map(({ registered: { charge, attempt }, isExecuted }) => {
    const dueAt = machineTimeOf(charge.dueAt, clockOffsetMs);
    const since = isExecuted || dueAt < tx.now ? tx.now : dueAt;
    return {
      id: charge.id,
      attempt_id: attempt.id,
      since,
      is_executed: isExecuted,
      next_look_at: isExecuted ? tx.now : after(since, context.firstLookSeconds),
    };
  });
  const confirmed = await tx.query<{ id: string }>(
    `UPDATE charges c SET looks = 0, absents = 0, first_absent_at = NULL,
       revocation = CASE WHEN r.is_executed THEN NULL ELSE c.revocation END,
       register_at = CASE WHEN r.is_executed OR c.revocation IS NULL THEN NULL
         ELSE $4::timestamptz END,
       next_look_at = CASE WHEN r.is_executed OR c.revocation IS NULL THEN r.next_look_at END,
       unresolved_since = r.since, lease_token = NULL, lease_until = NULL
     FROM json_to_recordset($2::json) AS r (id uuid, since timestamptz, next_look_at timestamptz,
       is_executed boolean)
     WHERE c.merchant_id = $1 AND c.id = r.id AND c.lease_token = $3 AND c.state = 'REGISTERED'
     RETURNING c.id`,
    [merchantId, JSON.stringify(rows), leaseToken, tx.now],
  );
  const held = new Set(confirmed.map(({ id }) => id));
  const mine = rows.filter(({ id }) => held.has(id));
  await tx.query(
    `UPDATE attempts SET outcome = 'PENDING' WHERE merchant_id = $1 AND id = ANY($2)`,
    [merchantId, mine.map(({ attempt_id }) => attempt_id)],
  );
  await hasten(
    tx,
    mine.map(({ next_look_at }) => ({ providerAccountId, lane: 'RESOLVE', at: next_look_at })),
  );
};

/** The account's clock may have been moved while we spoke to the provider, and is not while we write times that follow from it. */
const holdClock = async (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
): Promise<number> => {
  const [row] = await tx.query<{ clockOffsetMs: number }>(
    `SELECT clock_offset_ms AS "clockOffsetMs" FROM provider_accounts
     WHERE merchant_id = $1 AND id = $2 FOR SHARE`,
    [account.merchantId, account.providerAccountId],
  );
  return row?.clockOffsetMs ?? 0;
};

export interface Postponement {
  readonly registered: Registered;
  readonly at: MachineInstant;
  readonly absents: number;
  readonly firstAbsentAt: MachineInstant | null;
  readonly isUnsent: boolean;
}

/** Nothing is certain yet: the next step is at its time, and a lost reply is marked as such. What was confirmed once stays so. */
export const writePostponements = async (
  tx: Transaction,
  postponements: readonly Postponement[],
  { merchantId, leaseToken }: { readonly merchantId: string; readonly leaseToken: string },
): Promise<void> => {
  if (postponements.length === 0) return;
  const rows = postponements.map(({ registered, at, absents, firstAbsentAt, isUnsent }) => ({
    id: registered.charge.id,
    attempt_id: registered.attempt.id,
    register_at: at,
    absents,
    first_absent_at: firstAbsentAt,
    is_unsent: isUnsent,
  }));
  const postponed = await tx.query<{ id: string }>(
    `UPDATE charges c SET register_at = r.register_at, looks = c.looks + 1, absents = r.absents,
       first_absent_at = r.first_absent_at, lease_token = NULL, lease_until = NULL
     FROM json_to_recordset($2::json) AS r (id uuid, register_at timestamptz, absents int,
       first_absent_at timestamptz)
     WHERE c.merchant_id = $1 AND c.id = r.id AND c.lease_token = $3 AND c.state = 'REGISTERED'
     RETURNING c.id`,
    [merchantId, JSON.stringify(rows), leaseToken],
  );
  const held = new Set(postponed.map(({ id }) => id));
  await tx.query(
    `UPDATE attempts a SET sends = CASE WHEN r.is_unsent THEN 0 ELSE a.sends END,
       outcome = CASE WHEN r.is_unsent THEN NULL ELSE 'UNKNOWN' END
     FROM json_to_recordset($2::json) AS r (attempt_id uuid, is_unsent boolean)
     WHERE a.merchant_id = $1 AND a.id = r.attempt_id AND a.kind = 'SCHEDULE'
       AND (a.outcome IS NULL OR a.outcome = 'UNKNOWN')`,
    [merchantId, JSON.stringify(rows.filter(({ id }) => held.has(id)))],
  );
};

/** Back to whoever is next, at once: a wish came while we were busy, or we have one ourselves. */
export const giveBack = async (
  tx: Transaction,
  chargeIds: readonly string[],
  context: {
    readonly merchantId: string;
    readonly leaseToken: string;
    readonly revocation: Revocation | null;
  },
): Promise<void> => {
  if (chargeIds.length === 0) return;
  const { merchantId, leaseToken, revocation } = context;
  await tx.query(
    `UPDATE charges SET revocation = COALESCE(revocation, $5), register_at = $4,
       looks = 0, absents = 0, first_absent_at = NULL, lease_token = NULL, lease_until = NULL
     WHERE merchant_id = $1 AND id = ANY($2) AND lease_token = $3 AND state = 'REGISTERED'`,
    [merchantId, chargeIds, leaseToken, tx.now, revocation],
  );
};
