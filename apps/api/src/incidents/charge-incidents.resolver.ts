import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Incidents } from '#charges';
import type { Viewer } from '#merchants';
import type { Loaders } from '#platform/graphql';
import { grouped } from '../charges/charge-fields.resolver.js';
import { Charge } from '../charges/charge.type.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import { Incident, presentIncident } from './incident.type.js';

/** What an operator must see of one charge. */
@Resolver(() => Charge)
export class ChargeIncidentsResolver {
  constructor(private readonly collection: Incidents) {}

  @ResolveField(() => [Incident], { description: 'The first first.' })
  @RequireScope('operations:read')
  async incidents(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<Incident[]> {
    const found = await loaders.load('incidents', row.id, async (ids) =>
      grouped(ids, await this.collection.ofCharges(merchantId, ids)),
    );
    return (found?.rows ?? []).map(presentIncident);
  }
}
