import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { BulkCharges } from '#bulk-charges';
import type { Viewer } from '#merchants';
import type { Loaders } from '#platform/graphql';
import { Charge } from '../charges/charge.type.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import { BulkCharge, presentBulkCharge } from './bulk-charge.type.js';

/** The bulk a charge is an item of. */
@Resolver(() => Charge)
export class ChargeBulkResolver {
  constructor(private readonly bulks: BulkCharges) {}

  @ResolveField(() => BulkCharge, { nullable: true })
  @RequireScope('bulk-charges:read')
  async bulkCharge(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<BulkCharge | null> {
    if (!row.bulkChargeId) return null;
    const bulk = await loaders.load('bulkCharge', row.bulkChargeId, (ids) =>
      this.bulks.find(merchantId, ids),
    );
    return bulk ? presentBulkCharge(bulk) : null;
  }
}
