import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** One process for good: ids are used again, a start time with its boot is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

const readLinuxStart = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in brackets and may itself hold brackets and blanks; see
  // proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  // Dead, only not yet fetched by its parent.
  if (state === 'Z' || state === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  // Field 22, start time in clock ticks since boot; we cut off two fields.
  return `${boot.trim()}/${fields[19]}`;
};

const readStartByPs = async (pid: number): Promise<string | undefined> => {
  const asked = promisify(execFile)('ps', ['-o', 'lstart=', '-p', `${pid}`], {
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
  });
  const { stdout } = await asked.catch(() => ({ stdout: '' }));
  return stdout.trim() || undefined;
};

const readStart = (pid: number): Promise<string | undefined> =>
  process.platform === 'linux' ? readLinuxStart(pid) : readStartByPs(pid);

/** Nothing when there is no such process. */
export const identifyProcess = async (pid: number): Promise<ProcessIdentity | undefined> => {
  const startedAt = await readStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
};

export const isAlive = async ({ pid, startedAt }: ProcessIdentity): Promise<boolean> =>
  (await readStart(pid)) === startedAt;
