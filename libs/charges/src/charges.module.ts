import { Module } from '@nestjs/common';
import type { FullConfig } from '#platform/config';
import { Database } from '#platform/database';
import { CONFIG } from '#platform/nest';
import { MerchantsModule, ProviderAccounts, PROVIDERS, type Providers } from '#merchants';

import { AttemptResolver } from './attempt.resolver.js';
import { ChargeCommands } from './charge-commands.service.js';
import { Brakes } from './brakes.js';
import { Charges } from './charges.service.js';
import { Contributors } from './contribution.js';
import type { ChargesDependencies } from './dependencies.js';
import { DueChargeDispatcher } from './due-charge.dispatcher.js';
import { Incidents } from './incidents.service.js';
import { Holds } from './holds.service.js';
import { RefundSender } from './refund.sender.js';
import { Reconciler } from './reconciler.js';
import { Refunds } from './refunds.service.js';
import { Settler } from './settler.js';
import { Statistics } from './statistics.service.js';
import { SingleChargeChannel } from './single-charge.channel.js';

/** What every loop and command at the door is made of: `@Inject(CHARGES_DEPENDENCIES)`. */
export const CHARGES_DEPENDENCIES = Symbol('CHARGES_DEPENDENCIES');

const made = <T>(type: new (dependencies: ChargesDependencies) => T) => ({
  provide: type,
  inject: [CHARGES_DEPENDENCIES],
  useFactory: (dependencies: ChargesDependencies) => new type(dependencies),
});

@Module({
  imports: [MerchantsModule],
  providers: [
    Contributors,
    {
      provide: Settler,
      inject: [Database, Contributors, CONFIG],
      useFactory: (database: Database, contributors: Contributors, timing: FullConfig) =>
        new Settler(database, contributors, timing.afterlooksSeconds),
    },
    {
      provide: CHARGES_DEPENDENCIES,
      inject: [Database, PROVIDERS, ProviderAccounts, Settler, CONFIG],
      useFactory: (
        database: Database,
        providers: Providers,
        accounts: ProviderAccounts,
        settler: Settler,
        timing: FullConfig,
      ): ChargesDependencies => {
        const brakes = new Brakes(timing);
        const braked = new Map(
          [...providers].map(([name, provider]) => [name, brakes.around(provider)]),
        );
        return { database, providers: braked, accounts, settler, timing, brakes };
      },
    },
    {
      provide: Holds,
      inject: [Database],
      useFactory: (database: Database) => new Holds(database),
    },
    {
      provide: Charges,
      inject: [CHARGES_DEPENDENCIES],
      useFactory: ({ database, providers }: ChargesDependencies) =>
        new Charges(database, providers),
    },
    {
      provide: Statistics,
      inject: [Database],
      useFactory: (database: Database) => new Statistics(database),
    },
    {
      provide: Incidents,
      inject: [Database],
      useFactory: (database: Database) => new Incidents(database),
    },
    {
      provide: DueChargeDispatcher,
      inject: [CHARGES_DEPENDENCIES],
      useFactory: (dependencies: ChargesDependencies) => {
        const dispatcher = new DueChargeDispatcher(dependencies);
        dispatcher.register(new SingleChargeChannel(dependencies));
        return dispatcher;
      },
    },
    made(AttemptResolver),
    made(ChargeCommands),
    {
      provide: Reconciler,
      inject: [CHARGES_DEPENDENCIES, AttemptResolver],
      useFactory: (dependencies: ChargesDependencies, resolver: AttemptResolver) =>
        new Reconciler(dependencies, resolver),
    },
    made(Refunds),
    made(RefundSender),
  ],
  exports: [
    AttemptResolver,
    ChargeCommands,
    Charges,
    CHARGES_DEPENDENCIES,
    Contributors,
    DueChargeDispatcher,
    Incidents,
    Reconciler,
    Holds,
    Refunds,
    RefundSender,
    Settler,
    Statistics,
  ],
})
export class ChargesModule {}
