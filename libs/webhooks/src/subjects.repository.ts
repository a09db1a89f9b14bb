import type { Transaction } from '#platform/database';
import { findRegistrationsByPayment } from '#billing-keys';

import type { LearnedPayment } from './event-change.js';
import type { ChargeSubject, Subject, WebhookEvent } from './webhook-event.js';
import type { Account } from './webhook-events.repository.js';

type Named = Pick<WebhookEvent, 'id' | 'reference' | 'providerPaymentId' | 'orderId'>;

const present = (texts: readonly (string | null)[]): string[] => [
  ...new Set(texts.filter((text) => text !== null)),
];

/** What each event is about, by our reference, else the payment's id, else the order's: only what this account sent counts.
 * Five statements, however many events. */
export const findSubjects = async (
  tx: Transaction,
  account: Account,
  events: readonly Named[],
): Promise<ReadonlyMap<string, Subject>> => {
  const byReference = await chargeIdsByReference(
    tx,
    account,
    present(events.map(({ reference }) => reference)),
  );
  const paymentIds = present(events.map(({ providerPaymentId }) => providerPaymentId));
  const byPayment = await chargeIdsByPayment(tx, account, paymentIds);
  const byOrder = await chargeIdsByOrder(tx, account, present(events.map((it) => it.orderId)));
  const chargeIdOf = (event: Named): string | undefined =>
    (event.reference === null ? undefined : byReference.get(event.reference)) ??
    (event.providerPaymentId === null ? undefined : byPayment.get(event.providerPaymentId)) ??
    (event.orderId === null ? undefined : byOrder.get(event.orderId));

  const charges = await findCharges(tx, account, [
    ...new Set(events.flatMap((event) => chargeIdOf(event) ?? [])),
  ]);
  const registrations = new Map(
    (await findRegistrationsByPayment(tx, account, paymentIds)).map((row) => [
      row.providerPaymentId,
      row,
    ]),
  );
  return new Map(
    events.flatMap((event): [string, Subject][] => {
      const registration = registrations.get(event.providerPaymentId);
      if (registration) {
        const isOpen = registration.status === 'PENDING';
        const registrationId = registration.id;
        return [[event.id, { kind: 'REGISTRATION', registrationId, isOpen }]];
      }
      const charge = charges.get(chargeIdOf(event) ?? '');
      return charge ? [[event.id, charge]] : [];
    }),
  );
};

interface Match {
  readonly name: string;
  readonly chargeId: string;
}

const toMap = (matches: readonly Match[]): ReadonlyMap<string, string> =>
  new Map(matches.map(({ name, chargeId }) => [name, chargeId]));

const chargeIdsByReference = async (tx: Transaction, account: Account, names: readonly string[]) =>
  toMap(
    await tx.query<Match>(
      `SELECT provider_reference AS name, charge_id AS "chargeId" FROM attempts
       WHERE merchant_id = $1 AND provider_account_id = $2 AND provider_reference = ANY($3)`,
      [account.merchantId, account.providerAccountId, names],
    ),
  );

/** Two halves, each with an index of its own. */
const chargeIdsByPayment = async (tx: Transaction, account: Account, names: readonly string[]) =>
  toMap(
    await tx.query<Match>(
      `SELECT provider_payment_id AS name, charge_id AS "chargeId" FROM attempts
       WHERE merchant_id = $1 AND provider_account_id = $2 AND provider_payment_id = ANY($3)
         AND provider_payment_id IS NOT NULL AND outcome IN ('SUCCEEDED', 'DUPLICATE_CAPTURE')
       UNION ALL
       SELECT provider_payment_id, charge_id FROM attempts
       WHERE merchant_id = $1 AND provider_account_id = $2 AND provider_payment_id = ANY($3)
         AND provider_payment_id IS NOT NULL
         AND (outcome IS NULL OR outcome NOT IN ('SUCCEEDED', 'DUPLICATE_CAPTURE'))`,
      [account.merchantId, account.providerAccountId, names],
    ),
  );

const chargeIdsByOrder = async (tx: Transaction, account: Account, names: readonly string[]) =>
  toMap(
    await tx.query<Match>(
      `SELECT order_id AS name, id AS "chargeId" FROM charges
       WHERE merchant_id = $1 AND provider_account_id = $2 AND order_id = ANY($3)`,
      [account.merchantId, account.providerAccountId, names],
    ),
  );

/** What its attempts are filtered by stands in the aggregate: as a condition it makes the index of captured payments look fit, in which every
 * charge would read through all captures of a merchant that is too young to have statistics. */
const findCharges = async (
  tx: Transaction,
  { merchantId }: Account,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ChargeSubject>> => {
  const rows = await tx.query<Omit<ChargeSubject, 'kind'>>(
    `SELECT c.id AS "chargeId", c.state, COALESCE(c.lease_until > $3, false) AS "isLeased",
       last.id AS "attemptId", last.kind AS "attemptKind",
       last.provider_operation_id AS "providerOperationId",
       COALESCE(known.ids, '{}') AS "paymentIds"
     FROM charges c
     LEFT JOIN attempts last ON last.merchant_id = c.merchant_id AND last.charge_id = c.id
       AND last.number = c.attempt_count
     LEFT JOIN LATERAL (
       SELECT array_agg(a.provider_payment_id) FILTER (WHERE a.provider_payment_id IS NOT NULL
         AND a.outcome IN ('SUCCEEDED', 'DUPLICATE_CAPTURE')) AS ids
       FROM attempts a WHERE a.merchant_id = c.merchant_id AND a.charge_id = c.id) known ON true
     WHERE c.merchant_id = $1 AND c.id = ANY($2::uuid[])`,
    [merchantId, ids, tx.now],
  );
  return new Map(rows.map((row) => [row.chargeId, { kind: 'CHARGE', ...row }]));
};

/** The payments that events name for attempts without one: at a provider that cannot be asked by our reference they are what it is asked
 * about. A hint, no more: what is found there must be the order, to the unit. */
export const learnPayments = async (
  tx: Transaction,
  { merchantId, providerAccountId }: Account,
  learned: readonly LearnedPayment[],
): Promise<void> => {
  if (learned.length === 0) return;
  const rows = learned.map(({ reference, providerPaymentId }) => ({
    reference,
    provider_payment_id: providerPaymentId,
  }));
  await tx.query(
    `UPDATE attempts a SET provider_payment_id = r.provider_payment_id
     FROM json_to_recordset($3::json) AS r (reference text, provider_payment_id text)
     WHERE a.merchant_id = $1 AND a.provider_account_id = $2 AND a.provider_reference = r.reference
       AND a.provider_payment_id IS NULL
       AND (a.outcome IS NULL OR a.outcome IN ('PENDING', 'UNKNOWN'))`,
    [merchantId, providerAccountId, JSON.stringify(rows)],
  );
};

/** How charges stand now, by id. */
export const findStates = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<ReadonlyMap<string, ChargeSubject['state']>> => {
  const rows = await tx.query<{ id: string; state: ChargeSubject['state'] }>(
    `SELECT id, state FROM charges WHERE merchant_id = $1 AND id = ANY($2::uuid[])`,
    [merchantId, chargeIds],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
};
