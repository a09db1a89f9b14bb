import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
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

/** Registered occurrences about which the registrar is to do something by now: locked first, then read (see {@link lockCharges}). One that was
 * written while its card was being declined for good was seen by nobody who wished it back. */
export const claimRegistrations = async (
  tx: Transaction,
  question: RegistrarQuestion,
): Promise<Registered[]> => {
  const { merchantId, leaseToken } = question;
  const ids = await lockRegistrations(tx, question);
  if (ids.length === 0) return [];
  await wishRevocations(tx, merchantId, {
    chargeIds: await findOnHardKeys(tx, merchantId, ids),
    revocation: 'FOLLOW_SCHEDULE',
  });
  const rows = await tx.query<RegisteredRow>(
    `SELECT ${LOADED_COLUMNS}, c.revocation, json_build_object('id', a.id, 'number', a.number,
       'kind', a.kind, 'providerReference', a.provider_reference, 'sends', a.sends,
       'providerPaymentId', a.provider_payment_id, 'request', a.request) AS attempt,
       COALESCE(a.outcome = 'PENDING', false) AS "isConfirmed"
     ${LOADED_FROM}
     JOIN attempts a ON a.merchant_id = c.merchant_id AND a.charge_id = c.id
       AND a.number = c.attempt_count
     WHERE c.merchant_id = $1 AND c.id = ANY($2::uuid[]) ORDER BY c.register_at`,
    [merchantId, ids],
  );
  await tx.query(
    `UPDATE charges SET lease_token = $3, lease_until = $4, register_at = $4
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [merchantId, rows.map(({ id }) => id), leaseToken, after(tx.now, question.leaseSeconds)],
  );
  return rows.map(registeredOf);
};

const lockRegistrations = async (
  tx: Transaction,
  { held, ...question }: RegistrarQuestion,
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `SELECT c.id FROM charges c
     WHERE c.merchant_id = $1 AND c.provider_account_id = $2 AND c.state = 'REGISTERED'
       AND c.register_at <= $3 AND (c.lease_until IS NULL OR c.lease_until <= $3)
       AND ($5::uuid[] IS NULL OR c.id = ANY($5)) AND ${notHeld('$6', '$7')}
     ORDER BY c.register_at LIMIT $4 FOR UPDATE OF c SKIP LOCKED`,
    [
      ...[question.merchantId, question.providerAccountId, tx.now, question.limit],
      ...[question.chargeIds ?? null, held.isAccountHeld, held.scheduleIds],
    ],
  );
  return rows.map(({ id }) => id);
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

const ON_HARD_KEY = `FROM charges c
  JOIN billing_keys k ON k.merchant_id = c.merchant_id AND k.id = c.billing_key_id
    AND k.hard_failure_code IS NOT NULL`;

const findOnHardKeys = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `SELECT c.id ${ON_HARD_KEY}
     WHERE c.merchant_id = $1 AND c.id = ANY($2) AND c.revocation IS NULL`,
    [merchantId, chargeIds],
  );
  return rows.map(({ id }) => id);
};

/** A key whose card was answered "never again". */
export interface HardKey {
  readonly billingKeyId: string;
  /** What is due before is the provider's alone. */
  readonly dueFrom: BusinessInstant;
}

/** What the provider keeps for keys that must not be charged any more, and nobody wished back yet: locked, in id order. */
export const lockOnHardKeys = (
  tx: Transaction,
  merchantId: string,
  keys: readonly HardKey[],
): Promise<{ id: string; providerAccountId: string }[]> =>
  tx.query(
    `SELECT c.id, c.provider_account_id AS "providerAccountId" ${ON_HARD_KEY}
     JOIN json_to_recordset($2::json) AS r (key_id uuid, due_from timestamptz)
       ON r.key_id = c.billing_key_id
     WHERE c.merchant_id = $1 AND c.state = 'REGISTERED' AND c.revocation IS NULL
       AND c.due_at >= r.due_from
     ORDER BY c.id FOR UPDATE OF c`,
    [
      merchantId,
      JSON.stringify(keys.map((key) => ({ key_id: key.billingKeyId, due_from: key.dueFrom }))),
    ],
  );

/** So many at once at most: whoever serves the account holds locks meanwhile. */
const MISSED_MAX = 500;

/** What of an account is kept by the provider for a card that was answered "never again" since, and nobody wished back: confirmed while that was
 * being written. Locked, in id order; what somebody holds is found another time. */
export const lockMissedOnHardKeys = async (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
  { failedSince, dueFrom }: { failedSince: BusinessInstant; dueFrom: BusinessInstant },
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `SELECT c.id FROM billing_keys k
     JOIN charges c ON c.merchant_id = k.merchant_id AND c.billing_key_id = k.id
     WHERE k.merchant_id = $1 AND k.provider_account_id = $2
       AND k.hard_failure_code IS NOT NULL AND k.hard_failed_at >= $3
       AND c.state = 'REGISTERED' AND c.revocation IS NULL AND c.due_at >= $4
     ORDER BY c.id LIMIT $5 FOR UPDATE OF c SKIP LOCKED`,
    [account.merchantId, account.providerAccountId, failedSince, dueFrom, MISSED_MAX],
  );
  return rows.map(({ id }) => id);
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
