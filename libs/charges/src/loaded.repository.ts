import type { FailureCode, Money } from '#kernel';
import type { RetryPolicy } from '#dunning';
import type { Transaction } from '#platform/database';
import type { SentReference } from '#providers/contract';

import { CHARGE_COLUMNS, type Attempt, type Charge } from './charge.js';

/** What a claim loads beside the charge, so that settling needs to read nothing. */
export interface Loaded {
  readonly charge: Charge;
  readonly providerKey: string;
  readonly keyStatus: string;
  /** The card was answered a code that forbids ever charging it again. */
  readonly keyHardFailureCode: FailureCode | null;
  readonly schedule: Readonly<Record<string, unknown>> | null;
  /** The version its case is pinned to, else the policy's present one; absent: it names no policy. */
  readonly retryPolicy: RetryPolicy | null;
  /** The last attempt's reference, where that one never went out and was of the same amount: the next one is its resend. */
  readonly unsentReference: string | null;
  /** What earlier attempts are known by; absent: there was none. */
  readonly earlier: EarlierAttempts | null;
  /** Of the bulk it is an item of; loaded for what is to be sent. */
  readonly bulkStatus?: string | null;
  /** The one under way, or the last of what is asked about. */
  readonly attempt?: Attempt;
  /** Looks at it since it was decided; loaded for what is asked about. */
  readonly afterlook?: { readonly made: number; readonly isDue: boolean };
}

/** Attempts that may have reached the provider. */
export interface EarlierAttempts {
  readonly references: readonly SentReference[];
  readonly paymentIds: readonly string[];
  /** How many have an outcome that stands. */
  readonly decided: number;
  /** How many went out one by one, not in a bulk operation. */
  readonly singles: number;
}

/** No COALESCE in the join: PostgreSQL does not take it for leakproof, so that under row-level security no index could be used, and every
 * key of the merchant would be read for every charge. */
export const LOADED_FROM = `
  FROM charges c
  LEFT JOIN schedules s ON s.merchant_id = c.merchant_id AND s.id = c.schedule_id
  JOIN billing_keys k ON k.merchant_id = c.merchant_id AND k.id =
    CASE WHEN c.state = 'SCHEDULED' AND NOT c.keeps_terms AND s.billing_key_id IS NOT NULL THEN s.billing_key_id ELSE c.billing_key_id END
  LEFT JOIN retry_policies p ON p.merchant_id = c.merchant_id AND p.id = c.retry_policy_id
  LEFT JOIN retry_policy_versions v ON v.merchant_id = p.merchant_id AND v.retry_policy_id = p.id
    AND v.version = CASE WHEN c.retry_policy_version IS NULL THEN p.version ELSE c.retry_policy_version END`;

/** An attempt `e`'s reference with the key it was sent with, which the charge may not have any more. */
export const SENT_REFERENCE = `jsonb_build_object('reference', e.provider_reference,
  'providerKey', sent_with.provider_key)`;
export const SENT_WITH = `JOIN billing_keys sent_with
  ON sent_with.merchant_id = e.merchant_id AND sent_with.id = e.billing_key_id`;

/** `key_id` and the rest: an occurrence takes its order and key from the schedule while it only waits. */
export const LOADED_COLUMNS = `${CHARGE_COLUMNS}, k.id AS "keyId", k.provider_key AS "providerKey",
  k.status AS "keyStatus", k.hard_failure_code AS "keyHardFailureCode", to_jsonb(s) AS schedule,
  v.definition || jsonb_build_object('version', v.version) AS "retryPolicy",
  CASE WHEN c.attempt_count > 0 THEN (
    SELECT json_build_object('reference', u.provider_reference, 'amountMinor', u.amount_minor,
      'currency', u.currency)
    FROM attempts u
    WHERE u.merchant_id = c.merchant_id AND u.charge_id = c.id AND u.number = c.attempt_count
      AND u.outcome = 'NOT_SENT' AND u.kind <> 'SCHEDULE' AND u.billing_key_id = k.id)
  END AS unsent,
  CASE WHEN c.attempt_count > 0 THEN (
    SELECT json_build_object('references', jsonb_agg(DISTINCT ${SENT_REFERENCE}),
      'paymentIds', COALESCE(json_agg(e.provider_payment_id)
        FILTER (WHERE e.provider_payment_id IS NOT NULL), '[]'),
      'decided', count(*) FILTER (WHERE e.outcome NOT IN ('PENDING', 'UNKNOWN', 'NOT_SENT')),
      'singles', count(*) FILTER (WHERE e.kind <> 'BULK' AND e.outcome <> 'NOT_SENT'))
    FROM attempts e ${SENT_WITH} WHERE e.merchant_id = c.merchant_id AND e.charge_id = c.id
      AND e.outcome IS NOT NULL AND (e.outcome <> 'NOT_SENT' OR e.billing_key_id <> k.id))
  END AS earlier`;

