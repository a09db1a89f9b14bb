import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { FrozenRequest, SentReference } from '#providers/contract';

import type { Attempt, Charge } from './charge.js';
import {
  LOADED_COLUMNS,
  LOADED_FROM,
  load,
  SENT_REFERENCE,
  SENT_WITH,
  type Loaded,
  type LoadedRow,
} from './loaded.repository.js';
import { recordTransitions } from './transitions.repository.js';

/** A charge to be asked about: its last attempt, and all it was ever known by. */
export interface LookedAt extends Loaded {
  readonly attempt: Attempt & {
    readonly request: FrozenRequest | null;
    /** The provider confirmed that it holds it, and nobody wished it back: only then is its "revoked" the last word on this one. */
    readonly isRegistered: boolean;
  };
  readonly references: readonly SentReference[];
  /** Payments the provider named for this attempt, and those booked on earlier ones. */
  readonly bookedPaymentIds: readonly string[];
  readonly afterlook: NonNullable<Loaded['afterlook']>;
  /** How often it was taken before, since anything was last written down about it. */
  readonly claims: number;
  /** When its next look was due, as the claim found it. */
  readonly plannedAt: MachineInstant | null;
}

interface LookedAtRow extends LoadedRow {
  attempt: LookedAt['attempt'];
  afterlook: LookedAt['afterlook'];
  references: SentReference[];
  bookedPaymentIds: string[];
  claims: number;
  plannedAt: LookedAt['plannedAt'];
}

export interface LookQuestion {
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly businessNow: BusinessInstant;
  readonly limit: number;
  readonly leaseToken: string;
  readonly leaseSeconds: number;
  /** These charges, whatever their state and the time of their look; absent: those whose look is due. */
  readonly chargeIds?: readonly string[];
  /** Those that were decided and whose look after that is due. */
  readonly isAfterDecision?: boolean;
}

/** A registered charge is looked at from its time on; one of a bulk operation is the poller's, until a person is asked. */
const DUE_LOOKS = `c.next_look_at <= $3 AND (c.lease_until IS NULL OR c.lease_until <= $3) AND (
    c.state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')
    OR (c.state = 'REGISTERED' AND c.due_at <= $4))`;
/** Asked about by name: anything a provider may know, unless somebody is asking already. */
const NAMED = `c.id = ANY($6) AND c.attempt_count > 0
  AND (c.lease_until IS NULL OR c.lease_until <= $3) AND $4::timestamptz IS NOT NULL`;

/** Decided, and to be asked about once more. */
const DUE_AFTERLOOKS = `c.next_afterlook_at <= $3
  AND (c.lease_until IS NULL OR c.lease_until <= $3) AND $4::timestamptz IS NOT NULL`;

