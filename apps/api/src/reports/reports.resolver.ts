import { Args, Query, Resolver } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { Statistics as StatisticsOf } from '#charges';
import type { Refusal, Viewer } from '#merchants';
import { DateTime } from '#platform/graphql';
import { Forecasts, type ForecastStep } from '#scheduling';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { ForecastBucket, ForecastStepEnum, presentBucket } from './forecast.type.js';
import { presentStatistics, Statistics } from './statistics.type.js';

@Resolver()
export class ReportsResolver {
  constructor(
    private readonly forecasts: Forecasts,
    private readonly statisticsOf: StatisticsOf,
  ) {}

  @Query(() => [ForecastBucket], {
    description:
      'Expected charges and amounts of every active schedule and every known retry, per step and currency; empty steps are left out. At most 800 steps.',
  })
  @RequireScope('schedules:read')
  async forecast(
    @Args('from', { type: () => DateTime }) fromAt: Date,
    @Args('to', { type: () => DateTime, description: 'Not included.' }) toAt: Date,
    @Args('by', { type: () => ForecastStepEnum }) by: ForecastStep,
    @Args('timeZone', {
      type: () => String,
      defaultValue: 'UTC',
      description: 'On whose calendar the steps lie.',
    })
    timeZone: string,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ForecastBucket[]> {
    const found = await this.forecasts.forecast(merchantId, { fromAt, toAt, by, timeZone });
    return found.kind === 'FORECAST' ? found.buckets.map(presentBucket) : refuse(found.refusals);
  }

  @Query(() => Statistics, {
    description: 'Of the charges that fell due in the range, as they stand now. At most 400 days.',
  })
  @RequireScope('charges:read')
  async statistics(
    @Args('from', { type: () => DateTime }) fromAt: Date,
    @Args('to', { type: () => DateTime, description: 'Not included.' }) toAt: Date,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<Statistics> {
    const found = await this.statisticsOf.read(merchantId, { fromAt, toAt });
    return found.kind === 'READ' ? presentStatistics(found) : refuse(found.refusals);
  }
}

const refuse = (refusals: readonly Refusal<string>[]): never => {
  const [refusal] = refusals;
  throw new GraphQLError(`${refusal?.field.join('.')}: ${refusal?.message}`, {
    extensions: { code: 'BAD_USER_INPUT', field: refusal?.field },
  });
};
