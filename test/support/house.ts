import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi, type RunningApi } from '../../apps/api/src/api.js';
import { seedDemo } from '../../apps/cli/src/seed-demo.js';
import { createSandbox, type Sandbox } from '../../apps/sandbox/src/sandbox.js';
import type { DemoMerchant } from '#merchants';
import { parseEncryptionKeys, readConfig, type FullConfig } from '#platform/config';
import { Database, migrate } from '#platform/database';
import { createLogger } from '#platform/logging';
import type { Platform } from '#platform/nest';
import { freePort } from './free-port.js';
import { createGraphqlCaller, type GraphqlCaller } from './graphql.js';
import { createTestDatabase, type Template, type TestDatabase } from './postgres.js';
import { startSteppedWorker, type SteppedWorker } from './worker.js';

/** Every house begins with the schema; migrations run once in a run and are copied. */
const MIGRATED: Template = { name: 'migrated', prepare: async (url) => void (await migrate(url)) };

const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

export interface HouseOptions {
  /** With a worker, which is stepped by `worker.runUntilIdle()`; without one nothing is sent. */
  readonly worker?: boolean;
  /** More of the environment, as strings: shortened times, other modes. */
  readonly env?: Readonly<Record<string, string>>;
  /** A migrated database on a server of the test's own; absent: one of its own on the server of all tests. */
  readonly on?: TestDatabase;
}

/** The whole product on ports of its own: real API, real sandbox over HTTP, a database of its own. */
/** Looks come sooner than in real life, so that a lost webhook costs a test a second. */
export const SOON_LOOKS = {
  SCHEDULE_LOOKS_SECONDS: '1,2,4,8,16,32',
  LOOKS_SECONDS: '1,2,4,8,16,32',
};

export interface House extends DemoMerchant {
  readonly api: RunningApi;
  readonly apiKey: string;
  readonly platform: Platform;
  readonly sandbox: Sandbox & { readonly url: string };
  readonly worker: SteppedWorker;
  /** As the merchant `demo`, unless told another key. */
  readonly graphql: GraphqlCaller;
  /** The sandbox's control API: `control('ledger')`, `control('reset', {})`. */
  control(path: string, body?: unknown): Promise<Response>;
  close(): Promise<void>;
}

const configOf = (env: Record<string, string>): FullConfig => ({
  // A breaker that a test's faults open is over within the test's patience; outside it rests 30 s.
  ...readConfig({
    ...{ NODE_ENV: 'test', LOG_LEVEL: 'fatal', BREAKER_OPEN_SECONDS: '1' },
    // All of a house shares one busy process: who waits is not shed, except where that is what is tried.
    DATABASE_WAIT_MS: '5000',
    ...{ ENCRYPTION_KEYS, ...env },
  }),
  encryptionKeys: parseEncryptionKeys(ENCRYPTION_KEYS)!,
});

const noWorker: SteppedWorker = {
  runUntilIdle: () => Promise.reject(new Error('this house was started without a worker')),
  close: () => Promise.resolve(),
};

export const startHouse = async ({ worker, env, on }: HouseOptions = {}): Promise<House> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'refrain-house-'));
  const testDatabase = on ?? (await createTestDatabase(MIGRATED));
  const sandbox = await createSandbox({});
  const sandboxUrl = await sandbox.listen();
  const port = await freePort();
  const config = configOf({
    DATA_DIR: dataDir,
    DATABASE_URL: testDatabase.url,
    PORT: String(port),
    SANDBOX_URL: sandboxUrl,
    ...env,
  });
  const database = await Database.open({
    url: testDatabase.url,
    applicationName: 'refrain-test',
    poolSize: config.databasePoolSize,
    // Tests that ask for it wait as the API does; the others share two cores with each other.
    ...(env?.['DATABASE_WAIT_MS'] ? { waitMs: config.databaseWaitMs } : {}),
  });
  const logger = createLogger({ level: config.logLevel, name: 'test' });
  const platform = { config, database, logger };
  const demo = await seedDemo(database, config);
  const api = await startApi(platform, { host: '127.0.0.1', port });
  const stepped = worker ? await startSteppedWorker(platform) : noWorker;

  return {
    ...demo,
    api,
    platform,
    sandbox: Object.assign(sandbox, { url: sandboxUrl }),
    worker: stepped,
    graphql: createGraphqlCaller(api.url, demo.apiKey),
    control: (path, body) =>
      fetch(`${sandboxUrl}/control/${path}`, {
        ...(body === undefined
          ? {}
          : {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(body),
            }),
      }),
    close: async () => {
      await stepped.close();
      await api.close();
      await sandbox.close();
      await database.close();
      await testDatabase.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
