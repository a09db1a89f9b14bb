import { Module } from '@nestjs/common';
import { BillingKeysModule } from '#billing-keys';
import { ChargesModule } from '#charges';
import { MerchantsModule } from '#merchants';
import { SchedulingModule } from '#scheduling';
import { BillingKeysResolver } from './billing-keys.resolver.js';
import { CardRegistrationsResolver } from './card-registrations.resolver.js';
import { KeyRetirement } from './key-retirement.service.js';

@Module({
  imports: [MerchantsModule, BillingKeysModule, ChargesModule, SchedulingModule],
  providers: [BillingKeysResolver, CardRegistrationsResolver, KeyRetirement],
})
export class BillingKeysFace {}
