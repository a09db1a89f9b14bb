import { Field, ID, InterfaceType } from '@nestjs/graphql';
import { parsePublicId, type Noun } from '#kernel';

/** `billingKey` → `BillingKey`: a noun's GraphQL type bears its name. */
const typeNameOf = (noun: Noun): string => noun.charAt(0).toUpperCase() + noun.slice(1);

@InterfaceType({
  description: 'Anything with an id.',
  resolveType: (value: { id: string }) => {
    const parsed = parsePublicId(value.id);
    return parsed && typeNameOf(parsed.noun);
  },
})
export abstract class Node {
  @Field(() => ID)
  id: string;
}

/** How the node of one noun is found for a caller. */
export interface NodeSource<Caller> {
  /** Without this scope it is as if there were none. */
  readonly scope: string;
  readonly find: (caller: Caller, id: string) => Promise<Node | undefined>;
}

/** Each face adds its own nouns at start; `node(id)` asks here. */
export class NodeRegistry<Caller> {
  private readonly sources = new Map<Noun, NodeSource<Caller>>();

  register(noun: Noun, source: NodeSource<Caller>): void {
    if (this.sources.has(noun)) throw new Error(`expected one source of ${noun}, found two`);
    this.sources.set(noun, source);
  }

  sourceOf(noun: Noun): NodeSource<Caller> | undefined {
    return this.sources.get(noun);
  }
}
