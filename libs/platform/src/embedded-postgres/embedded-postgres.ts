import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  DATA_FILES,
  makeDataDir,
  readDataFile,
  removeDataFile,
  replaceDataFile,
} from '#platform/config';
import { endEarlierServer, isMade, makeCluster, startServer, stopServer } from './cluster.js';
import { findHome, type Home } from './home.js';
import { findFreePort } from './port.js';
import { findServerPid } from './postmaster-pid.js';
import { type Credentials, ensureOwnerAndDatabase, ownerUrl } from './roles.js';

export interface EmbeddedPostgres {
  /** The database `refrain` as its owner, by a role that is no superuser. */
  readonly url: string;
  /** Whether the server lives; false when it crashed or was killed. */
  isRunning(): Promise<boolean>;
  /** Ends the server; returns when it is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  /** One sentence at a time, for a person. */
  readonly log: (sentence: string) => void;
}

const CREDENTIALS_FILE = 'postgres-credentials';
const PORT_FILE = 'postgres-port';

/** Nobody types it, so it is as long as it likes; hex needs no escaping in a URL. */
const makePassword = (): string => randomBytes(24).toString('hex');

const readCredentials = async (dataDir: string): Promise<Credentials | undefined> => {
  const kept = await readDataFile(dataDir, CREDENTIALS_FILE);
  return kept === undefined ? undefined : (JSON.parse(kept) as Credentials);
};

const makeDatabase = async (dataDir: string, home: Home): Promise<Credentials> => {
  const isInterrupted = existsSync(`${home.clusterDir}.new`);
  if ((await readCredentials(dataDir)) && !isInterrupted) {
    throw new Error(
      `the database that was in ${home.clusterDir} is gone; ` +
        `bring it back, or remove ${dataDir} to begin with an empty one`,
    );
  }
  const credentials = { superuserPassword: makePassword(), ownerPassword: makePassword() };
  await makeCluster(home, credentials.superuserPassword, () =>
    replaceDataFile(dataDir, CREDENTIALS_FILE, JSON.stringify(credentials)),
  );
  return credentials;
};

/**
 * The running server with the place it runs in; {@link startEmbeddedPostgres} is what others see of
 * it.
 */
export const runServer = async (
  options: EmbeddedPostgresOptions & { readonly isDurable: boolean },
): Promise<EmbeddedPostgres & { readonly home: Home }> => {
  const { log, isDurable } = options;
  const dataDir = resolve(options.dataDir);
  await makeDataDir(dataDir);
  const home = await findHome(dataDir);
  const isFirst = !isMade(home);
  if (isFirst) log(`making a database in ${home.clusterDir}`);
  const credentials = isFirst ? await makeDatabase(dataDir, home) : await readCredentials(dataDir);
  if (!credentials) throw new Error(`${dataDir}/${CREDENTIALS_FILE} is missing: bring it back`);
  if (await endEarlierServer(home)) log('stopped the PostgreSQL an earlier run left behind');
  const port = await findFreePort(Number((await readDataFile(dataDir, PORT_FILE)) ?? 0));
  await replaceDataFile(dataDir, PORT_FILE, `${port}`);
  try {
    await startServer(home, { port, isDurable });
    await ensureOwnerAndDatabase(credentials, port);
  } catch (error) {
    // Nobody would stop a server that is up but not fit for use.
    await endEarlierServer(home);
    throw error;
  }
  const url = ownerUrl(credentials, port);
  await replaceDataFile(dataDir, DATA_FILES.databaseUrl, url);
  const stop = async () => {
    await stopServer(home);
    await removeDataFile(dataDir, DATA_FILES.databaseUrl);
  };
  const isRunning = async () => (await findServerPid(home.clusterDir)) !== undefined;
  return { url, isRunning, stop, home };
};

/**
 * Real PostgreSQL on this machine, kept in the data folder and found again; loopback only. The
 * caller holds the data folder's lock, so a server found running belongs to nobody: it is stopped
 * before ours starts.
 */
export const startEmbeddedPostgres = async (
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> => {
  const { url, isRunning, stop } = await runServer({ ...options, isDurable: true });
  return { url, isRunning, stop };
};
