import type { FailureCode } from '#kernel';
import { after, type BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import { networkOf, LEDGER_DAYS } from './network-rules.js';
import type { DeclineRun } from './network-budget.js';

/** What a card was asked for: what the networks count together. */
export interface Payment {
  readonly billingKeyId: string;
  readonly amountMinor: number;
  readonly currency: string;
}

/** A decided attempt, as the networks see it. */
export interface CardAnswer extends Payment {
  readonly attemptId: string;
  readonly providerAccountId: string;
  readonly isApproval: boolean;
  /** Where it says "never again on this card". */
  readonly hardFailureCode: FailureCode | null;
  readonly at: BusinessInstant;
}

/** Keeps declines; an approval is kept only where it ends a run of them, so that what goes well costs nothing. A decline that turns out to
 * have been paid becomes one. */
export const recordDeclines = async (
  tx: Transaction,
  merchantId: string,
  answers: readonly CardAnswer[],
): Promise<void> => {
  if (answers.length === 0) return;
  const rows = answers.map((answer) => ({
    id: answer.attemptId,
    provider_account_id: answer.providerAccountId,
    billing_key_id: answer.billingKeyId,
    amount_minor: answer.amountMinor,
    currency: answer.currency,
    is_approval: answer.isApproval,
    at: answer.at,
  }));
  await tx.query(
    `INSERT INTO declines (merchant_id, id, provider_account_id, billing_key_id, amount_minor,
       currency, is_approval, at)
     SELECT m.id, r.id, r.provider_account_id, r.billing_key_id, r.amount_minor, r.currency,
       r.is_approval, r.at
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, provider_account_id uuid,
       billing_key_id uuid, amount_minor bigint, currency text, is_approval boolean,
       at timestamptz) ON true
     WHERE m.id = $1 AND (NOT r.is_approval OR EXISTS (SELECT FROM declines d
       WHERE d.merchant_id = m.id AND d.billing_key_id = r.billing_key_id
         AND d.amount_minor = r.amount_minor AND d.currency = r.currency
         AND d.at > r.at - make_interval(days => $3)))
     ON CONFLICT (merchant_id, id) DO UPDATE SET is_approval = true, at = EXCLUDED.at
     WHERE EXCLUDED.is_approval`,
    [merchantId, JSON.stringify(rows), LEDGER_DAYS],
  );
  await markHardKeys(tx, merchantId, answers);
};

/** After the charges: everybody locks charges first, then keys. */
const markHardKeys = async (
  tx: Transaction,
  merchantId: string,
  answers: readonly CardAnswer[],
): Promise<void> => {
  const hard = answers.filter(({ hardFailureCode }) => hardFailureCode !== null);
  if (hard.length === 0) return;
  await tx.query(
    `UPDATE billing_keys k SET hard_failure_code = r.code, hard_failed_at = r.at
     FROM json_to_recordset($2::json) AS r (id uuid, code text, at timestamptz)
     WHERE k.merchant_id = $1 AND k.id = r.id AND k.hard_failure_code IS NULL`,
    [
      merchantId,
      JSON.stringify(
        hard.map(({ billingKeyId, hardFailureCode, at }) => ({
          id: billingKeyId,
          code: hardFailureCode,
          at,
        })),
      ),
    ],
  );
};

/** The runs of these payments, under the lock of their keys: whoever else would try one of them again comes after our commit, and counts
 * ours. In the order asked for; nothing for a key that another holds, unless it is waited for. */
export const lockDeclineRuns = async (
  tx: Transaction,
  merchantId: string,
  question: {
    readonly payments: readonly Payment[];
    readonly at: BusinessInstant;
    /** Whoever holds what the holder of a key may wait for must not wait for the key. */
    readonly isWaiting: boolean;
  },
): Promise<(DeclineRun | undefined)[]> => {
  const { payments, isWaiting } = question;
  if (payments.length === 0) return [];
  const locked = await tx.query<{ id: string }>(
    `SELECT id FROM billing_keys WHERE merchant_id = $1 AND id = ANY($2)
     ORDER BY id FOR NO KEY UPDATE${isWaiting ? '' : ' SKIP LOCKED'}`,
    [merchantId, payments.map(({ billingKeyId }) => billingKeyId)],
  );
  const lockedIds = new Set(locked.map(({ id }) => id));
  const runs = await readRuns(tx, merchantId, question);
  return runs.map((run, place) =>
    lockedIds.has(payments[place]?.billingKeyId ?? '') ? run : undefined,
  );
};

interface RunRow {
  readonly brand: string | null;
  readonly declinedAt: BusinessInstant[] | null;
  readonly underWay: number;
}

const readRuns = async (
  tx: Transaction,
  merchantId: string,
  { payments, at }: { readonly payments: readonly Payment[]; readonly at: BusinessInstant },
): Promise<DeclineRun[]> => {
  const rows = await tx.query<RunRow>(
    `SELECT k.brand,
       (SELECT array_agg(d.at ORDER BY d.at) FROM declines d
        WHERE d.merchant_id = $1 AND d.billing_key_id = r.billing_key_id
          AND d.amount_minor = r.amount_minor AND d.currency = r.currency
          AND NOT d.is_approval AND d.at > $3
          AND NOT EXISTS (SELECT FROM declines p WHERE p.merchant_id = $1
            AND p.billing_key_id = r.billing_key_id AND p.amount_minor = r.amount_minor
            AND p.currency = r.currency AND p.is_approval AND p.at >= d.at)) AS "declinedAt",
       (SELECT count(*)::int FROM charges c
        WHERE c.merchant_id = $1 AND c.billing_key_id = r.billing_key_id
          AND c.amount_minor = r.amount_minor AND c.currency = r.currency
          AND c.state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')) AS "underWay"
     FROM json_to_recordset($2::json) AS r (place int, billing_key_id uuid, amount_minor bigint,
       currency text)
     JOIN billing_keys k ON k.merchant_id = $1 AND k.id = r.billing_key_id
     ORDER BY r.place`,
    [
      merchantId,
      JSON.stringify(
        payments.map(({ billingKeyId, amountMinor, currency }, place) => ({
          ...{ place, currency },
          billing_key_id: billingKeyId,
          amount_minor: amountMinor,
        })),
      ),
      after(at, -LEDGER_DAYS * 86_400),
    ],
  );
  return rows.map(({ brand, declinedAt, underWay }) => ({
    network: networkOf(brand),
    declinedAt: declinedAt ?? [],
    underWay,
  }));
};
