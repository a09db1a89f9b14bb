import { Module } from '@nestjs/common';
import { BulkChargesModule } from '#bulk-charges';
import { ChargesModule } from '#charges';
import { BulkChargesResolver } from './bulk-charges.resolver.js';
import { ChargeBulkResolver } from './charge-bulk.resolver.js';

@Module({
  imports: [BulkChargesModule, ChargesModule],
  providers: [BulkChargesResolver, ChargeBulkResolver],
})
export class BulkChargesFace {}
