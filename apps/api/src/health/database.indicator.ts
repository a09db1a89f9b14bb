import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Database, pendingMigrations } from '#platform/database';

/** A load balancer asks again in seconds, so a slow answer is a no. */
const PATIENCE_MS = 2_000;

/** Says what is wrong without hosts, versions or SQL: anybody may ask. */
@Injectable()
export class DatabaseIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
  ) {}

  async isReachable() {
    const indicator = this.indicators.check('database');
    const isUp = await within(
      PATIENCE_MS,
      this.database.dataSource.query('SELECT 1').then(() => true),
    );
    return isUp ? indicator.up() : indicator.down({ reason: 'the database does not answer' });
  }

  async isUpToDate() {
    const indicator = this.indicators.check('migrations');
    const isPending = await within(PATIENCE_MS, pendingMigrations(this.database.dataSource));
    if (isPending === false) return indicator.up();
    const reason = isPending ? 'migrations are to be run: npm run migrate' : 'unknown';
    return indicator.down({ reason });
  }
}

/** Nothing when it took longer or failed. */
const within = <T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> => {
  let timer: NodeJS.Timeout;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  return Promise.race([work.catch(() => undefined), tooLate]).finally(() => clearTimeout(timer));
};
