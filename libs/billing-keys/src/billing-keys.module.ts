import { Module } from '@nestjs/common';
import { Database } from '#platform/database';
import { MerchantsModule, ProviderAccounts, PROVIDERS, type Providers } from '#merchants';

import { AccountSpeaker } from './account-speaker.js';
import { BillingKeys } from './billing-keys.service.js';
import { CardRegistrationResolver } from './card-registration.resolver.js';
import { CardRegistrations } from './card-registrations.service.js';
import { KeyDeletion } from './key-deletion.service.js';

/** The app binds PROVIDERS for all its modules. */
@Module({
  imports: [MerchantsModule],
  providers: [
    {
      provide: AccountSpeaker,
      inject: [ProviderAccounts, PROVIDERS],
      useFactory: (accounts: ProviderAccounts, providers: Providers) =>
        new AccountSpeaker(accounts, providers),
    },
    {
      provide: BillingKeys,
      inject: [Database, AccountSpeaker],
      useFactory: (database: Database, speakers: AccountSpeaker) =>
        new BillingKeys(database, speakers),
    },
    {
      provide: CardRegistrations,
      inject: [Database, AccountSpeaker],
      useFactory: (database: Database, speakers: AccountSpeaker) =>
        new CardRegistrations(database, speakers),
    },
    {
      provide: KeyDeletion,
      inject: [Database, AccountSpeaker],
      useFactory: (database: Database, speakers: AccountSpeaker) =>
        new KeyDeletion(database, speakers),
    },
    {
      provide: CardRegistrationResolver,
      inject: [Database, AccountSpeaker, KeyDeletion],
      useFactory: (database: Database, speakers: AccountSpeaker, deletion: KeyDeletion) =>
        new CardRegistrationResolver(database, speakers, deletion),
    },
  ],
  exports: [BillingKeys, CardRegistrations, KeyDeletion, CardRegistrationResolver],
})
export class BillingKeysModule {}
