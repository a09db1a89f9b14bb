import { Module } from '@nestjs/common';
import { ChargesModule } from '#charges';
import { MerchantsModule } from '#merchants';
import { SchedulingModule } from '#scheduling';
import { ChargeExplanationResolver } from './charge-explanation.resolver.js';
import { HoldsResolver } from './holds.resolver.js';

@Module({
  imports: [ChargesModule, MerchantsModule, SchedulingModule],
  providers: [HoldsResolver, ChargeExplanationResolver],
})
export class HoldsFace {}
