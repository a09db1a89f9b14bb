import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { parsePublicId } from '#kernel';
import type { Scope, Viewer } from '#merchants';
import { Node } from '#platform/graphql';
import { AnyScope, CurrentViewer } from '../request-context.js';
import { Nodes } from './nodes.js';

@Resolver(() => Node)
export class NodeResolver {
  constructor(private readonly nodes: Nodes) {}

  @Query(() => Node, { nullable: true })
  @AnyScope()
  async node(
    @Args('id', { type: () => ID }) id: string,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Node | null> {
    const parsed = parsePublicId(id);
    const source = parsed && this.nodes.sourceOf(parsed.noun);
    if (!source) return null;
    if (!viewer.scopes.has(source.scope as Scope))
      throw new GraphQLError(`expected an API key with the scope ${source.scope} for this node`, {
        extensions: { code: 'FORBIDDEN', requiredScope: source.scope },
      });
    return (await source.find(viewer, parsed.id)) ?? null;
  }
}
