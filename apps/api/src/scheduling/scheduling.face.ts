import { Module } from '@nestjs/common';
import { BillingKeysModule } from '#billing-keys';
import { ChargesModule } from '#charges';
import { SchedulingModule } from '#scheduling';
import { CardChangesResolver } from './card-changes.resolver.js';
import { ChargeScheduleResolver } from './charge-schedule.resolver.js';
import { ScheduleChangesResolver } from './schedule-changes.resolver.js';
import { ScheduleFieldsResolver } from './schedule-fields.resolver.js';
import { SchedulesResolver } from './schedules.resolver.js';
import { TestClockResolver } from './test-clock.resolver.js';

@Module({
  imports: [SchedulingModule, ChargesModule, BillingKeysModule],
  providers: [
    SchedulesResolver,
    ScheduleChangesResolver,
    ScheduleFieldsResolver,
    ChargeScheduleResolver,
    CardChangesResolver,
    TestClockResolver,
  ],
})
export class SchedulingFace {}
