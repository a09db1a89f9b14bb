import { Module } from '@nestjs/common';
import { ChargesModule } from '#charges';
import { ChargeExplanationResolver } from './charge-explanation.resolver.js';
import { HoldsResolver } from './holds.resolver.js';

@Module({
  imports: [ChargesModule],
  providers: [HoldsResolver, ChargeExplanationResolver],
})
export class HoldsFace {}
