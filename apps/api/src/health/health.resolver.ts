import { Query, Resolver } from '@nestjs/graphql';
import { Holds, Incidents } from '#charges';
import type { Viewer } from '#merchants';
import { WebhookEvents } from '#webhooks';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { Health, presentHealth } from './health.type.js';

@Resolver(() => Health)
export class HealthResolver {
  constructor(
    private readonly incidents: Incidents,
    private readonly holds: Holds,
    private readonly webhookEvents: WebhookEvents,
  ) {}

  @Query(() => Health, { description: 'Of your own charges, webhooks and holds.' })
  @RequireScope('operations:read')
  async health(@CurrentViewer() { merchantId }: Viewer): Promise<Health> {
    const sight = await this.incidents.sight(merchantId);
    const coverage = await this.webhookEvents.coverage(merchantId);
    return presentHealth(sight, coverage, await this.holds.list(merchantId));
  }
}
