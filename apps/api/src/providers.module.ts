import { Global, Module } from '@nestjs/common';
import { PROVIDERS, type Providers } from '#merchants';

/** Where the API's process learns of the adapters. */
@Global()
@Module({
  providers: [{ provide: PROVIDERS, useFactory: (): Providers => new Map() }],
  exports: [PROVIDERS],
})
export class ProvidersModule {}
