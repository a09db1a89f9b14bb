import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.js';

const START_MS = 10_000;
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/** Whether there is one: Debian's, where it is not there yet and may be installed. */
export const installRedis = (): boolean => {
  if (has('redis-server')) return true;
  if (process.getuid?.() !== 0 || !has('apt-get')) return false;
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']])
    spawnSync('apt-get', args, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  return has('redis-server');
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

export interface Redis {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A Redis that keeps what it was told, on disk within a second. */
export const startRedis = async (dir: string): Promise<Redis> => {
  const folder = await mkdtemp(join(dir, 'redis-'));
  const port = await freePort();
  const child = spawn(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    ],
    { stdio: 'ignore' },
  );
  // However we end: it knows nothing of us.
  const end = () => void child.kill('SIGTERM');
  process.once('exit', end);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const giveUpAt = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (performance.now() > giveUpAt) {
      child.kill('SIGKILL');
      throw new Error('redis-server did not start');
    }
    await pause(50);
  }
  return {
    ...{ url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0 },
    stop: async () => {
      process.off('exit', end);
      end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
};
