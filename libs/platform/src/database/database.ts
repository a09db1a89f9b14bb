import { machineInstant, type MachineInstant } from '#platform/clock';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
} from 'typeorm';

import { DatabaseAway, mayRunAgain } from './database-fault.js';
import { MIGRATIONS } from './migrations.js';

// bigint columns are amounts and counts within ±(2^53 − 1), which their CHECKs hold: numbers, not strings.
const INT8_OID = 20;
pg.types.setTypeParser(INT8_OID, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`expected a safe integer, found ${text}`);
  return value;
});

export interface DatabaseOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly poolSize: number;
  /** How long a transaction waits for a connection before it throws {@link DatabaseAway}. Default 5,000. */
  readonly waitMs?: number;
  readonly entities?: readonly EntityTarget<ObjectLiteral>[];
}

export interface Transaction {
  /** Machine time at the start of the transaction. */
  readonly now: MachineInstant;
  /** Rows of one statement. Everything goes in as a parameter. */
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** TypeORM on the same connection: for reading entities. */
  readonly manager: EntityManager;
  /** From here on, rows of this merchant and no other can be seen and written. */
  actAs(merchantId: string): Promise<void>;
}

/** No statement of ours takes long: what does is a mistake, and must not hold locks. SET LOCAL, since a pooler refuses start-up parameters. */
const BOUNDS =
  "SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '15s'";
/** Long enough for a server under load to open a connection; who must answer sooner says so by `waitMs`. */
const CONNECT_MS = 5_000;
/** A deadlock that five tries, each a little later, do not get past is no coincidence. */
const RUNS_MAX = 5;
/** Grows with each run, and is drawn anew, so that two that met do not meet again. */
const PAUSE_MS = 20;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** SET takes no parameters, and on Citus set_config() does not reach the shards: so the value is validated, then stands in the text. */
const setMerchant = (merchantId: string): string => {
  if (!UUID.test(merchantId)) throw new Error('expected a merchant id, found something else');
  return `SET LOCAL refrain.merchant_id = '${merchantId}'`;
};

/** One pool. All work is done as `refrain_app`, in short transactions, each in the context of one merchant. */
export class Database {
  private constructor(
    readonly dataSource: DataSource,
    private readonly waitMs: number,
  ) {}

  static async open(options: DatabaseOptions): Promise<Database> {
    const dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      entities: [...(options.entities ?? [])] as never,
      migrations: [...MIGRATIONS],
      synchronize: false,
      logging: false,
      poolSize: options.poolSize,
      applicationName: options.applicationName,
      connectTimeoutMS: CONNECT_MS,
      poolErrorHandler: () => undefined, // an idle connection died: the pool opens another
    });
    await dataSource.initialize();
    return new Database(dataSource, options.waitMs ?? CONNECT_MS);
  }

  /**
   * A transaction in which only this merchant's rows exist. One that PostgreSQL gave up for another's sake (a deadlock, a serialization
   * failure) is run again, so `work` leaves nothing behind but rows.
   */
  async withMerchant<T>(merchantId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const context = setMerchant(merchantId);
    for (let run = 1; ; run += 1) {
      try {
        return await this.transaction(context, work);
      } catch (error) {
        if (run === RUNS_MAX || !mayRunAgain(error)) throw error;
        await pause(PAUSE_MS * run * Math.random());
      }
    }
  }

  /** A transaction that sees no merchant's rows: for agendas and the first look-ups; `actAs` enters a merchant.
   * It is run once: the loops that use it look again by themselves. */
  withoutMerchant<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.transaction("SET LOCAL refrain.merchant_id = ''", work);
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async transaction<T>(context: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const client = await this.connect(runner);
    try {
      try {
        const opened = (await client.query(
          `BEGIN; ${BOUNDS}; SET LOCAL ROLE refrain_app; ${context}; SELECT clock_timestamp() AS now`,
        )) as unknown as pg.QueryResult<{ now: Date }>[];
        const now = machineInstant(opened.at(-1)?.rows[0]?.now ?? Number.NaN);
        const result = await work({
          now,
          manager: runner.manager,
          query: async <Row>(sql: string, parameters: readonly unknown[] = []) =>
            (await client.query(sql, [...parameters])).rows as Row[],
          actAs: async (merchantId) => {
            await client.query(setMerchant(merchantId));
          },
        });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined); // refused only by a dead connection
        throw error;
      }
    } finally {
      await runner.release();
    }
  }

  /** Waits no longer than `waitMs`; a connection that comes later goes back at once. */
  private async connect(runner: QueryRunner): Promise<pg.PoolClient> {
    const connecting = runner.connect() as Promise<pg.PoolClient>;
    const over = new AbortController();
    const tooLate = pause(this.waitMs, undefined, { signal: over.signal }).then(() => {
      throw new Error(`no connection within ${this.waitMs} ms`);
    });
    try {
      return await Promise.race([connecting, tooLate]);
    } catch (error) {
      // The caller hears why below; what comes of the connection later is only given back.
      void connecting.catch(() => undefined).then(() => runner.release());
      throw new DatabaseAway(error);
    } finally {
      over.abort();
      tooLate.catch(() => undefined); // it was called off, or lost the race
    }
  }
}
