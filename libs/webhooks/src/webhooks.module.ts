import { Module } from '@nestjs/common';
import { Database } from '#platform/database';
import { BillingKeysModule, CardRegistrationResolver } from '#billing-keys';
import {
  AttemptResolver,
  CHARGES_DEPENDENCIES,
  ChargesModule,
  type ChargesDependencies,
} from '#charges';
import { MerchantsModule, ProviderAccounts, PROVIDERS, type Providers } from '#merchants';

import { Inbox } from './inbox.service.js';
import { InboxWriter } from './inbox.writer.js';
import { WebhookApplier } from './webhook.applier.js';
import { WebhookEvents } from './webhook-events.service.js';

@Module({
  imports: [MerchantsModule, BillingKeysModule, ChargesModule],
  providers: [
    {
      provide: Inbox,
      inject: [ProviderAccounts, PROVIDERS, Database],
      useFactory: (accounts: ProviderAccounts, providers: Providers, database: Database) =>
        new Inbox(accounts, providers, new InboxWriter(database)),
    },
    {
      provide: WebhookEvents,
      inject: [Database],
      useFactory: (database: Database) => new WebhookEvents(database),
    },
    {
      provide: WebhookApplier,
      inject: [CHARGES_DEPENDENCIES, AttemptResolver, CardRegistrationResolver],
      useFactory: (
        dependencies: ChargesDependencies,
        resolver: AttemptResolver,
        registrations: CardRegistrationResolver,
      ) => new WebhookApplier(dependencies, resolver, registrations),
    },
  ],
  exports: [Inbox, WebhookEvents, WebhookApplier],
})
export class WebhooksModule {}
