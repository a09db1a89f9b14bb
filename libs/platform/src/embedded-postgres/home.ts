import { randomBytes } from 'node:crypto';
import { chown, mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keepDataFile, readDataFile } from '#platform/config';
import { type Binaries, copyBinaries, findInstalledBinaries } from './binaries.js';
import { findDatabaseUser } from './database-user.js';
import { type DatabaseUser, succeeds } from './run-as.js';

/** Where the cluster lives, with what it runs and as whom. */
export interface Home {
  readonly clusterDir: string;
  readonly binaries: Binaries;
  readonly user: DatabaseUser | undefined;
}

/** Says where the cluster is when it is not in DATA_DIR. */
const LOCATION_FILE = 'postgres-location';
/** Where a service keeps its state by the Filesystem Hierarchy Standard; any user may enter it. */
const STATE_ROOT = '/var/lib/refrain';
const CLUSTER = 'postgres';

/**
 * The folder can be entered and written by the database user; made, and given to it, when absent.
 */
const canUse = async (dir: string, user: DatabaseUser): Promise<boolean> => {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chown(dir, user.uid, user.gid);
  return succeeds(user, '/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', dir]);
};

/** A folder outside anybody's home, the same one at every start. */
const keepPlaceElsewhere = async (dataDir: string): Promise<string> => {
  const fresh = join(STATE_ROOT, randomBytes(6).toString('hex'));
  const place = await keepDataFile(dataDir, LOCATION_FILE, fresh);
  await mkdir(place, { recursive: true, mode: 0o755 });
  return place;
};

const homeElsewhere = async (dataDir: string, user: DatabaseUser): Promise<Home> => {
  const place = await keepPlaceElsewhere(dataDir);
  const clusterDir = join(place, CLUSTER);
  if (!(await canUse(clusterDir, user))) {
    throw new Error(`the OS user of PostgreSQL cannot use ${clusterDir}`);
  }
  return { clusterDir, binaries: await copyBinaries(place, user), user };
};

/**
 * In DATA_DIR wherever its user can reach both that folder and node_modules, else in {@link
 * STATE_ROOT}: the folders of other people keep the permissions they have.
 */
export const findHome = async (dataDir: string): Promise<Home> => {
  const kept = await readDataFile(dataDir, LOCATION_FILE);
  const clusterDir = join(kept ?? dataDir, CLUSTER);
  const user = await findDatabaseUser(clusterDir);
  if (!user) {
    const binaries = await findInstalledBinaries(user);
    return { clusterDir, binaries: binaries ?? (await copyBinaries(dataDir, user)), user };
  }
  if (kept) return homeElsewhere(dataDir, user);
  const isReachable = await canUse(clusterDir, user);
  const binaries = await findInstalledBinaries(user);
  if (isReachable && binaries) return { clusterDir, binaries, user };
  // An empty folder goes; rmdir refuses one that holds a database, which is never given up for a
  // new one.
  const isFree = await rmdir(clusterDir).then(
    () => true,
    () => false,
  );
  if (!isFree) {
    throw new Error(
      `the database in ${clusterDir} cannot be reached any more by the OS user it belongs to: ` +
        'let that user enter the folders above it and node_modules, or move both',
    );
  }
  return homeElsewhere(dataDir, user);
};
