import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identifyProcess } from '#platform/process';

/** The program a process id runs, nothing when there is no such process. */
const programOf = async (pid: number): Promise<string | undefined> => {
  if (process.platform === 'linux') {
    return readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
  }
  if (process.platform === 'win32') return 'postgres';
  const { stdout } = await promisify(execFile)('ps', ['-o', 'comm=', '-p', `${pid}`]).catch(() => ({
    stdout: '',
  }));
  return stdout;
};

/**
 * The process id of the server that runs on this cluster, by its own file; nothing when it is not
 * PostgreSQL any more.
 */
export const findServerPid = async (clusterDir: string): Promise<number | undefined> => {
  const file = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  // A killed server nobody fetched (a container without an init process) still has its id; it is
  // dead all the same.
  if (!(pid > 0) || !(await identifyProcess(pid))) return undefined;
  return (await programOf(pid))?.includes('postgres') ? pid : undefined;
};
