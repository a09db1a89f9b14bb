import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { startEmbeddedPostgres } from '../../libs/platform/src/embedded-postgres/index.js';

/** What the server counted so far; the difference of two is what lay between. */
export interface Counters {
  readonly commits: number;
  readonly walBytes: number;
}

/** One durable PostgreSQL with the product's own settings, for all that is measured. */
export interface Cluster {
  readonly version: string;
  /** The process all others of the server descend from. */
  readonly pid: number;
  /** An empty database, or a copy; its address, as a role that is no superuser. */
  create(name: string, template?: string): Promise<string>;
  drop(name: string): Promise<void>;
  /** As superuser, past row-level security. */
  query<Row>(database: string, sql: string, values?: readonly unknown[]): Promise<Row[]>;
  counters(database: string): Promise<Counters>;
  stop(): Promise<void>;
}

/** A look at the counters before a backend has told its own misses them: it tells once a second at least. */
const STATS_MS = 1_100;

export const startCluster = async (dataDir: string): Promise<Cluster> => {
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const credentials = JSON.parse(readFileSync(join(dataDir, 'postgres-credentials'), 'utf8')) as {
    superuserPassword: string;
  };
  const clients = new Map<string, Client>();
  const urlOf = (database: string, isSuperuser: boolean): string => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    if (isSuperuser)
      Object.assign(url, { username: 'postgres', password: credentials.superuserPassword });
    return url.toString();
  };
  const query = async <Row>(database: string, sql: string, values: readonly unknown[] = []) => {
    let client = clients.get(database);
    if (!client) {
      client = new Client({ connectionString: urlOf(database, true) });
      clients.set(database, client);
      await client.connect();
    }
    return (await client.query(sql, [...values])).rows as Row[];
  };
  const drop = async (name: string) => {
    await clients.get(name)?.end();
    clients.delete(name);
    await query('postgres', `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
  };
  const [about] = await query<{ version: string; folder: string }>(
    'postgres',
    `SELECT current_setting('server_version') AS version, current_setting('data_directory') AS folder`,
  );
  const pidFile = join(about?.folder ?? '', 'postmaster.pid');
  return {
    ...{ query, drop, version: about?.version ?? '' },
    pid: Number(readFileSync(pidFile, 'utf8').split('\n')[0]),
    create: async (name, template = 'template1') => {
      await drop(name);
      await query(
        'postgres',
        `CREATE DATABASE ${escapeIdentifier(name)} OWNER refrain TEMPLATE ${escapeIdentifier(template)}`,
      );
      return urlOf(name, false);
    },
    counters: async (database) => {
      await new Promise((resolve) => setTimeout(resolve, STATS_MS));
      const [row] = await query<Counters>(
        database,
        `SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = $1)::float8 AS commits,
           (SELECT wal_bytes FROM pg_stat_wal)::float8 AS "walBytes"`,
        [database],
      );
      return row ?? { commits: 0, walBytes: 0 };
    },
    stop: async () => {
      for (const client of clients.values()) await client.end();
      await server.stop();
    },
  };
};
