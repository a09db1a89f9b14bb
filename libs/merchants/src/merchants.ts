import type { FullConfig } from '#platform/config';
import { KeyRing } from '#platform/crypto';
import type { Database } from '#platform/database';
import { AccountVault } from './account-vault.js';
import { ApiKeys } from './api-keys.service.js';
import { DataKeys } from './data-keys.js';
import { ProviderAccounts } from './provider-accounts.service.js';
import { Provisioning } from './provisioning.js';

export interface Merchants {
  readonly apiKeys: ApiKeys;
  readonly accounts: ProviderAccounts;
  readonly provisioning: Provisioning;
}

/** The library put together, for a process with Nest or without. */
export const createMerchants = (
  database: Database,
  config: Pick<FullConfig, 'encryptionKeys' | 'publicUrl' | 'sandboxUrl' | 'nodeEnv'>,
): Merchants => {
  const dataKeys = new DataKeys(new KeyRing(config.encryptionKeys));
  const vault = new AccountVault(dataKeys, config.publicUrl);
  const isProduction = config.nodeEnv === 'production';
  return {
    apiKeys: new ApiKeys(database),
    accounts: new ProviderAccounts(database, dataKeys, vault, {
      sandboxUrl: config.sandboxUrl,
      isProduction,
    }),
    provisioning: new Provisioning(database, dataKeys),
  };
};
