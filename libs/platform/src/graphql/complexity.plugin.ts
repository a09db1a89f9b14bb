import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { QUERY_LIMITS } from './query-shape.rules.js';

/** What a list without a stated size is taken for: our own page's default. */
const LIST_DEFAULT = 20;

/** A field costs one, and what stands in a connection counts as often as it may come back. */
const estimate: ComplexityEstimator = ({ args, childComplexity, field }) => {
  const isList = field.args.some(({ name }) => name === 'first');
  const asked = Number(args['first'] ?? args['last'] ?? LIST_DEFAULT);
  return 1 + childComplexity * (isList ? Math.max(1, asked) : 1);
};

/** Refuses an operation whose answer could be too large, before it runs. */
export const complexityPlugin = (): ApolloServerPlugin => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ schema, document, request, operationName }) => {
      const found = measure(() =>
        getComplexity({
          schema,
          query: document,
          estimators: [estimate],
          ...(request.variables ? { variables: request.variables } : {}),
          ...(operationName ? { operationName } : {}),
        }),
      );
      if (found > QUERY_LIMITS.complexity)
        throw new GraphQLError(
          `expected a complexity of at most ${QUERY_LIMITS.complexity}, found ${found}`,
          { extensions: { code: 'QUERY_TOO_LARGE', http: { status: 400 } } },
        );
    },
  }),
});

/** Measuring reads the variables, so a wrong one is found here first: the caller's mistake, in the words of the specification. */
const measure = (complexity: () => number): number => {
  try {
    return complexity();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new GraphQLError(error.message, {
      nodes: error.nodes,
      extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
    });
  }
};
