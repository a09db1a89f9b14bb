import { Module } from '@nestjs/common';
import type { FullConfig } from '#platform/config';
import { KeyRing } from '#platform/crypto';
import { Database } from '#platform/database';
import { CONFIG } from '#platform/nest';
import { AccountVault } from './account-vault.js';
import { ApiKeys } from './api-keys.service.js';
import { DataKeys } from './data-keys.js';
import { ProviderAccounts } from './provider-accounts.service.js';
import { Provisioning } from './provisioning.js';

@Module({
  providers: [
    { provide: DataKeys, inject: [KeyRing], useFactory: (ring: KeyRing) => new DataKeys(ring) },
    {
      provide: AccountVault,
      inject: [DataKeys, CONFIG],
      useFactory: (keys: DataKeys, config: FullConfig) => new AccountVault(keys, config.publicUrl),
    },
    {
      provide: ApiKeys,
      inject: [Database],
      useFactory: (database: Database) => new ApiKeys(database),
    },
    {
      provide: ProviderAccounts,
      inject: [Database, DataKeys, AccountVault, CONFIG],
      useFactory: (
        database: Database,
        dataKeys: DataKeys,
        vault: AccountVault,
        { sandboxUrl, nodeEnv }: FullConfig,
      ) =>
        new ProviderAccounts(database, dataKeys, vault, {
          sandboxUrl,
          isProduction: nodeEnv === 'production',
        }),
    },
    {
      provide: Provisioning,
      inject: [Database, DataKeys],
      useFactory: (database: Database, keys: DataKeys) => new Provisioning(database, keys),
    },
  ],
  exports: [ApiKeys, ProviderAccounts, Provisioning],
})
export class MerchantsModule {}
