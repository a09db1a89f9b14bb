import type { BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import {
  insertAttempts,
  LOADED_COLUMNS,
  LOADED_FROM,
  load,
  lockCharges,
  PARKED_UNTIL,
  recordTransitions,
  type Intent,
  type Loaded,
  type LoadedRow,
} from '#charges';
import { recordEvents } from '#events';
import { hasten } from '#merchants';

import { TERMS } from './terms.repository.js';

/** Charges with what settling and registering need, as the schedule has it now. */
export const loadOccurrences = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<Loaded[]> => {
  if (chargeIds.length === 0) return [];
  const rows = await tx.query<LoadedRow>(
    `SELECT ${LOADED_COLUMNS} ${LOADED_FROM} WHERE c.merchant_id = $1 AND c.id = ANY($2)`,
    [merchantId, chargeIds],
  );
  return rows.map(load);
};

/** The open occurrences of schedules, locked only: their ids. */
export const holdOpenOccurrences = (
  tx: Transaction,
  merchantId: string,
  scheduleIds: readonly string[],
): Promise<string[]> =>
  lockCharges(
    tx,
    `c.merchant_id = $1 AND c.schedule_id = ANY($2)
       AND c.state IN ('SCHEDULED', 'REGISTERED', 'RETRY_SCHEDULED')`,
    [merchantId, scheduleIds],
  );

/** The open occurrences of schedules, locked and read, in id order. */
export const lockOpenOccurrences = async (
  tx: Transaction,
  merchantId: string,
  scheduleIds: readonly string[],
): Promise<Loaded[]> => {
  const ids = await holdOpenOccurrences(tx, merchantId, scheduleIds);
  const rows = await tx.query<LoadedRow>(
    `SELECT ${LOADED_COLUMNS} ${LOADED_FROM}
     WHERE c.merchant_id = $1 AND c.id = ANY($2) ORDER BY c.id`,
    [merchantId, ids],
  );
  return rows.map(load);
};

/** The order ids of a schedule's occurrences that were sent, and whose end is open: nothing takes them back. */
export const findSentOccurrences = (
  tx: Transaction,
  merchantId: string,
  scheduleId: string,
): Promise<{ orderId: string }[]> =>
  tx.query(
    `SELECT order_id AS "orderId" FROM charges
     WHERE merchant_id = $1 AND schedule_id = $2
       AND state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')
     ORDER BY occurrence_number LIMIT 100`,
    [merchantId, scheduleId],
  );

/** The intent to register: written before the provider hears of it, sent by the registrar. From here on the dispatcher leaves these be. */
export const writeRegistrations = async (
  tx: Transaction,
  intents: readonly Intent[],
  context: {
    readonly merchantId: string;
    readonly providerAccountId: string;
    readonly businessNow: BusinessInstant;
    readonly cause: string;
  },
): Promise<void> => {
  if (intents.length === 0) return;
  const { merchantId, providerAccountId, businessNow } = context;
  await tx.query(
    `UPDATE charges c SET state = 'REGISTERED', version = c.version + 1,
       attempt_count = r.number, billing_key_id = r.billing_key_id, order_name = r.order_name,
       order_items = r.order_items, amount_minor = r.amount_minor, currency = r.currency,
       register_at = $3, revocation = NULL, next_look_at = NULL, looks = 0, absents = 0,
       first_absent_at = NULL, unresolved_since = NULL, updated_at = $4
     FROM json_to_recordset($2::json) AS r (id uuid, number int, billing_key_id uuid,
       order_name text, order_items jsonb, amount_minor bigint, currency text)
     WHERE c.merchant_id = $1 AND c.id = r.id`,
    [
      merchantId,
      JSON.stringify(
        intents.map(({ charge, attempt }) => ({
          id: charge.id,
          number: attempt.number,
          billing_key_id: charge.billingKeyId,
          order_name: charge.orderName,
          order_items: charge.orderItems,
          amount_minor: charge.amountMinor,
          currency: charge.currency,
        })),
      ),
      tx.now,
      businessNow,
    ],
  );
  await insertAttempts(tx, intents, { merchantId, businessNow });
  await tellRegistrations(tx, intents, context);
  await hasten(tx, [{ providerAccountId, lane: 'REGISTER', at: tx.now }]);
};

const tellRegistrations = async (
  tx: Transaction,
  intents: readonly Intent[],
  context: {
    readonly merchantId: string;
    readonly businessNow: BusinessInstant;
    readonly cause: string;
  },
): Promise<void> => {
  const { merchantId, businessNow, cause } = context;
  await recordTransitions(
    tx,
    merchantId,
    intents.map(({ charge, attempt }) => ({
      chargeId: charge.id,
      version: charge.version + 1,
      from: charge.state,
      to: 'REGISTERED',
      at: businessNow,
      cause,
      evidence: { attempt: attempt.number, providerReference: attempt.providerReference },
    })),
  );
  await recordEvents(
    tx,
    merchantId,
    intents.map(({ charge }) => ({
      type: 'charge.registered',
      subjectId: charge.id,
      data: { orderId: charge.orderId, dueAt: charge.dueAt },
      at: businessNow,
    })),
  );
};

/** What waits for its time waits for its schedule instead. Retries of what was sent before go on. */
export const parkOccurrences = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<void> => {
  if (chargeIds.length === 0) return;
  await tx.query(
    `UPDATE charges SET send_at = $3
     WHERE merchant_id = $1 AND id = ANY($2) AND state = 'SCHEDULED'`,
    [merchantId, chargeIds, PARKED_UNTIL],
  );
};

/** What waits takes its order, key and amount as they are now, and the time it is due at by the schedule's present rule. */
export const refreshOccurrences = async (
  tx: Transaction,
  merchantId: string,
  dues: readonly { readonly chargeId: string; readonly dueAt: BusinessInstant }[],
): Promise<void> => {
  if (dues.length === 0) return;
  await tx.query(
    `UPDATE charges c SET ${TERMS},
       retry_policy_id = s.retry_policy_id, register_at = NULL, revocation = NULL,
       wait_reason = NULL, due_at = r.due_at, send_at = r.due_at
     FROM json_to_recordset($2::json) AS r (id uuid, due_at timestamptz), schedules s
     WHERE c.merchant_id = $1 AND c.id = r.id AND s.merchant_id = c.merchant_id
       AND s.id = c.schedule_id AND c.state = 'SCHEDULED'`,
    [
      merchantId,
      JSON.stringify(dues.map(({ chargeId, dueAt }) => ({ id: chargeId, due_at: dueAt }))),
    ],
  );
};

/** Takes a lease on rows we hold locked, as the settler's fence asks for. */
export const leaseOccurrences = async (
  tx: Transaction,
  merchantId: string,
  lease: { readonly chargeIds: readonly string[]; readonly token: string },
): Promise<void> => {
  await tx.query('UPDATE charges SET lease_token = $3 WHERE merchant_id = $1 AND id = ANY($2)', [
    merchantId,
    lease.chargeIds,
    lease.token,
  ]);
};
