import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from './process-identity.js';

/** Time to finish what is on the wire; killed later, its outcome would have to be asked for. */
const GRACE_MS = 2_000;
/**
 * A killed process is gone in milliseconds; one that hangs in the kernel longer than this is a
 * matter for a person.
 */
const GONE_MS = 5_000;

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const isGoneWithin = async (one: ProcessIdentity, ms: number): Promise<boolean> => {
  for (const giveUpAt = performance.now() + ms; performance.now() < giveUpAt; await pause(25)) {
    if (!(await isAlive(one))) return true;
  }
  return false;
};

/** Ends a process and returns when it is gone, proved by its identity. */
export const endProcess = async (one: ProcessIdentity): Promise<void> => {
  if (!(await isAlive(one))) return;
  signal(one.pid, 'SIGTERM');
  if (await isGoneWithin(one, GRACE_MS)) return;
  signal(one.pid, 'SIGKILL');
  if (await isGoneWithin(one, GONE_MS)) return;
  throw new Error(`process ${one.pid} of an earlier run does not end: end it by hand`);
};
