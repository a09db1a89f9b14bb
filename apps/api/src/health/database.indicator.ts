import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { clocksApartMs, processTimeMs } from '#platform/clock';
import { Database, pendingMigrations } from '#platform/database';

/** A load balancer asks again in seconds, so a slow answer is a no. */
const PATIENCE_MS = 1_000;
/** Beyond what time servers leave between two machines: signed times and tokens would be off, too. */
const CLOCK_APART_MS = 2_000;

/** Says what is wrong without hosts, versions or SQL: anybody may ask. */
@Injectable()
export class DatabaseIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
  ) {}

  async isReachable() {
    const indicator = this.indicators.check('database');
    return (await this.time())
      ? indicator.up()
      : indicator.down({ reason: 'the database does not answer' });
  }

  /** Whether this machine's clock and the database's agree; up when the database does not answer, which is a reason of its own. */
  async isOnTime() {
    const indicator = this.indicators.check('clock');
    const beforeMs = processTimeMs();
    const time = await this.time();
    const apartMs = time ? clocksApartMs(time, { beforeMs, afterMs: processTimeMs() }) : 0;
    if (apartMs <= CLOCK_APART_MS) return indicator.up();
    const seconds = Math.round(apartMs / 1_000);
    return indicator.down({
      reason: `this machine's clock and the database's are ${seconds} s apart`,
    });
  }

  private async time(): Promise<Date | undefined> {
    const rows = this.database.dataSource.query<{ now: Date }[]>('SELECT clock_timestamp() AS now');
    return (await within(PATIENCE_MS, rows))?.[0]?.now;
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
