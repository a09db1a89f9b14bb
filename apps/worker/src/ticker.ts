import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { hastenAll } from '#merchants';
import { Database } from '#platform/database';
import type { Logger } from '#platform/logging';
import { LOGGER } from '#platform/nest';

import type { Loops } from './loops.js';

/** Ticks that only wake the loops: claiming is in the row, so any number of processes may tick together. */
@Injectable()
export class Ticker {
  private loops: Loops | undefined;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  drive(loops: Loops): void {
    this.loops = loops;
  }

  @Cron('* * * * * *')
  look(): void {
    this.loops?.wake();
  }

  /** Against a lost hint: each minute every agenda is looked at. */
  @Cron('0 * * * * *')
  async sweep(): Promise<void> {
    await hastenAll(this.database).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'the sweep failed; the next minute tries again');
    });
  }

  /** History's partitions are made months ahead. */
  @Cron('0 17 3 * * *')
  async makePartitions(): Promise<void> {
    await this.database.withoutMerchant((tx) =>
      tx.query('SELECT ensure_history_partitions($1::date, 4)', [tx.now]),
    );
  }
}
