import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Incidents } from '#charges';
import { fromPublicId, toPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { ConnectionArgs, presentConnection, readPage } from '#platform/graphql';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals } from '../user-errors/user-error.type.js';
import {
  Incident,
  IncidentConnection,
  IncidentFilter,
  presentIncident,
  readIncidentFilter,
  ResolveIncidentInput,
  ResolveIncidentPayload,
} from './incident.type.js';

@Resolver(() => Incident)
export class IncidentsResolver implements OnModuleInit {
  constructor(
    private readonly collection: Incidents,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('incident', {
      scope: 'operations:read',
      find: async ({ merchantId }, id) => {
        const [incident] = await this.collection.find(merchantId, [id]);
        return incident && presentIncident(incident);
      },
    });
  }

  @Query(() => IncidentConnection, { description: 'What an operator must see, newest first.' })
  @RequireScope('operations:read')
  async incidents(
    @Args('filter', { type: () => IncidentFilter, nullable: true }) filter: IncidentFilter | null,
    @Args() args: ConnectionArgs,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<IncidentConnection> {
    const scope = { owner: merchantId, list: 'incidents' };
    const slice = await this.collection.list(merchantId, {
      filter: readIncidentFilter(filter),
      page: readPage(args, scope),
    });
    return presentConnection({
      slice,
      scope,
      positionOf: ({ id }) => id,
      present: presentIncident,
    });
  }

  @Mutation(() => ResolveIncidentPayload, {
    description: 'Somebody saw to it. The charge stays as it is. Again: the first word stands.',
  })
  @RequireScope('operations:write')
  async resolveIncident(
    @Args('input') { id, note }: ResolveIncidentInput,
    @CurrentViewer() { merchantId, apiKeyId }: Viewer,
  ): Promise<ResolveIncidentPayload> {
    const by = `api key ${toPublicId('apiKey', apiKeyId)}`;
    const resolved = await this.collection.resolve(merchantId, {
      ...{ id: fromPublicId('incident', id), by, note },
    });
    return resolved.kind === 'REFUSED'
      ? { incident: null, userErrors: presentRefusals(resolved.refusals) }
      : { incident: presentIncident(resolved.incident), userErrors: [] };
  }
}
