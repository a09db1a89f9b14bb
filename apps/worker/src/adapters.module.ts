import { Global, Module } from '@nestjs/common';
import { PROVIDERS, type Providers } from '#merchants';
import { createHttpSender } from '#platform/http';
import { NexiProvider } from '#providers/nexi';
import { PortoneProvider } from '#providers/portone';

/** Where this process learns of the adapters: nobody else names them. */
@Global()
@Module({
  providers: [
    {
      provide: PROVIDERS,
      useFactory: (): Providers => {
        const http = createHttpSender();
        return new Map([
          ['PORTONE', new PortoneProvider(http)],
          ['NEXI', new NexiProvider(http)],
        ]);
      },
    },
  ],
  exports: [PROVIDERS],
})
export class AdaptersModule {}
