import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endRun } from './global-teardown.mjs';

const PREFIX = 'refrain-jest-';

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Ends what runs that were killed left behind; their process id is in the folder's name. */
const endDeadRuns = async () => {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (!isAlive(pid)) await endRun(join(tmpdir(), name)).catch(() => undefined);
  }
};

/**
 * A folder for this run, handed to every test process. The first that needs a database starts the
 * cluster in it.
 */
export default async function globalSetup() {
  await endDeadRuns();
  const run = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // PostgreSQL may run as another user, who has to pass through.
  await chmod(run, 0o711);
  process.env.REFRAIN_TEST_RUN = run;
}
