import { after, businessTimeOf, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import type { KeyContext } from './billing-keys.repository.js';
import type { CardRegistration } from './card-registration.js';

const COLUMNS = `id, provider_account_id AS "providerAccountId", customer_ref AS "customerRef",
  currency, return_url AS "returnUrl", status, provider_payment_id AS "providerPaymentId",
  payment_url AS "paymentUrl", billing_key_id AS "billingKeyId",
  failure_reason AS "failureReason", looks, expires_at AS "expiresAt", created_at AS "createdAt"`;

export interface NewCardRegistration {
  readonly id: string;
  readonly providerAccountId: string;
  readonly customerRef: string;
  readonly currency: string;
  readonly returnUrl: string;
  readonly idempotencyKey: string | null;
  readonly requestHash: string;
  readonly expiresAt: MachineInstant;
  readonly nextLookAt: MachineInstant;
}

/** Answers nothing when the idempotency key is taken. */
export const insertRegistration = async (
  tx: Transaction,
  registration: NewCardRegistration,
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<CardRegistration | undefined> => {
  const [row] = await tx.query<CardRegistration>(
    `INSERT INTO card_registrations (merchant_id, id, provider_account_id, customer_ref, currency,
       return_url, status, idempotency_key, request_hash, next_look_at, expires_at, created_at,
       updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', $7, $8, $9, $10, $11, $11)
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      ...[merchantId, registration.id, registration.providerAccountId, registration.customerRef],
      ...[registration.currency, registration.returnUrl, registration.idempotencyKey],
      ...[registration.requestHash, registration.nextLookAt, registration.expiresAt],
      businessTimeOf(tx.now, clockOffsetMs),
    ],
  );
  return row;
};

export const findRegistrations = (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<CardRegistration[]> =>
  tx.query<CardRegistration>(
    `SELECT ${COLUMNS} FROM card_registrations WHERE merchant_id = $1 AND id = ANY($2::uuid[])`,
    [merchantId, ids],
  );

export const findRegistrationByIdempotencyKey = async (
  tx: Transaction,
  merchantId: string,
  idempotencyKey: string,
): Promise<(CardRegistration & { readonly requestHash: string }) | undefined> => {
  const [row] = await tx.query<CardRegistration & { requestHash: string }>(
    `SELECT ${COLUMNS}, request_hash AS "requestHash" FROM card_registrations
     WHERE merchant_id = $1 AND idempotency_key = $2`,
    [merchantId, idempotencyKey],
  );
  return row;
};

/** The registrations these payments of the account are for, whatever their state. */
export const findRegistrationsByPayment = (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
  providerPaymentIds: readonly string[],
): Promise<Pick<CardRegistration, 'id' | 'status' | 'providerPaymentId'>[]> =>
  tx.query(
    `SELECT id, status, provider_payment_id AS "providerPaymentId" FROM card_registrations
     WHERE merchant_id = $1 AND provider_account_id = $2 AND provider_payment_id = ANY($3)`,
    [account.merchantId, account.providerAccountId, providerPaymentIds],
  );

/** The provider opened its page. */
export const openRegistration = async (
  tx: Transaction,
  opened: {
    readonly id: string;
    readonly providerPaymentId: string;
    readonly paymentUrl: string;
    readonly nextLookAt: MachineInstant;
  },
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<CardRegistration | undefined> => {
  const [row] = await tx.query<CardRegistration>(
    `UPDATE card_registrations SET provider_payment_id = $3, payment_url = $4, next_look_at = $5,
       updated_at = $6
     WHERE merchant_id = $1 AND id = $2 AND status = 'PENDING' RETURNING ${COLUMNS}`,
    [
      ...[merchantId, opened.id, opened.providerPaymentId, opened.paymentUrl, opened.nextLookAt],
      businessTimeOf(tx.now, clockOffsetMs),
    ],
  );
  return row;
};

/** The end of a registration, once: nothing is answered, and nothing done, when it had ended before. */
export const endRegistration = async (
  tx: Transaction,
  end: {
    readonly id: string;
    readonly status: 'COMPLETED' | 'FAILED' | 'EXPIRED';
    readonly billingKeyId?: string;
    readonly failureReason?: string;
    /** It never opened: the same idempotency key may be used for another try. */
    readonly isRepeatable?: boolean;
  },
  { merchantId, clockOffsetMs }: KeyContext,
): Promise<CardRegistration | undefined> => {
  const [row] = await tx.query<CardRegistration>(
    `UPDATE card_registrations SET status = $3, billing_key_id = $4, failure_reason = $5,
       idempotency_key = CASE WHEN $6 THEN NULL ELSE idempotency_key END, next_look_at = NULL,
       updated_at = $7
     WHERE merchant_id = $1 AND id = $2 AND status = 'PENDING' RETURNING ${COLUMNS}`,
    [
      ...[merchantId, end.id, end.status, end.billingKeyId ?? null, end.failureReason ?? null],
      ...[end.isRepeatable ?? false, businessTimeOf(tx.now, clockOffsetMs)],
    ],
  );
  return row;
};

export interface LookClaim {
  readonly limit: number;
  readonly leaseSeconds: number;
  /** These, whatever the time of their look; absent: those whose look is due. */
  readonly ids?: readonly string[];
}

/** Takes open registrations for one look each; another worker passes them by. */
export const claimRegistrationLooks = async (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
  { limit, leaseSeconds, ids }: LookClaim,
): Promise<CardRegistration[]> => {
  const { merchantId, providerAccountId } = account;
  const rows = await tx.query<CardRegistration>(
    `SELECT ${COLUMNS} FROM card_registrations
     WHERE merchant_id = $1 AND provider_account_id = $2 AND status = 'PENDING'
       AND ${ids ? 'id = ANY($3::uuid[]) AND provider_payment_id IS NOT NULL' : 'next_look_at <= $3'}
     ORDER BY next_look_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
    [merchantId, providerAccountId, ids ?? tx.now, limit],
  );
  await tx.query(
    `UPDATE card_registrations SET looks = looks + 1, next_look_at = $3
     WHERE merchant_id = $1 AND id = ANY($2)`,
    [merchantId, rows.map(({ id }) => id), after(tx.now, leaseSeconds)],
  );
  return rows.map((row) => ({ ...row, looks: row.looks + 1 }));
};

export const planRegistrationLook = async (
  tx: Transaction,
  merchantId: string,
  look: { readonly id: string; readonly at: MachineInstant },
): Promise<void> => {
  await tx.query(
    `UPDATE card_registrations SET next_look_at = $3
     WHERE merchant_id = $1 AND id = $2 AND status = 'PENDING'`,
    [merchantId, look.id, look.at],
  );
};
