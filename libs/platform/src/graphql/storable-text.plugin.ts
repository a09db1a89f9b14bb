import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, visit, type DocumentNode } from 'graphql';

/** Text that no database column, no provider and no terminal takes: NUL, or half a surrogate pair. */
const UNSTORABLE = /\0|\p{Cs}/u;

/** Where it stands, or nothing when all text is sound. */
const findUnstorable = (value: unknown, path: string): string | undefined => {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? path : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, each] of Object.entries(value)) {
    const found = findUnstorable(each, `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
};

const isUnstorableDocument = (document: DocumentNode): boolean => {
  let isFound = false;
  visit(document, {
    StringValue: ({ value }) => {
      isFound ||= UNSTORABLE.test(value);
    },
  });
  return isFound;
};

/** Refuses such text at the door, in variables and literals alike, naming where it stands. */
export const storableTextPlugin = (): ApolloServerPlugin => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ request, document }) => {
      const path =
        findUnstorable(request.variables, 'variables') ??
        (isUnstorableDocument(document) ? 'a text in the query' : undefined);
      if (path)
        throw new GraphQLError(`${path}: expected text without NUL or half a character`, {
          extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
        });
    },
  }),
});
