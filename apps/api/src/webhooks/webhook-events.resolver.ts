import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { fromPublicId, invariant } from '#kernel';
import { ProviderAccounts, type Viewer } from '#merchants';
import { ConnectionArgs, presentConnection, readPage, type Loaders } from '#platform/graphql';
import { WebhookEvents } from '#webhooks';
import { presentProviderAccount, ProviderAccount } from '../merchants/provider-account.type.js';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import { notFound } from '../user-errors/user-error.type.js';
import {
  presentWebhookEvent,
  readWebhookEventFilter,
  ReplayWebhookEventInput,
  ReplayWebhookEventPayload,
  WebhookEvent,
  WebhookEventConnection,
  WebhookEventFilter,
} from './webhook-event.type.js';

@Resolver(() => WebhookEvent)
export class WebhookEventsResolver implements OnModuleInit {
  constructor(
    private readonly events: WebhookEvents,
    private readonly accounts: ProviderAccounts,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('webhookEvent', {
      scope: 'webhooks:read',
      find: async ({ merchantId }, id) => {
        const [event] = await this.events.find(merchantId, [id]);
        return event && presentWebhookEvent(event);
      },
    });
  }

  @Query(() => WebhookEventConnection, { description: 'The inbox, newest first.' })
  @RequireScope('webhooks:read')
  async webhookEvents(
    @Args('filter', { type: () => WebhookEventFilter, nullable: true })
    filter: WebhookEventFilter | null,
    @Args() args: ConnectionArgs,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<WebhookEventConnection> {
    const scope = { owner: merchantId, list: 'webhookEvents' };
    const slice = await this.events.list(merchantId, {
      filter: readWebhookEventFilter(filter),
      page: readPage(args, scope),
    });
    return presentConnection({
      ...{ slice, scope, present: presentWebhookEvent },
      positionOf: ({ id }) => id,
    });
  }

  @ResolveField(() => ProviderAccount)
  @RequireScope('merchants:read')
  async providerAccount(
    @Parent() { providerAccountId }: WebhookEvent,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<ProviderAccount> {
    const account = await loaders.load('providerAccount', providerAccountId, (ids) =>
      this.accounts.findMany(merchantId, ids),
    );
    invariant(account, 'expected the account of a webhook event');
    return presentProviderAccount(account);
  }

  @Mutation(() => ReplayWebhookEventPayload, {
    description: 'Applies an event again, by what the provider tells now.',
  })
  @RequireScope('webhooks:write')
  async replayWebhookEvent(
    @Args('input') input: ReplayWebhookEventInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ReplayWebhookEventPayload> {
    const id = fromPublicId('webhookEvent', input.id);
    const event = id && (await this.events.replay(merchantId, id));
    return event
      ? { webhookEvent: presentWebhookEvent(event), userErrors: [] }
      : { webhookEvent: null, userErrors: [notFound(['id'], 'a webhook event')] };
  }
}
