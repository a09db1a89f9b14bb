import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { CurrencyCount, FailureCount, ProviderCount, StatisticsReading } from '#charges';
import { toPublicId, type FailureCode } from '#kernel';
import { FailureCodeEnum } from '../charges/charge.enums.js';
import { Money, presentMoney } from '../money/money.type.js';

const SUCCESS_RATE = 'Succeeded, of those that are decided: 0 to 1. Absent: none is.';

@ObjectType()
export class CurrencyStatistics {
  @Field(() => Int)
  charges: number;

  @Field(() => Int)
  succeeded: number;

  @Field(() => Int, { description: 'Given up.' })
  failed: number;

  @Field(() => Money)
  collected: Money;

  @Field(() => Money, { description: 'Given up.' })
  lost: Money;

  @Field(() => Money)
  refunded: Money;
}

@ObjectType()
export class FailureStatistics {
  @Field(() => FailureCodeEnum)
  failureCode: FailureCode;

  @Field(() => Int, { description: 'Attempts that were answered so.' })
  attempts: number;

  @Field(() => Int)
  charges: number;

  @Field(() => Int, { description: 'Of these charges, those that succeeded all the same.' })
  recovered: number;
}

@ObjectType()
export class ProviderStatistics {
  @Field(() => String)
  providerAccountId: string;

  @Field(() => String)
  provider: string;

  @Field(() => Int)
  charges: number;

  @Field(() => Int)
  succeeded: number;

  @Field(() => Int)
  failed: number;

  @Field(() => Float, { nullable: true, description: SUCCESS_RATE })
  successRate: number | null;
}

@ObjectType()
export class Statistics {
  @Field(() => Int)
  charges: number;

  @Field(() => Float, { nullable: true, description: SUCCESS_RATE })
  successRate: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Succeeded after a failure, of those that failed and are decided: 0 to 1.',
  })
  recoveryRate: number | null;

  @Field(() => [CurrencyStatistics])
  byCurrency: CurrencyStatistics[];

  @Field(() => [FailureStatistics], { description: 'The most frequent first.' })
  byFailureCode: FailureStatistics[];

  @Field(() => [ProviderStatistics])
  byProvider: ProviderStatistics[];
}

const rate = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);

const presentCurrency = ({ currency, ...row }: CurrencyCount): CurrencyStatistics => ({
  ...{ charges: row.charges, succeeded: row.succeeded, failed: row.failed },
  collected: presentMoney(row.collectedMinor, currency),
  lost: presentMoney(row.lostMinor, currency),
  refunded: presentMoney(row.refundedMinor, currency),
});

const presentProvider = ({ providerAccountId, ...row }: ProviderCount): ProviderStatistics => ({
  ...row,
  providerAccountId: toPublicId('providerAccount', providerAccountId),
  successRate: rate(row.succeeded, row.succeeded + row.failed),
});

export const presentStatistics = ({
  currencies,
  failures,
  providers,
}: StatisticsReading): Statistics => {
  const succeeded = sum(currencies, (row) => row.succeeded);
  const failed = sum(currencies, (row) => row.failed);
  const recovered = sum(currencies, (row) => row.recovered);
  return {
    charges: sum(currencies, (row) => row.charges),
    successRate: rate(succeeded, succeeded + failed),
    recoveryRate: rate(recovered, recovered + failed),
    byCurrency: currencies.map(presentCurrency),
    byFailureCode: failures.map((row: FailureCount) => ({ ...row })),
    byProvider: providers.map(presentProvider),
  };
};
