import { Module } from '@nestjs/common';
import { Database } from '#platform/database';

import { RetryPolicies } from './retry-policies.service.js';

@Module({
  providers: [
    {
      provide: RetryPolicies,
      inject: [Database],
      useFactory: (database: Database) => new RetryPolicies(database),
    },
  ],
  exports: [RetryPolicies],
})
export class DunningModule {}
