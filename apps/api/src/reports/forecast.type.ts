import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTime } from '#platform/graphql';
import { FORECAST_STEPS, type ForecastBucket as Bucket } from '#scheduling';
import { Money, presentMoney } from '../money/money.type.js';

export const ForecastStepEnum = Object.fromEntries(FORECAST_STEPS.map((step) => [step, step])) as {
  [Step in (typeof FORECAST_STEPS)[number]]: Step;
};
registerEnumType(ForecastStepEnum, {
  name: 'ForecastStep',
  description: 'Weeks begin on Monday.',
});

@ObjectType({ description: 'What is expected within one step, in one currency.' })
export class ForecastBucket {
  @Field(() => DateTime)
  from: Date;

  @Field(() => DateTime)
  to: Date;

  @Field(() => Int)
  charges: number;

  @Field(() => Money)
  amount: Money;

  @Field(() => Int, { description: 'Of these, charges that failed before.' })
  retries: number;

  @Field(() => Money)
  retryAmount: Money;
}

export const presentBucket = (bucket: Bucket): ForecastBucket => ({
  from: bucket.fromAt,
  to: bucket.toAt,
  charges: bucket.charges,
  amount: presentMoney(bucket.amountMinor, bucket.currency),
  retries: bucket.retries,
  retryAmount: presentMoney(bucket.retryAmountMinor, bucket.currency),
});
