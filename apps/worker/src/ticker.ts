import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { hastenAll } from '#merchants';
import { Database } from '#platform/database';
import type { Logger } from '#platform/logging';
import { LOGGER } from '#platform/nest';

/** What the calendar asks for. Any number of processes may tick together: each tick can be repeated. */
@Injectable()
export class Ticker {
  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

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