export interface LoadedRow extends Charge {
  keyId: string;
  providerKey: string;
  keyStatus: string;
  keyHardFailureCode: FailureCode | null;
  schedule: Record<string, unknown> | null;
  retryPolicy: RetryPolicy | null;
  unsent: ({ readonly reference: string } & Money) | null;
  earlier: (Omit<EarlierAttempts, 'references'> & { references: SentReference[] | null }) | null;
  bulkStatus?: string | null;
}

export const load = ({
  keyId,
  providerKey,
  keyStatus,
  keyHardFailureCode,
  schedule,
  retryPolicy,
  unsent,
  earlier,
  bulkStatus = null,
  ...row
}: LoadedRow): Loaded => {
  const charge =
    schedule && row.state === 'SCHEDULED' && !row.keepsTerms
      ? { ...row, ...termsOf(schedule, row.occurrenceNumber), billingKeyId: keyId }
      : row;
  const isResend =
    unsent?.amountMinor === charge.amountMinor && unsent.currency === charge.currency;
  return {
    ...{ charge, providerKey, keyStatus, keyHardFailureCode, schedule, retryPolicy, bulkStatus },
    unsentReference: isResend ? unsent.reference : null,
    // All of them may be non-sends: then nobody can know of any.
    earlier: earlier?.references ? { ...earlier, references: earlier.references } : null,
  };
};

/** With all that forbids sending them, as it stands when this statement begins. */
export const loadToSend = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<Loaded[]> => {
  const rows = await tx.query<LoadedRow>(
    `SELECT ${LOADED_COLUMNS}, b.status AS "bulkStatus" ${LOADED_FROM}
     LEFT JOIN bulk_charges b ON b.merchant_id = c.merchant_id AND b.id = c.bulk_charge_id
     WHERE c.merchant_id = $1 AND c.id = ANY($2::uuid[]) ORDER BY c.send_at`,
    [merchantId, chargeIds],
  );
  return rows.map(load);
};

/** What an occurrence is for, as its schedule's row has it now. The first one may have an amount of its own, which no items add up to. */
const termsOf = (
  schedule: Readonly<Record<string, unknown>>,
  number: number | null,
): Pick<Charge, 'orderName' | 'orderItems' | 'amountMinor' | 'currency'> => {
  const first = number === 1 ? (schedule['first_amount_minor'] as number | null) : null;
  return {
    orderName: schedule['order_name'] as string,
    orderItems: first === null ? (schedule['order_items'] as Charge['orderItems']) : [],
    amountMinor: first ?? (schedule['amount_minor'] as number),
    currency: schedule['currency'] as string,
  };
};

/** Locks charges in id order and answers their ids; what else is read of them is read in a later statement. One that both locks and reads sees
 * the charge's row as whoever committed last left it, and all other rows, its attempts, schedule and key among them, as they were when the
 * statement began. The same holds for a claim that passes by what is locked. */
export const lockCharges = async (
  tx: Transaction,
  where: string,
  parameters: readonly unknown[],
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `SELECT c.id FROM charges c WHERE ${where} ORDER BY c.id FOR UPDATE`,
    parameters,
  );
  return rows.map(({ id }) => id);
};
