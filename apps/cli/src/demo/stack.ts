import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DATA_FILES, readConfig, readDataFile } from '#platform/config';

/** A Refrain to show something on. */
export interface Stack {
  readonly url: string;
  readonly apiKey: string;
  readonly sandboxUrl: string;
  /** Where what was started for the demo writes; absent when the stack was running before. */
  readonly log?: string;
  /** Ends what was started for the demo; nothing when the stack was running before. */
  stop(): Promise<void>;
}

export interface StackWishes {
  readonly url?: string;
  readonly apiKey?: string;
  readonly sandboxUrl?: string;
  /** A stack of its own, even if one is running. */
  readonly fresh?: boolean;
}

/** Why there is no stack; told in its one line. */
export class NoStack extends Error {}

/** An address that answers at all answers within this. */
const LOOK_MS = 2_000;
/** The launcher's own patience with one role, and some for the others. */
const START_MS = 120_000;
/** The launcher takes at most ten seconds. */
const STOP_MS = 20_000;
const STEP_MS = 100;

const isReady = async (url: string): Promise<boolean> => {
  try {
    const signal = AbortSignal.timeout(LOOK_MS);
    return (await fetch(`${url}/health/ready`, { signal })).ok;
  } catch {
    return false;
  }
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** The stack that was asked for, or is running here, or one that is started for the demo and ends with it. `launcher`: the built file of `npm start`. */
export const findStack = async (
  wishes: StackWishes,
  env: NodeJS.ProcessEnv,
  launcher: string,
): Promise<Stack> => {
  const running = wishes.fresh ? undefined : await findRunningStack(wishes, env);
  return running ?? startStack(env, launcher);
};

const findRunningStack = async (
  wishes: StackWishes,
  env: NodeJS.ProcessEnv,
): Promise<Stack | undefined> => {
  const config = readConfig(env);
  const url = (wishes.url ?? `http://127.0.0.1:${config.port}`).replace(/\/+$/, '');
  const apiKey =
    wishes.apiKey ??
    config.demoApiKey ??
    (await readDataFile(config.dataDir, DATA_FILES.demoApiKey));
  const isThere = await isReady(url);
  if (wishes.url && !isThere) throw new NoStack(`${url}/health/ready does not answer 200`);
  if (!isThere || !apiKey) {
    if (wishes.url) throw new NoStack('DEMO_API_KEY: expected the API key of the merchant demo');
    return undefined;
  }
  const sandboxUrl = wishes.sandboxUrl ?? config.sandboxUrl;
  return { url, apiKey, sandboxUrl, stop: async () => undefined };
};

/** Nothing of the caller's own stack: another folder, other ports, never their database. */
const environmentOf = async (env: NodeJS.ProcessEnv, dataDir: string) => {
  const [port, sandboxPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  return {
    ...env,
    NODE_ENV: 'development',
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    PORT: String(port),
    SANDBOX_PORT: String(sandboxPort),
    METRICS_PORT: String(metricsPort),
    ...{ DATABASE_URL: '', DATABASE_LISTEN_URL: '', ENCRYPTION_KEYS: '', DEMO_API_KEY: '' },
    ...{ PUBLIC_URL: '', SANDBOX_URL: '' },
  };
};

const startStack = async (env: NodeJS.ProcessEnv, launcher: string): Promise<Stack> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'refrain-demo-'));
  // PostgreSQL may run as another user, who has to pass through.
  await chmod(dataDir, 0o711);
  const own = await environmentOf(env, dataDir);
  // Beside the folder, so that it can outlive it.
  const log = `${dataDir}.log`;
  const child = spawn(process.execPath, [launcher], {
    env: own,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(log);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const stop = async () => {
    await end(child);
    file.end();
    await removeData(dataDir);
  };
  try {
    const apiKey = await awaitWelcome(child, { log, dataDir });
    const url = `http://127.0.0.1:${own.PORT}`;
    return { url, apiKey, sandboxUrl: `http://127.0.0.1:${own.SANDBOX_PORT}`, log, stop };
  } catch (error) {
    const said = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-20);
    await stop();
    throw new NoStack(`${String(error)}\n${said.join('\n')}`);
  }
};

/** Ready when the launcher says so: then every part of it does its work. */
const awaitWelcome = async (
  child: ChildProcess,
  { log, dataDir }: { readonly log: string; readonly dataDir: string },
): Promise<string> => {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new NoStack('the stack ended while it was starting');
    const said = await readFile(log, 'utf8').catch(() => '');
    const apiKey = await readDataFile(dataDir, DATA_FILES.demoApiKey);
    if (apiKey && said.includes('Refrain is ready')) return apiKey;
    await pause(STEP_MS);
  }
  throw new NoStack(`the stack was not ready after ${START_MS / 1000} s`);
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(hard);
};

/** The cluster may live elsewhere, where the database user can reach it. */
const removeData = async (dataDir: string): Promise<void> => {
  const elsewhere = await readDataFile(dataDir, 'postgres-location');
  if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
};
