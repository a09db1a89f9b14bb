import { after, machineTimeOf, type BusinessInstant, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import {
  isHeld,
  LOADED_COLUMNS,
  LOADED_FROM,
  load,
  readHeld,
  type Attempt,
  type Held,
  type Loaded,
  type LoadedRow,
} from '#charges';
import { hasten } from '#merchants';
import type { FrozenRequest } from '#providers/contract';

import type { Registration, Revocation } from './registration.js';

/** A registered occurrence, taken under a lease for one step about it. */
export interface Registered extends Loaded {
  readonly attempt: Attempt & { readonly request: FrozenRequest };
  readonly registration: Registration;
}

interface RegisteredRow extends LoadedRow {
  attempt: Registered['attempt'];
  isConfirmed: boolean;
  revocation: Revocation | null;
}

export interface RegistrarQuestion {
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly limit: number;
  readonly leaseToken: string;
  readonly leaseSeconds: number;
  /** These only; absent: all that are due. */
  readonly chargeIds?: readonly string[];
  readonly held: Held;
}

/** What was never sent waits while new sends are held; asking and taking back go on. Parameters:
 * whether the account is held, and the schedules that are. */
const notHeld = (account: string, schedules: string) =>
  `NOT (c.revocation IS NULL AND (${account}::boolean OR c.schedule_id = ANY(${schedules}))
     AND EXISTS (SELECT FROM attempts u WHERE u.merchant_id = c.merchant_id
       AND u.charge_id = c.id AND u.number = c.attempt_count AND u.sends = 0))`;

type RegistrarAgenda = Pick<RegistrarQuestion, 'merchantId' | 'providerAccountId' | 'held'>;

/** Registered occurrences about which the registrar is to do something by now. */
export const claimRegistrations = async (
  tx: Transaction,
  question: RegistrarQuestion,
): Promise<Registered[]> => {
  const { merchantId, leaseToken, chargeIds, held } = question;
  const rows = await tx.query<RegisteredRow>(
    `SELECT ${LOADED_COLUMNS}, c.revocation, json_build_object('id', a.id, 'number', a.number,
       'kind', a.kind, 'providerReference', a.provider_reference, 'sends', a.sends,
       'providerPaymentId', a.provider_payment_id, 'request', a.request) AS attempt,
       COALESCE(a.outcome = 'PENDING', false) AS "isConfirmed"
     ${LOADED_FROM}
     JOIN attempts a ON a.merchant_id = c.merchant_id AND a.charge_id = c.id
       AND a.number = c.attempt_count
     WHERE c.merchant_id = $1 AND c.provider_account_id = $2 AND c.state = 'REGISTERED'
       AND c.register_at <= $3 AND (c.lease_until IS NULL OR c.lease_until <= $3)
       AND ($5::uuid[] IS NULL OR c.id = ANY($5)) AND ${notHeld('$6', '$7')}
     ORDER BY c.register_at LIMIT $4 FOR UPDATE OF c SKIP LOCKED`,
    [
      ...[merchantId, question.providerAccountId, tx.now, question.limit, chargeIds ?? null],
      ...[held.isAccountHeld, held.scheduleIds],
    ],
  );
  await tx.query(
    `UPDATE charges SET lease_token = $3, lease_until = $4, register_at = $4
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [merchantId, rows.map(({ id }) => id), leaseToken, after(tx.now, question.leaseSeconds)],
  );
  return rows.map(registeredOf);
};

const registeredOf = ({ attempt, isConfirmed, revocation, ...row }: RegisteredRow): Registered => {
  const loaded = load(row);
  const { dueAt, looks, absents, firstAbsentAt, amountMinor, currency } = loaded.charge;
  return {
    ...loaded,
    attempt,
    registration: {
      ...{ dueAt, looks, absents, firstAbsentAt, isConfirmed, revocation },
      sends: attempt.sends,
      amount: { amountMinor, currency },
    },
  };
};

/** Right before the wire: it is ours still, and still wished as it was. The lease begins anew, so that the call ends inside it; a sending
 * is counted before it leaves, so that a lost one is known to have been. */
export const holdForCall = async (
  tx: Transaction,
  { charge, attempt }: Registered,
  context: {
    readonly merchantId: string;
    readonly leaseToken: string;
    readonly leaseSeconds: number;
    readonly businessNow: BusinessInstant;
    readonly call: 'SEND' | 'REVOKE';
  },
): Promise<boolean> => {
  const { merchantId, leaseToken, call } = context;
  const { providerAccountId, scheduleId } = charge;
  if (call === 'SEND' && isHeld(await readHeld(tx, { merchantId, providerAccountId }), scheduleId))
    return false;
  const [held] = await tx.query<{ id: string }>(
    `UPDATE charges SET lease_until = $4, register_at = $4
     WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'REGISTERED'
       AND (revocation IS NULL) = $5
     RETURNING id`,
    [merchantId, charge.id, leaseToken, after(tx.now, context.leaseSeconds), call === 'SEND'],
  );
  if (held && call === 'SEND')
    await tx.query(
      `UPDATE attempts SET sends = sends + 1,
         sent_at = CASE WHEN sends = 0 THEN $3 ELSE sent_at END
       WHERE merchant_id = $1 AND id = $2`,
      [merchantId, attempt.id, context.businessNow],
    );
  return held !== undefined;
};

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

/** The wish to take registered occurrences back, committed before the provider is asked to. Those in flight are not among them. */
export const wishRevocations = async (
  tx: Transaction,
  merchantId: string,
  wish: { readonly chargeIds: readonly string[]; readonly revocation: Revocation },
): Promise<void> => {
  if (wish.chargeIds.length === 0) return;
  await tx.query(
    `UPDATE charges SET revocation = COALESCE(NULLIF(revocation, 'FOLLOW_SCHEDULE'), $3), register_at = LEAST(register_at, $4), looks = 0,
       absents = 0, first_absent_at = NULL, next_look_at = NULL
     WHERE merchant_id = $1 AND id = ANY($2) AND state = 'REGISTERED'`,
    [merchantId, wish.chargeIds, wish.revocation, tx.now],
  );
};

/** When the registrar is wanted next; what is held wants nobody until it is released. */
export const nextRegisterAt = async (
  tx: Transaction,
  { merchantId, providerAccountId, held }: RegistrarAgenda,
): Promise<MachineInstant | null> => {
  const [row] = await tx.query<{ at: MachineInstant | null }>(
    `SELECT min(GREATEST(c.register_at, c.lease_until)) AS at FROM charges c
     WHERE c.merchant_id = $1 AND c.provider_account_id = $2 AND c.state = 'REGISTERED'
       AND c.register_at IS NOT NULL AND ${notHeld('$3', '$4')}`,
    [merchantId, providerAccountId, held.isAccountHeld, held.scheduleIds],
  );
  return row?.at ?? null;
};
