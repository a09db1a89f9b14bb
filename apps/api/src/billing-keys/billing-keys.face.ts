import { Module } from '@nestjs/common';
import { BillingKeysModule } from '#billing-keys';
import { ChargesModule } from '#charges';
import { MerchantsModule } from '#merchants';
import { BillingKeysResolver } from './billing-keys.resolver.js';
import { CardRegistrationsResolver } from './card-registrations.resolver.js';
import { KeyRetirement } from './key-retirement.service.js';

@Module({
  imports: [MerchantsModule, BillingKeysModule, ChargesModule],
  providers: [BillingKeysResolver, CardRegistrationsResolver, KeyRetirement],
})
export class BillingKeysFace {}
