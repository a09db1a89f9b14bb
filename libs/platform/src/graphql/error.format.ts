import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { newId } from '#kernel';
import { isDatabaseAway } from '#platform/database';

/** What a fault of ours is logged with. The caller is told the correlation id and nothing else. */
export interface ReportedFault {
  readonly correlationId: string;
  readonly error: unknown;
  readonly path: string | undefined;
}

/** Apollo's words for what the caller sent wrongly, and ours. */
const CALLER_CODES: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_REQUEST: 'BAD_REQUEST',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  INVALID_CURSOR: 'INVALID_CURSOR',
  OPERATION_RESOLUTION_FAILURE: 'OPERATION_RESOLUTION_FAILURE',
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_QUERY_NOT_SUPPORTED',
  QUERY_TOO_LARGE: 'QUERY_TOO_LARGE',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  RATE_LIMITED: 'RATE_LIMITED',
  SUM_TOO_LARGE: 'SUM_TOO_LARGE',
};

const AWAY =
  'the database cannot be reached just now; make the same call again, which has its effect once';

/** A GraphQL error thrown on purpose keeps its words; anything else is our fault: a code, an id, and the rest in the log. */
export const formatErrors =
  (report: (fault: ReportedFault) => void) =>
  (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { message, locations, path } = formatted;
    const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
    const code = CALLER_CODES[String(formatted.extensions?.['code'])];
    const thrown = error instanceof GraphQLError ? (error.originalError ?? error) : error;
    if (code && thrown instanceof GraphQLError) {
      const { stacktrace: _, http: __, ...extensions } = formatted.extensions ?? {};
      return { message, ...place, extensions: { ...extensions, code } };
    }
    if (isDatabaseAway(thrown))
      return { message: AWAY, ...place, extensions: { code: 'UNAVAILABLE' } };
    const correlationId = newId();
    report({ correlationId, error: thrown, path: path?.join('.') });
    return {
      message: `something went wrong on our side; tell support the correlation id ${correlationId}`,
      ...place,
      extensions: { code: 'INTERNAL', correlationId },
    };
  };
