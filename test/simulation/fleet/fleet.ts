import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProduct } from '../test-build/build.js';
import { Member } from './member.js';
import { copyDataDir, CrashingPostgres } from './postgres.js';
import { createProxy, type Proxy } from './proxy.js';

/** The product's times, shortened: a lease lapses in three seconds, absence is proof after six. On a busy machine all of them stretch alike. */
export const shortTimesAt = (pace = 1): Readonly<Record<string, string>> => {
  const stretched = (seconds: number) => Math.round(seconds * pace);
  const deadline = Math.max(1, stretched(1));
  return {
    LEASE_SECONDS: `${Math.max(2 * deadline + 1, stretched(3))}`,
    SEND_DEADLINE_SECONDS: `${deadline}`,
    QUIET_PERIOD_SECONDS: `${stretched(6)}`,
    LOOKS_SECONDS: [1, 2, 3, 5, 7, 9, 12].map(stretched).join(','),
    SCHEDULE_LOOKS_SECONDS: [1, 2, 3, 4, 5].map(stretched).join(','),
    AFTERLOOKS_SECONDS: [3, 6].map(stretched).join(','),
    RECONCILE_SECONDS: `${stretched(3)}`,
    BREAKER_OPEN_SECONDS: '1',
    RETRY_WAIT_SECONDS: `${stretched(3)}`,
    POLL_INTERVAL_MS: '250',
    DRAIN_SECONDS: '3',
    DATABASE_POOL_SIZE: '6',
    DATABASE_WAIT_MS: '5000',
  };
};
export const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 9).toString('base64')}`;

export interface FleetOptions {
  readonly product: TestProduct;
  readonly apis?: number;
  readonly workers?: number;
  /** Absent: {@link shortTimesAt}; empty: as outside. */
  readonly times?: Readonly<Record<string, string>>;
  /** On top of the times, for APIs and workers. */
  readonly env?: Readonly<Record<string, string>>;
  /** APIs and workers speak to PostgreSQL and the sandbox without our proxies: where times are measured. */
  readonly isDirect?: boolean;
  /** Leaves the folder, with logs, sandbox and database, for whoever wants to look. */
  readonly keep?: boolean;
  /** What each worker is told in addition at its first start: its crash points. */
  readonly workerEnv?: (n: number) => NodeJS.ProcessEnv;
}

export interface Fleet {
  /** Everything of this run; gone after `close`. */
  readonly dir: string;
  /** What the crash points and sometimes-assertions wrote down: `readHits(fleet.hitsFile)`. */
  readonly hitsFile: string;
  /** Of its APIs and workers: for one that is started beside them. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly postgres: CrashingPostgres;
  readonly sandbox: Member & { readonly url: string };
  readonly apis: readonly (Member & { readonly url: string })[];
  readonly workers: readonly Member[];
  readonly proxies: {
    /** Between APIs and workers and PostgreSQL. */
    readonly database: Proxy;
    /** Between workers and the sandbox: the address of each account. */
    readonly provider: Proxy;
    /** In front of the APIs: PUBLIC_URL, where webhooks go. */
    readonly front: Proxy;
  };
  /** The sandbox's control API, straight: `control('ledger')`, `control('faults', [...])`. */
  control(path: string, body?: unknown): Promise<Response>;
  /** Starts what is down, lets go on what stands still, with clean proxies. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

const findFreePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
};

const environmentOf = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NODE_ENV: 'test',
  LOG_LEVEL: 'warn',
  SERVE_METRICS: '0',
  ...{ ENCRYPTION_KEYS, ...more },
});

/** The product's own migrations, run by the test build: a patched schema is part of what is tested. */
const migrate = async (product: TestProduct, dir: string, databaseUrl: string): Promise<void> => {
  const env = environmentOf({ DATA_DIR: dir, DATABASE_URL: databaseUrl });
  const file = 'dist/apps/cli/src/migrate.js';
  const step = new Member({ name: 'migrate', file, product, env, logDir: dir });
  await step.start();
  await step.gone();
  step.close();
};

/** A cluster with the schema in it, made once for a build and copied for each run. */
const templateOf = async (product: TestProduct): Promise<string> => {
  const template = `${product.root}-cluster`;
  if (existsSync(template)) return template;
  const half = await mkdtemp(`${template}.`);
  await chmod(half, 0o711);
  const postgres = await CrashingPostgres.start(half);
  try {
    await migrate(product, half, postgres.urlAt());
    const [made] = await postgres.query<{ table: string | null }>(
      `SELECT to_regclass('public.charges')::text AS table`,
    );
    if (!made?.table) throw new Error(`the migrations failed: see ${half}/migrate.log`);
    // One sync instead of one a file: a recovery then takes as long as its log, not as its folder.
    await postgres.query(`ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'`);
  } finally {
    await postgres.stop();
  }
  await rename(half, template).catch((error: unknown) => {
    if (!existsSync(template)) throw error;
  });
  return template;
};

