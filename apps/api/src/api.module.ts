import { Module, type DynamicModule } from '@nestjs/common';
import { PlatformModule, type Platform } from '#platform/nest';
import { AdaptersModule } from '#providers/registry';
import { FACES } from './faces.js';
import { GraphiqlModule } from './graphiql/graphiql.module.js';
import { graphqlModule } from './graphql/graphql.module.js';
import { HealthModule } from './health/health.module.js';
import { NodeModule } from './node/node.module.js';

/** The front door: transport only, no rules. How a face is added stands in apps/api/README.md. */
@Module({})
export class ApiModule {
  static with(platform: Platform): DynamicModule {
    const isProduction = platform.config.nodeEnv === 'production';
    return {
      module: ApiModule,
      imports: [
        PlatformModule.with(platform),
        AdaptersModule,
        NodeModule,
        ...FACES,
        graphqlModule(),
        HealthModule,
        ...(isProduction ? [] : [GraphiqlModule]),
      ],
    };
  }
}
