import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Holds, type HoldCommand, type Holding } from '#charges';
import { fromPublicId, toPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals, type UserError } from '../user-errors/user-error.type.js';
import {
  Hold,
  HoldNewSendsInput,
  HoldNewSendsPayload,
  NOUN_OF,
  presentHold,
  ReleaseNewSendsInput,
  ReleaseNewSendsPayload,
} from './hold.type.js';

@Resolver(() => Hold)
export class HoldsResolver implements OnModuleInit {
  constructor(
    private readonly collection: Holds,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('hold', {
      scope: 'operations:read',
      find: async ({ merchantId }, id) => {
        const hold = await this.collection.find(merchantId, id);
        return hold && presentHold(hold);
      },
    });
  }

  @Query(() => [Hold], { description: 'Those that stand, the oldest first.' })
  @RequireScope('operations:read')
  async holds(@CurrentViewer() { merchantId }: Viewer): Promise<Hold[]> {
    return (await this.collection.list(merchantId)).map(presentHold);
  }

  @Mutation(() => HoldNewSendsPayload, {
    description: 'Stops the bleeding: nothing new is sent, resolving what was sent goes on.',
  })
  @RequireScope('operations:write')
  async holdNewSends(
    @Args('input') input: HoldNewSendsInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<HoldNewSendsPayload> {
    return present(await this.collection.hold(viewer.merchantId, commandOf(input, viewer)));
  }

  @Mutation(() => ReleaseNewSendsPayload, { description: 'What waited goes on at once.' })
  @RequireScope('operations:write')
  async releaseNewSends(
    @Args('input') input: ReleaseNewSendsInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<ReleaseNewSendsPayload> {
    return present(await this.collection.release(viewer.merchantId, commandOf(input, viewer)));
  }
}

const commandOf = (
  { scope, id, reason }: HoldNewSendsInput | ReleaseNewSendsInput,
  { apiKeyId }: Viewer,
): HoldCommand => ({
  ...{ scope, reason },
  subjectId: id ? fromPublicId(NOUN_OF[scope], id) : null,
  by: `api key ${toPublicId('apiKey', apiKeyId)}`,
});

const present = (holding: Holding): { hold: Hold | null; userErrors: UserError[] } =>
  holding.kind === 'REFUSED'
    ? { hold: null, userErrors: presentRefusals(holding.refusals) }
    : { hold: presentHold(holding.hold), userErrors: [] };
