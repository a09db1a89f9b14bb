import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Home } from './home.js';
import { findServerPid } from './postmaster-pid.js';
import { runAs } from './run-as.js';
import { type Settings, renderSettings } from './settings.js';

/** The role initdb makes. Only this library uses it. */
export const SUPERUSER = 'postgres';
/** Beyond this a start has failed; a crash recovery of a large database may take minutes. */
const START_SECONDS = 300;
/**
 * A fast stop writes a checkpoint. One that takes longer than this is broken off and the next start
 * recovers: a stop as a whole has 10 s, of which the processes that drain first have 8.
 */
const STOP_SECONDS = 2;
/**
 * Backends of a server that was killed notice within moments; until then its shared memory is in
 * use.
 */
const ORPHANS_MS = 10_000;

const SETTINGS_FILE = 'refrain.conf';
const START_LOG = 'start.log';

export const isMade = ({ clusterDir }: Home): boolean => existsSync(join(clusterDir, 'PG_VERSION'));

/** A new, empty cluster. Whole or not at all: it is made beside its place and moved there. */
export const makeCluster = async (
  home: Home,
  password: string,
  beforeMove: () => Promise<void>,
) => {
  const { clusterDir, binaries, user } = home;
  const half = join(dirname(clusterDir), `${basename(clusterDir)}.new`);
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true, mode: 0o700 });
  const passwordFile = join(half, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const cluster = join(half, 'cluster');
  if (user) for (const path of [half, passwordFile]) await chown(path, user.uid, user.gid);
  await runAs(user, binaries.initdb, [
    ...[`--pgdata=${cluster}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--data-checksums'],
  ]);
  const own = await open(join(cluster, 'postgresql.conf'), 'a');
  await own.write(`\ninclude = '${SETTINGS_FILE}'\n`);
  await own.close();
  await beforeMove();
  await rename(cluster, clusterDir);
  await rm(half, { recursive: true, force: true });
};

const writeSettings = async ({ clusterDir, user }: Home, settings: Settings) => {
  const file = join(clusterDir, SETTINGS_FILE);
  await writeFile(file, renderSettings(settings), { mode: 0o600 });
  if (user) await chown(file, user.uid, user.gid);
};

/**
 * A server that outlived whoever started it is stopped; the file of one that did not is removed.
 */
export const endEarlierServer = async (home: Home): Promise<boolean> => {
  const pid = await findServerPid(home.clusterDir);
  if (pid) {
    await stopServer(home);
    return true;
  }
  // Whatever has that process id now is no PostgreSQL, and PostgreSQL itself would not dare to say
  // so.
  await rm(join(home.clusterDir, 'postmaster.pid'), { force: true });
  return false;
};

const readStartLog = async (home: Home): Promise<string> =>
  readFile(join(home.clusterDir, START_LOG), 'utf8').catch(() => '');

/**
 * `pg_ctl` puts the server into a session of its own: Ctrl-C in our terminal does not reach it, we
 * stop it last.
 */
export const startServer = async (home: Home, settings: Settings) => {
  const { clusterDir, binaries, user } = home;
  await writeSettings(home, settings);
  const startLog = join(clusterDir, START_LOG);
  const giveUpAt = performance.now() + ORPHANS_MS;
  for (;;) {
    await rm(startLog, { force: true });
    try {
      await runAs(user, binaries.pgCtl, [
        ...['start', '--wait', `--timeout=${START_SECONDS}`, '--silent'],
        ...[`--pgdata=${clusterDir}`, `--log=${startLog}`],
      ]);
      return;
    } catch (error) {
      const log = await readStartLog(home);
      const isOrphaned = log.includes('is still in use');
      if (!isOrphaned || performance.now() > giveUpAt) {
        throw new Error(`PostgreSQL did not start:\n${log.trim() || String(error)}`);
      }
      await pause(100);
    }
  }
};

export const stopCommand = ({ clusterDir, binaries }: Home, mode: 'fast' | 'immediate') => ({
  file: binaries.pgCtl,
  args: [
    ...['stop', `--mode=${mode}`, '--wait', `--timeout=${STOP_SECONDS}`, '--silent'],
    `--pgdata=${clusterDir}`,
  ],
});

export const stopServer = async (home: Home) => {
  const stop = (mode: 'fast' | 'immediate') => {
    const { file, args } = stopCommand(home, mode);
    return runAs(home.user, file, args);
  };
  await stop('fast').catch(async (error: unknown) => {
    if (await findServerPid(home.clusterDir)) await stop('immediate');
    else if (existsSync(join(home.clusterDir, 'postmaster.pid'))) throw error;
  });
};