/** Real processes over a real, durable PostgreSQL, with our proxies between them. The sandbox is never killed. */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const { product, apis: apiCount = 2, workers: workerCount = 3 } = options;
  const { times = shortTimesAt(), env = {} } = options;
  const dir = await mkdtemp(join(tmpdir(), 'refrain-fleet-'));
  await chmod(dir, 0o711);
  const dataDir = join(dir, 'data');
  await copyDataDir(await templateOf(product), dataDir);
  const postgres = await CrashingPostgres.start(dataDir);
  const [sandboxPort = 0, ...ports] = await findFreePorts(1 + apiCount * 2);
  const apiPorts = ports.slice(0, apiCount);
  const proxies = {
    database: await createProxy(() => [postgres.port]),
    provider: await createProxy(() => [sandboxPort]),
    front: await createProxy(() => apiPorts),
  };
  const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
  const hitsFile = join(dir, 'hits.ndjson');
  const common = environmentOf({
    DATA_DIR: dir,
    DATABASE_URL: postgres.urlAt(options.isDirect ? postgres.port : proxies.database.port),
    SANDBOX_URL: sandboxUrl,
    PUBLIC_URL: proxies.front.url,
    SIMULATION_HITS: hitsFile,
    ...times,
    ...env,
  });
  const member = (name: string, role: string, more: NodeJS.ProcessEnv) =>
    new Member({
      ...{ name, product, logDir: dir, file: `dist/apps/${role}/src/main.js` },
      ...(role === 'sandbox' && { readyUrl: `${sandboxUrl}/health` }),
      env: { ...common, ...more },
    });
  const sandbox = Object.assign(
    member('sandbox', 'sandbox', {
      SANDBOX_PORT: `${sandboxPort}`,
      DATA_DIR: join(dir, 'sandbox'),
    }),
    { url: sandboxUrl },
  );
  const apis = apiPorts.map((port, n) =>
    Object.assign(
      member(`api-${n + 1}`, 'api', { PORT: `${port}`, METRICS_PORT: `${ports[apiCount + n]}` }),
      { url: `http://127.0.0.1:${port}` },
    ),
  );
  const workers = Array.from({ length: workerCount }, (_, n) =>
    member(`worker-${n + 1}`, 'worker', {}),
  );
  const members = [...apis, ...workers];
  const control = (path: string, body?: unknown) =>
    fetch(`${sandbox.url}/control/${path}`, {
      ...(body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
    });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    open.delete(close);
    await Promise.all([...members, sandbox].map((each) => each.kill()));
    await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
    await postgres.stop();
    for (const each of [...members, sandbox]) each.close();
    if (!options.keep) await rm(dir, { recursive: true, force: true });
  };
  open.add(close);
  try {
    await mkdir(join(dir, 'sandbox'), { recursive: true });
    await Promise.all([
      ...[sandbox, ...apis].map((each) => each.start()),
      ...workers.map((worker, n) => worker.start(options.workerEnv?.(n))),
    ]);
    if (!sandbox.isAlive) throw new Error(`the sandbox does not start: see ${dir}/sandbox.log`);
  } catch (error) {
    await close();
    throw error;
  }
  const heal = async () => {
    for (const proxy of Object.values(proxies)) {
      proxy.setDown(false);
      proxy.calm();
    }
    for (const each of members) each.resume();
    await Promise.all(members.map((each) => each.start()));
  };
  return {
    ...{ dir, hitsFile, environment: common, postgres, sandbox, apis, workers, proxies },
    ...{ control, heal, close },
  };
};

const open = new Set<() => Promise<void>>();

/** Ends every fleet of this process: for whoever is asked to stop. */
export const closeFleets = async (): Promise<void> => {
  await Promise.all([...open].map((close) => close()));
};
