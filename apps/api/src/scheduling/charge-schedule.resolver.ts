import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Viewer } from '#merchants';
import type { Loaders } from '#platform/graphql';
import { Schedules } from '#scheduling';
import { Charge } from '../charges/charge.type.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import { presentSchedule, Schedule } from './schedule.type.js';

/** The schedule a charge is an occurrence of. */
@Resolver(() => Charge)
export class ChargeScheduleResolver {
  constructor(private readonly schedules: Schedules) {}

  @ResolveField(() => Schedule, { nullable: true })
  @RequireScope('schedules:read')
  async schedule(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<Schedule | null> {
    if (!row.scheduleId) return null;
    const schedule = await loaders.load('schedule', row.scheduleId, (ids) =>
      this.schedules.find(merchantId, ids),
    );
    return schedule ? presentSchedule(schedule) : null;
  }
}
