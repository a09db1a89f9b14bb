import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataDir } from './data-dir.lock.js';
import { identifyProcess } from './process-identity.js';

const startSleeper = (): ChildProcess =>
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });

describe('the lock of the data folder', () => {
  let dataDir: string;
  const sleepers: ChildProcess[] = [];
  const sleeper = () => {
    const child = startSleeper();
    sleepers.push(child);
    return child;
  };
  const placeLock = (content: object) => writeFile(join(dataDir, 'lock'), JSON.stringify(content));

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'refrain-lock-'));
  });
  afterEach(async () => {
    for (const child of sleepers.splice(0)) child.kill('SIGKILL');
    await rm(dataDir, { recursive: true });
  });

  it('refuses a second holder and says who the first one is', async () => {
    const lock = await lockDataDir(dataDir);
    expect(lock.isPredecessorProvedDead).toBe(false);
    await expect(lockDataDir(dataDir)).rejects.toThrow(
      `DATA_DIR: ${dataDir} is in use by process ${process.pid}; ` +
        'stop it, or choose another DATA_DIR',
    );
    await lock.release();
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });

  it('lets exactly one of many take over from a dead holder', async () => {
    await placeLock({ pid: process.pid, startedAt: 'an earlier boot', children: [] });
    const takers = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dataDir)));
    const winners = takers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(winners).toHaveLength(1);
    expect(winners[0]!.isPredecessorProvedDead).toBe(true);
  });

  it('ends what a dead holder left running, and nothing that merely has its id', async () => {
    const [orphan, bystander] = [sleeper(), sleeper()];
    const [orphaned, other] = [
      await identifyProcess(orphan.pid!),
      await identifyProcess(bystander.pid!),
    ];
    const children = [orphaned, { ...other, startedAt: 'before' }];
    await placeLock({ pid: 999_999_999, startedAt: 'x', children });
    const ended = once(orphan, 'exit');
    expect((await lockDataDir(dataDir)).isPredecessorProvedDead).toBe(true);
    await ended;
    expect(await identifyProcess(bystander.pid!)).toEqual(other);
  });

  it('writes its children down, so that a successor can end them', async () => {
    const lock = await lockDataDir(dataDir);
    const pids = [sleeper().pid!, sleeper().pid!];
    await Promise.all(pids.map(lock.recordChild));
    const written = JSON.parse(await readFile(join(dataDir, 'lock'), 'utf8'));
    expect(written.children.map(({ pid }: { pid: number }) => pid)).toEqual(pids);
  });

  it('takes a damaged lock for no proof of anything', async () => {
    await writeFile(join(dataDir, 'lock'), 'half a li');
    expect((await lockDataDir(dataDir)).isPredecessorProvedDead).toBe(false);
  });
});
