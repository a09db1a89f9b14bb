import { Global, Module, type OnModuleDestroy } from '@nestjs/common';
import { PROVIDERS, type Providers } from '#merchants';
import { createHttpSender, HttpSender } from '#platform/http';
import { NexiProvider } from '#providers/nexi';
import { PortoneProvider } from '#providers/portone';

/** Where a process learns of the adapters, all over one shared HTTP client. */
@Global()
@Module({
  providers: [
    { provide: HttpSender, useFactory: () => createHttpSender() },
    {
      provide: PROVIDERS,
      inject: [HttpSender],
      useFactory: (http: HttpSender): Providers =>
        new Map<'PORTONE' | 'NEXI', PortoneProvider | NexiProvider>([
          ['PORTONE', new PortoneProvider(http)],
          ['NEXI', new NexiProvider(http)],
        ]),
    },
  ],
  exports: [PROVIDERS],
})
export class AdaptersModule implements OnModuleDestroy {
  constructor(private readonly http: HttpSender) {}

  /** Kept-alive connections would keep the process. */
  async onModuleDestroy(): Promise<void> {
    await this.http.close();
  }
}
