import type { ApolloServerPlugin } from '@apollo/server';
import { Extensions } from '@nestjs/graphql';
import {
  GraphQLError,
  isObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { invariant } from '#kernel';

/** The key of a field's extensions under which its scope stands. */
const SCOPE = 'requiredScope';
/** For what any caller who is let in may see: their own identity. */
export const ANY_CALLER = '*';

/** States what a caller must hold to use a field. Every query and mutation states one; without it the start fails. */
export const requireScope = (scope: string): MethodDecorator & PropertyDecorator =>
  Extensions({ [SCOPE]: scope });

export const requiredScopeOf = (field: GraphQLField<unknown, unknown>): string | undefined => {
  const scope = field.extensions[SCOPE];
  return typeof scope === 'string' ? scope : undefined;
};

/** Queries and mutations without a stated scope, as `Mutation.createCharge`. There must be none. */
export const findUnscopedFields = (schema: GraphQLSchema): string[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    .filter((type) => isObjectType(type))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => requiredScopeOf(field) === undefined)
        .map((field) => `${type.name}.${field.name}`),
    );

const forbidden = (field: string, scope: string): GraphQLError =>
  new GraphQLError(`expected an API key with the scope ${scope} for ${field}`, {
    extensions: { code: 'FORBIDDEN', requiredScope: scope, http: { status: 403 } },
  });

/** The fields an operation uses and what they ask for, wherever in it they stand; each fragment is walked once. */
export const requiredScopesOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Map<string, string> => {
  const required = new Map<string, string>();
  const typeInfo = new TypeInfo(schema);
  const walk = (node: DocumentNode['definitions'][number]) =>
    visit(
      node,
      visitWithTypeInfo(typeInfo, {
        Field: () => {
          const field = typeInfo.getFieldDef();
          const scope = field ? requiredScopeOf(field) : undefined;
          if (field && scope && scope !== ANY_CALLER) required.set(scope, field.name);
        },
      }),
    );
  walk(operation);
  for (const it of document.definitions) if (it.kind === Kind.FRAGMENT_DEFINITION) walk(it);
  return required;
};

/** Refuses the whole operation, before anything of it runs, when the caller lacks a scope that any of its fields asks for. */
export const scopePlugin = <Context extends object>(
  holdsScope: (context: Context, scope: string) => boolean,
): ApolloServerPlugin<Context> => ({
  serverWillStart: async ({ schema }) => {
    const unscoped = findUnscopedFields(schema);
    if (unscoped.length > 0)
      throw new Error(
        `expected a required scope on every operation; none on ${unscoped.join(', ')}`,
      );
  },
  requestDidStart: async () => ({
    didResolveOperation: async ({ schema, document, operation, contextValue }) => {
      invariant(operation, 'expected a resolved operation');
      for (const [scope, field] of requiredScopesOf(schema, document, operation))
        if (!holdsScope(contextValue, scope)) throw forbidden(field, scope);
    },
  }),
});
