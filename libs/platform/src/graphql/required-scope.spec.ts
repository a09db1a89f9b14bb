import {
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  type OperationDefinitionNode,
} from 'graphql';
import { findUnscopedFields, requiredScopesOf } from './index.js';

const scoped = (scope: string) => ({
  type: GraphQLString,
  extensions: { requiredScope: scope },
});
const Thing = new GraphQLObjectType({
  name: 'Thing',
  fields: { name: { type: GraphQLString }, secret: scoped('secrets:read') },
});
const schemaOf = (more: Record<string, { type: typeof GraphQLString }> = {}) =>
  new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        me: scoped('*'),
        thing: { type: Thing, extensions: { requiredScope: 'things:read' } },
        ...more,
      },
    }),
  });
const scopesOf = (query: string): string[] => {
  const document = parse(query);
  const operation = document.definitions[0] as OperationDefinitionNode;
  return [...requiredScopesOf(schemaOf(), document, operation).keys()].toSorted();
};

describe('required scopes', () => {
  it('are found where an operation has none', () => {
    expect(findUnscopedFields(schemaOf())).toEqual([]);
    expect(findUnscopedFields(schemaOf({ open: { type: GraphQLString } }))).toEqual(['Query.open']);
  });

  it('are gathered from every field of an operation', () => {
    expect(scopesOf('{ me }')).toEqual([]);
    expect(scopesOf('{ thing { name } }')).toEqual(['things:read']);
    expect(scopesOf('{ other: thing { hidden: secret } }')).toEqual([
      'secrets:read',
      'things:read',
    ]);
  });

  it('are gathered from fragments, however they are nested', () => {
    const named = '{ ...A } fragment A on Query { thing { ...B } } fragment B on Thing { secret }';
    expect(scopesOf(named)).toEqual(['secrets:read', 'things:read']);
    expect(scopesOf('{ ... on Query { thing { ... { secret } } } }')).toEqual([
      'secrets:read',
      'things:read',
    ]);
  });
});