/** Takes charges under a lease for one look each: locked first, then read (see {@link lockCharges}). */
export const claimLooks = async (tx: Transaction, question: LookQuestion): Promise<LookedAt[]> => {
  const { merchantId, leaseToken, isAfterDecision } = question;
  const ids = await lockLooks(tx, question);
  if (ids.length === 0) return [];
  const rows = await tx.query<LookedAtRow>(
    `SELECT ${LOADED_COLUMNS}, c.claims, c.next_look_at AS "plannedAt", last.attempt, known.references, known.booked AS "bookedPaymentIds",
       json_build_object('made', c.afterlooks,
         'isDue', COALESCE(c.next_afterlook_at <= $3, false)) AS afterlook
     ${LOADED_FROM}
     JOIN LATERAL (
       SELECT json_build_object('id', a.id, 'number', a.number, 'kind', a.kind,
         'providerReference', a.provider_reference, 'sends', a.sends,
         'providerPaymentId', a.provider_payment_id, 'request', a.request,
         'isRegistered', COALESCE(a.outcome = 'PENDING' AND c.revocation IS NULL, false)) AS attempt
       FROM attempts a WHERE a.merchant_id = c.merchant_id AND a.charge_id = c.id
         AND a.number = c.attempt_count) last ON true
     JOIN LATERAL (
       SELECT jsonb_agg(DISTINCT ${SENT_REFERENCE}) AS references,
         COALESCE(array_agg(e.provider_payment_id) FILTER (WHERE e.provider_payment_id IS NOT NULL
           AND e.number < c.attempt_count), '{}') AS booked
       FROM attempts e ${SENT_WITH}
       WHERE e.merchant_id = c.merchant_id AND e.charge_id = c.id) known ON true
     WHERE c.merchant_id = $1 AND c.id = ANY($2::uuid[]) ORDER BY ${lookTimeOf(isAfterDecision)}`,
    [merchantId, ids, tx.now],
  );
  const until = after(tx.now, question.leaseSeconds);
  await tx.query(
    `UPDATE charges SET lease_token = $3, lease_until = $4, claims = claims + 1,
       next_look_at = CASE WHEN next_look_at IS NULL THEN NULL ELSE GREATEST(next_look_at, $4) END,
       next_afterlook_at = CASE WHEN next_afterlook_at IS NULL THEN NULL
         ELSE GREATEST(next_afterlook_at, $4) END
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [merchantId, rows.map(({ id }) => id), leaseToken, until],
  );
  return rows.map(lookedAtOf);
};

/** Those of them that are not settled yet stay with whoever is asking, so many seconds from now. */
export const renewLooks = async (
  tx: Transaction,
  lease: {
    readonly merchantId: string;
    readonly chargeIds: readonly string[];
    readonly leaseToken: string;
    readonly leaseSeconds: number;
  },
): Promise<void> => {
  await tx.query(
    `UPDATE charges SET lease_until = $4,
       next_look_at = CASE WHEN next_look_at IS NULL THEN NULL ELSE GREATEST(next_look_at, $4) END,
       next_afterlook_at = CASE WHEN next_afterlook_at IS NULL THEN NULL
         ELSE GREATEST(next_afterlook_at, $4) END
     WHERE merchant_id = $1 AND id IN (SELECT id FROM charges
       WHERE merchant_id = $1 AND id = ANY($2) AND lease_token = $3 ORDER BY id FOR UPDATE SKIP LOCKED)`,
    [lease.merchantId, lease.chargeIds, lease.leaseToken, after(tx.now, lease.leaseSeconds)],
  );
};

const lookTimeOf = (isAfterDecision: boolean | undefined): string =>
  isAfterDecision ? 'c.next_afterlook_at' : 'c.next_look_at';

const lockLooks = async (tx: Transaction, question: LookQuestion): Promise<string[]> => {
  const { chargeIds, isAfterDecision } = question;
  const due = isAfterDecision ? DUE_AFTERLOOKS : DUE_LOOKS;
  const rows = await tx.query<{ id: string }>(
    `SELECT c.id FROM charges c WHERE c.merchant_id = $1 AND c.provider_account_id = $2
       AND ${chargeIds ? NAMED : due}
     ORDER BY ${lookTimeOf(isAfterDecision)} LIMIT $5 FOR UPDATE SKIP LOCKED`,
    [
      ...[question.merchantId, question.providerAccountId, tx.now, question.businessNow],
      ...[question.limit, ...(chargeIds ? [chargeIds] : [])],
    ],
  );
  return rows.map(({ id }) => id);
};

const lookedAtOf = (found: LookedAtRow): LookedAt => {
  const { attempt, afterlook, references, bookedPaymentIds, claims, plannedAt, ...row } = found;
  return { ...load(row), attempt, afterlook, references, bookedPaymentIds, claims, plannedAt };
};

/** When the next look of the account is due. */
export const nextLookAt = async (
  tx: Transaction,
  merchantId: string,
  providerAccountId: string,
): Promise<MachineInstant | null> => {
  const [row] = await tx.query<{ at: MachineInstant | null }>(
    `SELECT LEAST(
       (SELECT next_look_at FROM charges
        WHERE merchant_id = $1 AND provider_account_id = $2
          AND state IN ('REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')
          AND next_look_at IS NOT NULL ORDER BY next_look_at LIMIT 1),
       (SELECT next_afterlook_at FROM charges
        WHERE merchant_id = $1 AND provider_account_id = $2
          AND next_afterlook_at IS NOT NULL ORDER BY next_afterlook_at LIMIT 1)) AS at`,
    [merchantId, providerAccountId],
  );
  return row?.at ?? null;
};

/** Proved absent: the same attempt goes out again, its bytes and reference unchanged. The intent is committed before the wire. */
export const writeResend = async (
  tx: Transaction,
  looked: LookedAt,
  context: {
    readonly merchantId: string;
    readonly leaseToken: string;
    readonly leaseSeconds: number;
    readonly businessNow: BusinessInstant;
    readonly evidence: Readonly<Record<string, unknown>>;
  },
): Promise<Charge | undefined> => {
  const { charge, attempt } = looked;
  const { merchantId, leaseToken } = context;
  const until = after(tx.now, context.leaseSeconds);
  const [held] = await tx.query<{ id: string }>(
    `UPDATE charges SET state = 'SUBMITTING', version = version + 1, lease_until = $4,
       next_look_at = $4, looks = 0, absents = 0, first_absent_at = NULL, unresolved_since = $5
     WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 RETURNING id`,
    [merchantId, charge.id, leaseToken, until, tx.now],
  );
  if (!held) return undefined;
  await tx.query('UPDATE attempts SET sends = sends + 1 WHERE merchant_id = $1 AND id = $2', [
    merchantId,
    attempt.id,
  ]);
  await recordTransitions(tx, merchantId, [
    {
      chargeId: charge.id,
      version: charge.version + 1,
      from: charge.state,
      to: 'SUBMITTING',
      at: context.businessNow,
      cause: 'resolver: sent again under the same reference',
      evidence: context.evidence,
    },
  ]);
  return { ...charge, state: 'SUBMITTING', version: charge.version + 1 };
};
