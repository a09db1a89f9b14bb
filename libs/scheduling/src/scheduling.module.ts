import { Inject, Module } from '@nestjs/common';
import {
  ChargeCommands,
  CHARGES_DEPENDENCIES,
  ChargesModule,
  Contributors,
  type ChargesDependencies,
} from '#charges';

import { CardChanges } from './card-changes.service.js';
import { Forecasts } from './forecast.service.js';
import { HardKeyContributor } from './hard-key.contributor.js';
import { LiveWork } from './live-work.service.js';
import { OccurrenceMaterialiser } from './occurrence.materialiser.js';
import { SandboxClock } from './sandbox-clock.client.js';
import { ScheduleChanges } from './schedule-changes.service.js';
import { ScheduleCommands } from './schedule-commands.service.js';
import { ScheduleContributor } from './schedule.contributor.js';
import { ScheduleRegistrar } from './schedule.registrar.js';
import { Schedules } from './schedules.service.js';
import { TestClockAdvancer } from './test-clock.advancer.js';
import { TestClocks } from './test-clock.service.js';

const made = <T>(type: new (dependencies: ChargesDependencies) => T) => ({
  provide: type,
  inject: [CHARGES_DEPENDENCIES],
  useFactory: (dependencies: ChargesDependencies) => new type(dependencies),
});

@Module({
  imports: [ChargesModule],
  providers: [
    SandboxClock,
    made(OccurrenceMaterialiser),
    made(ScheduleRegistrar),
    made(Schedules),
    made(TestClocks),
    {
      provide: ScheduleChanges,
      inject: [CHARGES_DEPENDENCIES, ScheduleRegistrar],
      useFactory: (dependencies: ChargesDependencies, registrar: ScheduleRegistrar) =>
        new ScheduleChanges(dependencies, registrar),
    },
    {
      provide: ScheduleCommands,
      inject: [ScheduleChanges],
      useFactory: (changes: ScheduleChanges) => new ScheduleCommands(changes),
    },
    {
      provide: Forecasts,
      inject: [CHARGES_DEPENDENCIES],
      useFactory: ({ database }: ChargesDependencies) => new Forecasts(database),
    },
    {
      provide: CardChanges,
      inject: [CHARGES_DEPENDENCIES, ScheduleCommands, ChargeCommands],
      useFactory: (
        { database }: ChargesDependencies,
        schedules: ScheduleCommands,
        charges: ChargeCommands,
      ) => new CardChanges(database, schedules, charges),
    },
    {
      provide: LiveWork,
      inject: [CHARGES_DEPENDENCIES, ScheduleCommands],
      useFactory: (dependencies: ChargesDependencies, commands: ScheduleCommands) =>
        new LiveWork(dependencies.database, commands),
    },
    {
      provide: TestClockAdvancer,
      inject: [CHARGES_DEPENDENCIES, SandboxClock],
      useFactory: (dependencies: ChargesDependencies, sandboxClock: SandboxClock) =>
        new TestClockAdvancer(dependencies, sandboxClock),
    },
  ],
  exports: [
    CardChanges,
    Forecasts,
    LiveWork,
    OccurrenceMaterialiser,
    ScheduleCommands,
    ScheduleRegistrar,
    Schedules,
    TestClockAdvancer,
    TestClocks,
  ],
})
export class SchedulingModule {
  constructor(
    contributors: Contributors,
    @Inject(CHARGES_DEPENDENCIES) dependencies: ChargesDependencies,
  ) {
    // Charges before schedules, as everybody locks them.
    contributors.register(new HardKeyContributor());
    contributors.register(new ScheduleContributor(dependencies));
  }
}
