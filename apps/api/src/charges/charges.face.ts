import { Module } from '@nestjs/common';
import { BillingKeysModule } from '#billing-keys';
import { ChargesModule } from '#charges';
import { ChargeFieldsResolver } from './charge-fields.resolver.js';
import { ChargesResolver } from './charges.resolver.js';

@Module({
  imports: [ChargesModule, BillingKeysModule],
  providers: [ChargesResolver, ChargeFieldsResolver],
})
export class ChargesFace {}
