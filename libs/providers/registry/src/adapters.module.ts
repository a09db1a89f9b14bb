import { Global, Module, type OnModuleDestroy } from '@nestjs/common';
import { PROVIDERS, type Providers } from '#merchants';
import type { FullConfig } from '#platform/config';
import { createHttpSender, HttpSender } from '#platform/http';
import { CONFIG } from '#platform/nest';
import { NexiProvider } from '#providers/nexi';
import { PortoneProvider } from '#providers/portone';

/** Where a process learns of the adapters, all over one shared HTTP client. */
@Global()
@Module({
  providers: [
    {
      provide: HttpSender,
      inject: [CONFIG],
      useFactory: ({ sendDeadlineSeconds }: FullConfig) =>
        createHttpSender({ deadlineMs: sendDeadlineSeconds * 1_000 }),
    },
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
