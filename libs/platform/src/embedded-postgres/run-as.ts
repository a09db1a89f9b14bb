import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The OS user PostgreSQL runs as, where it is not the one we run as: it refuses to run as root. */
export interface DatabaseUser {
  readonly uid: number;
  readonly gid: number;
}

/** Longer than any single step takes on a slow disk; a hanging step must not hang the start for ever. */
const STEP_TIMEOUT_MS = 120_000;

/**
 * Runs one program of PostgreSQL. Its environment is empty but for what it needs: PGPORT, PGDATA and the like of a
 * developer's shell would lead it astray. It stands in `/`, because our own folder may be closed to its user.
 */
export const runAs = async (
  user: DatabaseUser | undefined,
  file: string,
  args: readonly string[],
): Promise<string> => {
  const { stdout, stderr } = await execute(file, args, {
    ...user,
    cwd: process.platform === 'win32' ? undefined : '/',
    env: {
      PATH: process.env['PATH'],
      SystemRoot: process.env['SystemRoot'],
      LC_ALL: 'C',
      TZ: 'UTC',
    },
    timeout: STEP_TIMEOUT_MS,
    windowsHide: true,
  });
  return stdout + stderr;
};

export const succeeds = async (
  user: DatabaseUser | undefined,
  file: string,
  args: readonly string[],
): Promise<boolean> => {
  try {
    await runAs(user, file, args);
    return true;
  } catch {
    return false;
  }
};
