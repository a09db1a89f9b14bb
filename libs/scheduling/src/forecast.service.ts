import { isTimeZone } from '#kernel';
import type { Database } from '#platform/database';
import { refusal, type Refusal } from '#merchants';

import {
  BUCKETS_MAX,
  Forecast,
  stepsOf,
  type ForecastBucket,
  type ForecastStep,
} from './forecast.js';
import {
  findChangingSchedules,
  readKnownGroups,
  readPlannedGroups,
} from './forecast.repository.js';
import { chargesToCome } from './schedule-update.js';
import { findSchedules } from './schedules.repository.js';

export type Forecasting =
  | { readonly kind: 'FORECAST'; readonly buckets: readonly ForecastBucket[] }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly Refusal<'INVALID_INPUT'>[] };

export interface ForecastQuestion {
  readonly fromAt: Date;
  readonly toAt: Date;
  readonly by: ForecastStep;
  readonly timeZone: string;
}

/** What is expected to be charged, over every schedule and every known retry. */
export class Forecasts {
  constructor(private readonly database: Database) {}

  async forecast(merchantId: string, question: ForecastQuestion): Promise<Forecasting> {
    const refused = (field: string, message: string): Forecasting => ({
      ...{ kind: 'REFUSED', refusals: [refusal('INVALID_INPUT', [field], message)] },
    });
    const { fromAt, toAt, by, timeZone } = question;
    if (toAt <= fromAt) return refused('to', 'expected a time after from');
    if (!isTimeZone(timeZone))
      return refused('timeZone', 'expected a name of the IANA database, such as Asia/Seoul');
    const bounds = stepsOf(question, by, timeZone);
    if (bounds.length > BUCKETS_MAX + 1)
      return refused('to', `expected at most ${BUCKETS_MAX} steps of a ${by.toLowerCase()}`);
    const forecast = new Forecast(question, bounds);
    await this.database.withMerchant(merchantId, async (tx) => {
      for (const group of await readPlannedGroups(tx, merchantId, toAt)) forecast.plan(group);
      for (const { at, ...group } of await readKnownGroups(tx, merchantId, toAt))
        forecast.add(at, group);
      const ids = await findChangingSchedules(tx, merchantId, toAt);
      for (const schedule of await findSchedules(tx, merchantId, ids))
        for (const { at, ...charge } of chargesToCome(schedule, BUCKETS_MAX))
          forecast.add(at, { ...charge, charges: 1, isRetry: false });
    });
    return { kind: 'FORECAST', buckets: forecast.read() };
  }
}
