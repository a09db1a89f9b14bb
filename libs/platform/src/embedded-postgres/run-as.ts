import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** The OS user PostgreSQL runs as, where it is not the one we run as: it refuses to run as root. */
export interface DatabaseUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Above the longest step, a start that recovers from a crash; a step that hangs must not hang us
 * for ever.
 */
const STEP_TIMEOUT_MS = 330_000;

/**
 * Runs one program of PostgreSQL and answers what it printed. Its environment is empty but for what
 * it needs: PGPORT, PGDATA and the like of a developer's shell would lead it astray. It stands in
 * `/`, because our own folder may be closed to its user, and in a session of its own: a terminal's
 * Ctrl-C must not break it off halfway.
 */
export const runAs = async (
  user: DatabaseUser | undefined,
  file: string,
  args: readonly string[],
): Promise<string> => {
  const child = spawn(file, args, {
    ...user,
    cwd: process.platform === 'win32' ? undefined : '/',
    env: {
      PATH: process.env['PATH'],
      SystemRoot: process.env['SystemRoot'],
      LC_ALL: 'C',
      TZ: 'UTC',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    // Node's own `timeout` outlives a program that could not be started, and keeps the process up as long.
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const [end, output, complaint] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (end === 'code 0') return output;
  throw new Error(`${file} ended with ${end}: ${(complaint || output).trim()}`);
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
