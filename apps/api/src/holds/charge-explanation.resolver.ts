import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { explain, holdOver, Holds } from '#charges';
import type { Viewer } from '#merchants';
import type { Loaders } from '#platform/graphql';
import { Charge } from '../charges/charge.type.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';

/** Why a charge is in its state: the hold it waits under is part of that. */
@Resolver(() => Charge)
export class ChargeExplanationResolver {
  constructor(private readonly holds: Holds) {}

  @ResolveField(() => String, { description: 'Why it is in this state and what comes next.' })
  @RequireScope('charges:read')
  async explanation(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<string> {
    const live = await loaders.load('liveHolds', merchantId, async () => [
      { id: merchantId, rows: await this.holds.list(merchantId) },
    ]);
    return explain(row, holdOver(live?.rows ?? [], row));
  }
}
