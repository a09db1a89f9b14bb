import { Module } from '@nestjs/common';
import { Database } from '#platform/database';
import {
  CHARGES_DEPENDENCIES,
  ChargesModule,
  Contributors,
  DueChargeDispatcher,
  type ChargesDependencies,
} from '#charges';

import { BulkChargePoller } from './bulk-charge.poller.js';
import { BulkCharges } from './bulk-charges.service.js';
import { BulkCountsContributor } from './bulk-counts.contributor.js';
import { BulkOperationChannel } from './bulk-operation.channel.js';
import { OperationSubmitter } from './operation.submitter.js';

@Module({
  imports: [ChargesModule],
  providers: [
    {
      provide: BulkCharges,
      inject: [Database, CHARGES_DEPENDENCIES],
      useFactory: (database: Database, dependencies: ChargesDependencies) =>
        new BulkCharges(database, dependencies.accounts, dependencies),
    },
    {
      provide: OperationSubmitter,
      inject: [CHARGES_DEPENDENCIES],
      useFactory: (dependencies: ChargesDependencies) => new OperationSubmitter(dependencies),
    },
    {
      provide: BulkChargePoller,
      inject: [CHARGES_DEPENDENCIES, OperationSubmitter],
      useFactory: (dependencies: ChargesDependencies, submitter: OperationSubmitter) =>
        new BulkChargePoller(dependencies, submitter),
    },
    {
      provide: BulkOperationChannel,
      inject: [CHARGES_DEPENDENCIES, OperationSubmitter],
      useFactory: (dependencies: ChargesDependencies, submitter: OperationSubmitter) =>
        new BulkOperationChannel(dependencies, submitter),
    },
  ],
  exports: [BulkChargePoller, BulkCharges],
})
export class BulkChargesModule {
  constructor(
    contributors: Contributors,
    dispatcher: DueChargeDispatcher,
    channel: BulkOperationChannel,
  ) {
    contributors.register(new BulkCountsContributor());
    dispatcher.register(channel);
  }
}
