import type { FailureCode } from '#kernel';
import { exactSum, type Database, type Transaction } from '#platform/database';
import { refusal, type Refusal } from '#merchants';

export interface CurrencyCount {
  readonly currency: string;
  readonly charges: number;
  readonly succeeded: number;
  /** Of the succeeded, those that failed before. */
  readonly recovered: number;
  readonly failed: number;
  readonly collectedMinor: number;
  readonly lostMinor: number;
  readonly refundedMinor: number;
}

export interface FailureCount {
  readonly failureCode: FailureCode;
  readonly attempts: number;
  readonly charges: number;
  readonly recovered: number;
}

export interface ProviderCount {
  readonly providerAccountId: string;
  readonly provider: string;
  readonly charges: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface StatisticsReading {
  readonly kind: 'READ';
  readonly currencies: readonly CurrencyCount[];
  readonly failures: readonly FailureCount[];
  readonly providers: readonly ProviderCount[];
}

export interface StatisticsRange {
  readonly fromAt: Date;
  readonly toAt: Date;
}

/** A year and a month: last year's month beside this one's. */
const RANGE_MAX_DAYS = 400;

/** How the charges came out that fell due in a range of business time. */
export class Statistics {
  constructor(private readonly database: Database) {}

  read(
    merchantId: string,
    range: StatisticsRange,
  ): Promise<
    | StatisticsReading
    | { readonly kind: 'REFUSED'; readonly refusals: readonly Refusal<'INVALID_INPUT'>[] }
  > {
    const refused = (message: string) =>
      Promise.resolve({
        ...{ kind: 'REFUSED' as const, refusals: [refusal('INVALID_INPUT', ['to'], message)] },
      });
    const days = (range.toAt.getTime() - range.fromAt.getTime()) / 86_400_000;
    if (days <= 0) return refused('expected a time after from');
    if (days > RANGE_MAX_DAYS) return refused(`expected at most ${RANGE_MAX_DAYS} days`);
    return this.database.withMerchant(merchantId, async (tx) => ({
      kind: 'READ',
      currencies: await countByCurrency(tx, merchantId, range),
      failures: await countByFailure(tx, merchantId, range),
      providers: await countByProvider(tx, merchantId, range),
    }));
  }
}

const SUCCEEDED = `c.state IN ('SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED')`;
const DUE_IN_RANGE = 'c.merchant_id = $1 AND c.due_at >= $2 AND c.due_at < $3';

const amountOf = (which: string): string =>
  `COALESCE(sum(c.amount_minor) FILTER (WHERE ${which}), 0)`;

const countByCurrency = (
  tx: Transaction,
  merchantId: string,
  { fromAt, toAt }: StatisticsRange,
): Promise<CurrencyCount[]> =>
  tx.query(
    `SELECT c.currency, count(*)::int AS charges,
       count(*) FILTER (WHERE ${SUCCEEDED})::int AS succeeded,
       count(*) FILTER (WHERE ${SUCCEEDED} AND c.first_failed_at IS NOT NULL)::int AS recovered,
       count(*) FILTER (WHERE c.state = 'FAILED')::int AS failed,
       ${exactSum(amountOf(SUCCEEDED))} AS "collectedMinor",
       ${exactSum(amountOf("c.state = 'FAILED'"))} AS "lostMinor",
       ${exactSum('sum(c.refunded_minor)')} AS "refundedMinor"
     FROM charges c WHERE ${DUE_IN_RANGE} GROUP BY c.currency ORDER BY c.currency`,
    [merchantId, fromAt, toAt],
  );

const countByProvider = (
  tx: Transaction,
  merchantId: string,
  { fromAt, toAt }: StatisticsRange,
): Promise<ProviderCount[]> =>
  tx.query(
    `SELECT c.provider_account_id AS "providerAccountId", a.provider, count(*)::int AS charges,
       count(*) FILTER (WHERE ${SUCCEEDED})::int AS succeeded,
       count(*) FILTER (WHERE c.state = 'FAILED')::int AS failed
     FROM charges c
     JOIN provider_accounts a ON a.merchant_id = c.merchant_id AND a.id = c.provider_account_id
     WHERE ${DUE_IN_RANGE} GROUP BY 1, 2 ORDER BY 1`,
    [merchantId, fromAt, toAt],
  );

const countByFailure = (
  tx: Transaction,
  merchantId: string,
  { fromAt, toAt }: StatisticsRange,
): Promise<FailureCount[]> =>
  tx.query(
    `SELECT t.failure_code AS "failureCode", count(*)::int AS attempts,
       count(DISTINCT c.id)::int AS charges,
       (count(DISTINCT c.id) FILTER (WHERE ${SUCCEEDED}))::int AS recovered
     FROM charges c
     JOIN attempts t ON t.merchant_id = c.merchant_id AND t.charge_id = c.id
     WHERE ${DUE_IN_RANGE} AND t.failure_code IS NOT NULL
     GROUP BY 1 ORDER BY 2 DESC, 1`,
    [merchantId, fromAt, toAt],
  );
