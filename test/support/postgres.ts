import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { createTestCluster } from '#platform/embedded-postgres';

export interface TestDatabase {
  /** As the database's owner, who is no superuser in the embedded cluster. */
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * A state many databases begin from: made once in a run, then copied, which takes a tenth of the
 * time.
 */
export interface Template {
  /** What the copy is told apart by; `[a-z0-9_]`. */
  readonly name: string;
  /** Fills an empty database. All its connections must be closed when it returns. */
  prepare(url: string): Promise<void>;
}

/**
 * The first start of a cluster takes two seconds at most; two busy cores may need many times that.
 */
const CLUSTER_READY_MS = 60_000;

/**
 * The folder of this run of jest; `test/support/global-setup.mjs` makes it and its fellow takes it
 * away.
 */
const runFolder = (): string => {
  const folder = process.env['REFRAIN_TEST_RUN'];
  if (!folder) throw new Error('no REFRAIN_TEST_RUN: is globalSetup missing in jest.config.mjs?');
  return folder;
};

/**
 * Whoever makes the folder first starts the cluster; every other test process waits for its
 * address.
 */
const findOrStartCluster = async (): Promise<string> => {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return given;
  const folder = join(runFolder(), 'cluster');
  const urlFile = join(runFolder(), 'url');
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const { url, end } = await createTestCluster(folder);
    await writeFile(join(runFolder(), 'end.json'), JSON.stringify(end));
    await writeFile(`${urlFile}.new`, url, { mode: 0o600 });
    await rename(`${urlFile}.new`, urlFile);
  }
  const giveUpAt = performance.now() + CLUSTER_READY_MS;
  for (;;) {
    const url = await readFile(urlFile, 'utf8').catch(() => undefined);
    if (url) return url;
    if (performance.now() > giveUpAt) throw new Error('the test cluster did not start');
    await pause(50);
  }
};

const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const urlOf = (clusterUrl: string, database: string): string => {
  const url = new URL(clusterUrl);
  url.pathname = `/${database}`;
  return url.toString();
};

const createDatabase = (clusterUrl: string, name: string, template = 'template0') =>
  withClient(clusterUrl, (client) =>
    client.query(
      `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(template)}`,
    ),
  );

/** A vacuum that PostgreSQL began by itself is a superuser's, which the owner may not end: it is over in a moment. */
const DROP_TRIES = 20;
const DROP_PAUSE_MS = 250;

const dropDatabase = async (clusterUrl: string, name: string): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await withClient(clusterUrl, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`),
      );
      return;
    } catch (error) {
      const isVacuum = String(error).includes('permission denied to terminate process');
      if (!isVacuum || tries === DROP_TRIES) throw error;
      await pause(DROP_PAUSE_MS);
    }
  }
};

/**
 * One caller at a time fills the template, under a lock of the cluster; the name ends in `_ready`
 * when it is whole.
 */
const ensureTemplate = (clusterUrl: string, template: Template): Promise<string> => {
  const run = (process.env['REFRAIN_TEST_RUN'] ?? '').replace(/[^a-zA-Z0-9]/g, '').slice(-6);
  const name = `refrain_template_${template.name}_${run}`.toLowerCase();
  const ready = `${name}_ready`;
  return withClient(clusterUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [ready]);
    if (found.rowCount) return ready;
    await dropDatabase(clusterUrl, name);
    await createDatabase(clusterUrl, name);
    await template.prepare(urlOf(clusterUrl, name));
    await client.query(
      `ALTER DATABASE ${escapeIdentifier(name)} RENAME TO ${escapeIdentifier(ready)}`,
    );
    return ready;
  });
};

/**
 * A database of its own on this run's cluster (or on TEST_DATABASE_URL, whose user must be allowed
 * to make one).
 */
export const createTestDatabase = async (template?: Template): Promise<TestDatabase> => {
  const clusterUrl = await findOrStartCluster();
  const name = `refrain_test_${randomBytes(6).toString('hex')}`;
  await createDatabase(clusterUrl, name, template && (await ensureTemplate(clusterUrl, template)));
  return {
    url: urlOf(clusterUrl, name),
    drop: () => dropDatabase(clusterUrl, name),
  };
};
