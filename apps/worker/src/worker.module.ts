import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { PlatformModule, type Platform } from '#platform/nest';
import { BulkChargesModule } from '#bulk-charges';
import { ChargesModule } from '#charges';
import { SchedulingModule } from '#scheduling';
import { WebhooksModule } from '#webhooks';

import { AdaptersModule } from '#providers/registry';
import { Ticker } from './ticker.js';

/** The clock and the loops. */
@Module({})
export class WorkerModule {
  static with(platform: Platform): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        PlatformModule.with(platform),
        AdaptersModule,
        ScheduleModule.forRoot(),
        ChargesModule,
        BulkChargesModule,
        SchedulingModule,
        WebhooksModule,
      ],
      providers: [Ticker],
    };
  }
}
