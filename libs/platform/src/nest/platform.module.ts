import { Module, type DynamicModule } from '@nestjs/common';
import type { FullConfig } from '#platform/config';
import { KeyRing } from '#platform/crypto';
import { Database } from '#platform/database';
import type { Logger } from '#platform/logging';

/** Interfaces leave nothing behind to inject by, so these two go by token: `@Inject(CONFIG) config: FullConfig`. */
export const CONFIG = Symbol('CONFIG');
export const LOGGER = Symbol('LOGGER');

/** What every Nest process is opened with, and closes itself. */
export interface Platform {
  readonly config: FullConfig;
  readonly database: Database;
  readonly logger: Logger;
}

@Module({})
export class PlatformModule {
  /** The same instances for every module of the process. */
  static with({ config, database, logger }: Platform): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: LOGGER, useValue: logger },
      { provide: Database, useValue: database },
      { provide: KeyRing, useValue: new KeyRing(config.encryptionKeys) },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}
