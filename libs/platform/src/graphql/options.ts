import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { complexityPlugin } from './complexity.plugin.js';
import { formatErrors, type ReportedFault } from './error.format.js';
import { QUERY_LIMITS, queryShapeRule } from './query-shape.rules.js';
import { scopePlugin } from './required-scope.js';
import { storableTextPlugin } from './storable-text.plugin.js';
import { orUnavailable, unavailablePlugin } from './unavailable.plugin.js';

export interface GraphqlOptions<Context extends object> {
  readonly isProduction: boolean;
  /** Lets a caller in, or throws a GraphQL error with an HTTP status. */
  readonly contextOf: (request: { headers: Record<string, unknown> }) => Promise<Context>;
  readonly holdsScope: (context: Context, scope: string) => boolean;
  readonly report: (fault: ReportedFault) => void;
  /** Interfaces whose implementations are named nowhere else. */
  readonly interfaces: readonly (abstract new () => unknown)[];
}

/** GraphQL over HTTP by the specification: POST, and GET for queries only; one operation a request; nothing simple cross-site. */
export const graphqlOptions = <Context extends object>(
  options: GraphqlOptions<Context>,
): ApolloDriverConfig => ({
  driver: ApolloDriver,
  path: '/graphql',
  autoSchemaFile: true,
  sortSchema: true,
  graphiql: false,
  introspection: !options.isProduction,
  hideSchemaDetailsFromClientErrors: options.isProduction,
  includeStacktraceInErrorResponses: false,
  allowBatchedHttpRequests: false,
  csrfPrevention: true,
  stopOnTerminationSignals: false,
  parseOptions: { maxTokens: QUERY_LIMITS.tokens },
  validationRules: [queryShapeRule],
  context: (request: Parameters<typeof options.contextOf>[0]) =>
    orUnavailable(options.contextOf(request)),
  formatError: formatErrors(options.report),
  autoTransformHttpErrors: false,
  buildSchemaOptions: {
    orphanedTypes: options.interfaces as never[],
    noDuplicatedFields: true,
  },
  plugins: [
    ApolloServerPluginLandingPageDisabled(),
    scopePlugin(options.holdsScope) as never,
    storableTextPlugin(),
    complexityPlugin(),
    unavailablePlugin(),
  ],
});
