import { Global, Module } from '@nestjs/common';
import { PROVIDERS } from '#merchants';
import { createProviders } from '#providers/registry';

/** Where the API's process learns of the adapters. */
@Global()
@Module({
  providers: [{ provide: PROVIDERS, useFactory: createProviders }],
  exports: [PROVIDERS],
})
export class ProvidersModule {}
