import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { ApiKeys, MerchantsModule, type Scope } from '#merchants';
import type { FullConfig } from '#platform/config';
import { graphqlOptions, Loaders, Node } from '#platform/graphql';
import type { Logger } from '#platform/logging';
import { CONFIG, LOGGER } from '#platform/nest';
import { authenticate } from '../authentication.js';
import type { RequestContext } from '../request-context.js';
import { Refusal, UserError } from '../user-errors/user-error.type.js';

/** Interfaces, whose implementations a schema would not find by itself, and the implementation nobody names. */
export const INTERFACES = [Node, UserError, Refusal];

/** `POST /graphql`, and `GET` for queries. */
export const graphqlModule = () =>
  GraphQLModule.forRootAsync<ApolloDriverConfig>({
    driver: ApolloDriver,
    imports: [MerchantsModule],
    inject: [ApiKeys, CONFIG, LOGGER],
    useFactory: (apiKeys: ApiKeys, config: FullConfig, logger: Logger) =>
      graphqlOptions<RequestContext>({
        isProduction: config.nodeEnv === 'production',
        interfaces: INTERFACES,
        contextOf: async ({ headers }) => ({
          viewer: await authenticate(apiKeys, headers),
          loaders: new Loaders(),
        }),
        holdsScope: ({ viewer }, scope) => viewer.scopes.has(scope as Scope),
        report: ({ correlationId, error, path }) =>
          logger.error({ correlationId, path, err: error }, 'a request failed by our fault'),
      }),
  });
