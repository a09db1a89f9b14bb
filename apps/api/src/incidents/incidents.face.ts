import { Module } from '@nestjs/common';
import { ChargesModule } from '#charges';
import { ChargeIncidentsResolver } from './charge-incidents.resolver.js';
import { IncidentsResolver } from './incidents.resolver.js';

@Module({
  imports: [ChargesModule],
  providers: [IncidentsResolver, ChargeIncidentsResolver],
})
export class IncidentsFace {}
