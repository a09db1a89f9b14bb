import type { BusinessInstant, MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import type { Attempt, Charge } from './charge.js';
import type { Held } from './hold.js';
import { loadToSend, type Loaded } from './loaded.repository.js';
import { recordTransitions } from './transitions.repository.js';

export interface DueQuestion {
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly businessNow: BusinessInstant;
  readonly limit: number;
  readonly origins: readonly Charge['origin'][];
  readonly held: Held;
  /** So many at most whose earlier send did not get through; those due since `lateBefore` are not held back. */
  readonly retries: number;
  readonly lateBefore: BusinessInstant;
}

/** Due charges of one account, locked; other workers pass them by, and so do we one that somebody is asking about: what is found decides
 * whether it is sent at all. A paused or held schedule's wait, those of one whose period has ended are about to be canceled, and those of a bulk that was paused
 * while they were in flight wait too.
 * Locked first, then read (see {@link lockCharges}): an edit committed in between would be overwritten by the terms it replaced. */
export const lockDueCharges = async (tx: Transaction, question: DueQuestion): Promise<Loaded[]> => {
  const locked = await tx.query<{ id: string }>(
    `SELECT c.id FROM charges c
     LEFT JOIN schedules s ON s.merchant_id = c.merchant_id AND s.id = c.schedule_id
     LEFT JOIN bulk_charges b ON b.merchant_id = c.merchant_id AND b.id = c.bulk_charge_id
     WHERE c.merchant_id = $1 AND c.provider_account_id = $2
       AND c.state IN ('SCHEDULED', 'RETRY_SCHEDULED') AND c.send_at <= $3 AND c.origin = ANY($5)
       AND (b.id IS NULL OR b.status NOT IN ('DRAFT', 'AWAITING_APPROVAL', 'PAUSED', 'HELD'))
       AND (s.id IS NULL OR s.status <> 'PAUSED' OR c.state = 'RETRY_SCHEDULED')
       AND (s.cancel_at IS NULL OR s.cancel_at > $3)
       AND (c.lease_until IS NULL OR c.lease_until <= $6)
       AND (c.schedule_id IS NULL OR c.schedule_id <> ALL($7))
       AND (c.setbacks = 0 AND c.non_sends = 0 OR c.send_at <= $9 OR c.id IN (
         SELECT r.id FROM charges r WHERE r.merchant_id = $1 AND r.provider_account_id = $2
           AND r.state IN ('SCHEDULED', 'RETRY_SCHEDULED') AND r.send_at <= $3
           AND (r.setbacks > 0 OR r.non_sends > 0) AND r.origin = ANY($5) ORDER BY r.send_at LIMIT $8))
     ORDER BY c.send_at LIMIT $4 FOR UPDATE OF c SKIP LOCKED`,
    [
      question.merchantId,
      question.providerAccountId,
      question.businessNow,
      question.limit,
      question.origins,
      tx.now,
      question.held.scheduleIds,
      question.retries,
      question.lateBefore,
    ],
  );
  if (locked.length === 0) return [];
  return loadToSend(
    tx,
    question.merchantId,
    locked.map(({ id }) => id),
  );
};

/** When the next charge of the account falls due (business time), none: nothing waits but what is held. */
export const nextSendAt = async (
  tx: Transaction,
  {
    merchantId,
    providerAccountId,
    held,
  }: Pick<DueQuestion, 'merchantId' | 'providerAccountId' | 'held'>,
): Promise<BusinessInstant | null> => {
  const [row] = await tx.query<{ at: BusinessInstant }>(
    `SELECT send_at AS at FROM charges
     WHERE merchant_id = $1 AND provider_account_id = $2
       AND state IN ('SCHEDULED', 'RETRY_SCHEDULED')
       AND (schedule_id IS NULL OR schedule_id <> ALL($3)) ORDER BY send_at LIMIT 1`,
    [merchantId, providerAccountId, held.scheduleIds],
  );
  return row?.at ?? null;
};

export interface Intent {
  readonly charge: Charge;
  readonly attempt: Attempt;
  readonly request: unknown;
  readonly requestHash: string;
  readonly providerOperationId: string | null;
}

export interface Lease {
  readonly token: string;
  readonly until: MachineInstant;
}

/** The intent, before the wire: the charges become SUBMITTING under a lease, each with one attempt that holds the bytes to be sent. */
export const writeIntents = async (
  tx: Transaction,
  intents: readonly Intent[],
  context: {
    readonly merchantId: string;
    readonly lease: Lease;
    readonly businessNow: BusinessInstant;
    readonly cause: string;
  },
): Promise<void> => {
  if (intents.length === 0) return;
  const { merchantId, lease, businessNow, cause } = context;
  await tx.query(
    `UPDATE charges c SET state = 'SUBMITTING', version = c.version + 1,
       attempt_count = r.number, billing_key_id = r.billing_key_id, order_name = r.order_name,
       order_items = r.order_items, amount_minor = r.amount_minor, currency = r.currency,
       lease_token = $3, lease_until = $4, unresolved_since = $5, claims = c.claims + 1,
       looks = 0, absents = 0,
       first_absent_at = NULL, updated_at = $6,
       next_look_at = CASE WHEN r.is_bulk THEN NULL ELSE $4::timestamptz END
     FROM json_to_recordset($2::json) AS r (id uuid, number int, billing_key_id uuid,
       order_name text, order_items jsonb, amount_minor bigint, currency text, is_bulk boolean)
     WHERE c.merchant_id = $1 AND c.id = r.id`,
    [
      merchantId,
      JSON.stringify(intents.map(chargeRow)),
      lease.token,
      lease.until,
      tx.now,
      businessNow,
    ],
  );
  await insertAttempts(tx, intents, { merchantId, businessNow });
  await recordTransitions(
    tx,
    merchantId,
    intents.map(({ charge, attempt }) => ({
      chargeId: charge.id,
      version: charge.version + 1,
      from: charge.state,
      to: 'SUBMITTING',
      at: businessNow,
      cause,
      evidence: { attempt: attempt.number, providerReference: attempt.providerReference },
    })),
  );
};

const chargeRow = ({ charge, attempt }: Intent) => ({
  id: charge.id,
  number: attempt.number,
  billing_key_id: charge.billingKeyId,
  order_name: charge.orderName,
  order_items: charge.orderItems,
  amount_minor: charge.amountMinor,
  currency: charge.currency,
  is_bulk: attempt.kind === 'BULK',
});

/** Attempts as they begin: one send counted, no outcome. */
export const insertAttempts = async (
  tx: Transaction,
  intents: readonly Intent[],
  { merchantId, businessNow }: { merchantId: string; businessNow: BusinessInstant },
): Promise<void> => {
  const rows = intents.map(({ charge, attempt, request, requestHash, providerOperationId }) => ({
    id: attempt.id,
    charge_id: charge.id,
    number: attempt.number,
    provider_account_id: charge.providerAccountId,
    billing_key_id: charge.billingKeyId,
    provider_reference: attempt.providerReference,
    kind: attempt.kind,
    provider_operation_id: providerOperationId,
    request,
    request_hash: requestHash,
    amount_minor: charge.amountMinor,
    currency: charge.currency,
    sends: attempt.sends,
  }));
  await tx.query(
    `INSERT INTO attempts (merchant_id, id, charge_id, number, provider_account_id, billing_key_id,
       provider_reference, kind, provider_operation_id, request, request_hash, amount_minor, currency,
       sends, sent_at, created_at)
     SELECT m.id, r.id, r.charge_id, r.number, r.provider_account_id, r.billing_key_id,
       r.provider_reference, r.kind, r.provider_operation_id, r.request, r.request_hash,
       r.amount_minor, r.currency, r.sends, $3, $3
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, charge_id uuid, number int,
       provider_account_id uuid, billing_key_id uuid, provider_reference text, kind text,
       provider_operation_id uuid, request jsonb, request_hash text, amount_minor bigint,
       currency text, sends int) ON true
     WHERE m.id = $1`,
    [merchantId, JSON.stringify(rows), businessNow],
  );
};
