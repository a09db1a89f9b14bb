import { Module } from '@nestjs/common';
import type { FullConfig } from '#platform/config';
import { Database } from '#platform/database';
import { CONFIG } from '#platform/nest';
import { ApiKeys } from './api-keys.service.js';
import { createMerchants, type Merchants } from './merchants.js';
import { ProviderAccounts } from './provider-accounts.service.js';
import { Provisioning } from './provisioning.js';

const MERCHANTS = Symbol('MERCHANTS');

@Module({
  providers: [
    {
      provide: MERCHANTS,
      inject: [Database, CONFIG],
      useFactory: (database: Database, config: FullConfig) => createMerchants(database, config),
    },
    { provide: ApiKeys, inject: [MERCHANTS], useFactory: (it: Merchants) => it.apiKeys },
    { provide: ProviderAccounts, inject: [MERCHANTS], useFactory: (it: Merchants) => it.accounts },
    { provide: Provisioning, inject: [MERCHANTS], useFactory: (it: Merchants) => it.provisioning },
  ],
  exports: [ApiKeys, ProviderAccounts, Provisioning],
})
export class MerchantsModule {}
