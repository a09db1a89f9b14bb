import type { Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import {
  encodeCursor,
  pageOf,
  type CursorScope,
  type Page,
  type PageRequest,
  type Slice,
} from '#platform/paging';

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean;

  @Field(() => Boolean)
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true })
  startCursor: string | null;

  @Field(() => String, { nullable: true })
  endCursor: string | null;
}

@ArgsType()
export class ConnectionArgs implements PageRequest {
  @Field(() => Int, { nullable: true, description: 'At most 100.' })
  first?: number | null;

  @Field(() => String, { nullable: true })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: 'At most 100.' })
  last?: number | null;

  @Field(() => String, { nullable: true })
  before?: string | null;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
}

/** The base of a connection type: `@ObjectType() class ChargeConnection extends connectionOf(Charge) {}`. */
export const connectionOf = <Node extends object>(node: Type<Node>) => {
  @ObjectType(`${node.name}Edge`)
  class NodeEdge implements Edge<Node> {
    @Field(() => String)
    cursor: string;

    @Field(() => node)
    node: Node;
  }

  @ObjectType({ isAbstract: true })
  abstract class NodeConnection implements Connection<Node> {
    @Field(() => [NodeEdge])
    edges: NodeEdge[];

    @Field(() => [node], { description: 'The nodes of `edges`, where no cursor is needed.' })
    nodes: Node[];

    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }

  return NodeConnection;
};

/** The page a caller asked for. A wrong one is a GraphQL error: a query has no other place to say it. */
export const readPage = (request: PageRequest, scope: CursorScope): Page => {
  const page = pageOf(request, scope);
  if ('code' in page)
    throw new GraphQLError(`${page.field}: ${page.message}`, {
      extensions: { code: page.code, field: [page.field] },
    });
  return page;
};

export interface ConnectionParts<Row, Node> {
  readonly slice: Slice<Row>;
  readonly scope: CursorScope;
  /** What the list is ordered by; the id, in most. */
  readonly positionOf: (row: Row) => string;
  readonly present: (row: Row) => Node;
}

export const presentConnection = <Row, Node>(
  parts: ConnectionParts<Row, Node>,
): { edges: Edge<Node>[]; nodes: Node[]; pageInfo: PageInfo } => {
  const { slice, scope } = parts;
  const edges = slice.rows.map((row) => ({
    cursor: encodeCursor(scope, parts.positionOf(row)),
    node: parts.present(row),
  }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: slice.hasNextPage,
      hasPreviousPage: slice.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
};
