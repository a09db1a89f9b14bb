import { GraphQLError } from 'graphql';
import type { ApolloServerPlugin } from '@apollo/server';
import { isDatabaseAway } from '#platform/database';

/** Service Unavailable: the caller is not at fault, and may come again. */
const UNAVAILABLE = 503;

/** For what fails before a query runs: the same answer as for one that fails while it does. */
export const orUnavailable = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new GraphQLError('the database is away', {
      originalError: error as Error,
      extensions: { http: { status: UNAVAILABLE } },
    });
  }
};

/**
 * A query that the database was away for is answered 503, so that callers and proxies know to come again. Nothing partial is in the
 * answer: the whole is asked for again, and with data in it Nest would make it a 200.
 */
export const unavailablePlugin = (): ApolloServerPlugin => ({
  requestDidStart: async () => ({
    willSendResponse: async ({ errors, response: { body, http } }) => {
      if (!errors?.some(({ originalError }) => isDatabaseAway(originalError))) return;
      http.status = UNAVAILABLE;
      if (body.kind === 'single') delete body.singleResult.data;
    },
  }),
});
