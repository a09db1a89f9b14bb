import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeDataDir } from '#platform/config';
import { endProcess } from './end-process.js';
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.js';

/** Somebody alive holds the data folder; the message says who. */
export class DataDirInUse extends Error {
  constructor(dataDir: string, { pid }: ProcessIdentity) {
    super(`DATA_DIR: ${dataDir} is in use by process ${pid}; stop it, or choose another DATA_DIR`);
    this.name = 'DataDirInUse';
  }
}

export interface DataDirLock {
  /**
   * Whether an earlier holder ended without giving the lock back. None of its processes lives any
   * more.
   */
  readonly isPredecessorProvedDead: boolean;
  /** Written down, so that a successor can end it when we are killed. */
  recordChild(pid: number): Promise<void>;
  release(): Promise<void>;
}

interface Holder extends ProcessIdentity {
  readonly children: readonly ProcessIdentity[];
}

const parseHolder = (text: string): Holder | undefined => {
  try {
    const { pid, startedAt, children } = JSON.parse(text) as Partial<Holder>;
    if (!pid || !startedAt || !Array.isArray(children)) return undefined;
    return { pid, startedAt, children };
  } catch {
    // Ours are written whole; anything else is no proof that somebody holds it.
    return undefined;
  }
};

const readText = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch(() => undefined);

/** The file appears with its content or not at all; false when another one is there. */
const tryPlace = async (file: string, content: string): Promise<boolean> => {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, content, { mode: 0o600, flush: true });
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(own);
  }
};

/** Moves exactly the judged file out of the way: a lock somebody placed meanwhile is put back. */
const removeStale = async (file: string, judged: string) => {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readText(aside)) !== judged) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
};

/**
 * Somebody slower may have judged the same stale lock, moved ours away instead and found the gap
 * filled before it could put it back; after this long that has happened or will not.
 */
const SETTLE_MS = 50;
/** Enough for several that start at once; each round somebody gets it. */
const ROUNDS = 20;

/**
 * What our lock says at first holds the predecessor's children too, in case we die before they have
 * ended.
 */
const placeLock = async (file: string, self: ProcessIdentity) => {
  let predecessor: Holder | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    const holder: Holder = { ...self, children: predecessor?.children ?? [] };
    const content = JSON.stringify({ ...holder, token: randomUUID() });
    if (await tryPlace(file, content)) {
      await pause(SETTLE_MS);
      if ((await readText(file)) === content) return predecessor;
    }
    const found = await readText(file);
    if (found === undefined) continue;
    predecessor = parseHolder(found) ?? predecessor;
    if (predecessor && (await isAlive(predecessor))) {
      throw new DataDirInUse(dirname(file), predecessor);
    }
    await removeStale(file, found);
  }
  throw new Error(`DATA_DIR: the lock of ${dirname(file)} is fought over; try again`);
};

/**
 * One holder a data folder. A lock whose holder is dead proves what a time-out only guesses; what
 * its children still do is ended before this returns. Throws {@link DataDirInUse}. Holds on one
 * machine (one process table) only.
 */
export const lockDataDir = async (dataDir: string): Promise<DataDirLock> => {
  await makeDataDir(dataDir);
  const file = resolve(dataDir, 'lock');
  const self = await identifyProcess(process.pid);
  if (!self) throw new Error('cannot read the start time of this process');
  const predecessor = await placeLock(file, self);
  await Promise.all((predecessor?.children ?? []).map(endProcess));

  let children: readonly ProcessIdentity[] = [];
  const writeDown = async (pid: number) => {
    const child = await identifyProcess(pid);
    const still = await Promise.all(children.map(isAlive));
    children = [...children.filter((_, n) => still[n]), ...(child ? [child] : [])];
    await writeFile(`${file}.next`, JSON.stringify({ ...self, children }), { mode: 0o600 });
    await rename(`${file}.next`, file);
  };
  let writing: Promise<void> = Promise.resolve();
  return {
    isPredecessorProvedDead: predecessor !== undefined,
    recordChild: (pid) => (writing = writing.then(() => writeDown(pid))),
    release: () => writing.then(() => rm(file, { force: true })),
  };
};
