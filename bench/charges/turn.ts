import { setTimeout as pause } from 'node:timers/promises';
import { cpuSecondsOf, peakRssMib } from '../lab/process.js';
import type { Candidate, Lab, Runner } from './candidate.js';

const LOOK_MS = 100;
/** Long enough for the slowest at its worst; beyond it something is lost. */
const PATIENCE_MS = 600_000;

export interface Turn {
  readonly perSecond: number;
  /** Of its own processes, the database server's and Redis's, in milliseconds per charge; the sandbox's is left out. */
  readonly cpuMsPerCharge: number;
  readonly walBytesPerCharge: number;
  readonly commitsPerCharge: number;
  readonly peakRssMib: number;
}

const untilSettled = async (runner: Runner, prefix: string, count: number): Promise<void> => {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const settled = await runner.settled(prefix);
    if (settled === count) return;
    if (performance.now() > giveUpAt)
      throw new Error(`expected ${count} settled charges, found ${settled} after ten minutes`);
    await pause(LOOK_MS);
  }
};

/** A double or a lost one voids the run. */
const compareWithLedger = async (lab: Lab, prefix: string, count: number): Promise<void> => {
  const orders = (await lab.sandbox.captures()).filter((order) => order.startsWith(prefix));
  const distinct = new Set(orders).size;
  if (orders.length !== count || distinct !== count)
    throw new Error(`expected ${count} captures, found ${orders.length} of ${distinct} orders`);
};

const cpuSpent = (lab: Lab, { parts }: Runner): number =>
  [lab.cluster.pid, ...(lab.redis ? [lab.redis.pid] : []), ...parts.map(({ pid }) => pid)]
    .map(cpuSecondsOf)
    .reduce((sum, one) => sum + one, 0);

/** One candidate, from nothing: it is warmed up, then so many charges fall due at once. */
export const takeTurn = async (
  candidate: Candidate,
  lab: Lab,
  sizes: { readonly charges: number; readonly warmUp: number; readonly thinkMs: number },
): Promise<Turn> => {
  const { charges: count, warmUp } = sizes;
  const runner = await candidate.open(lab);
  try {
    const { provider = 'PORTONE' } = candidate;
    const first = await lab.sandbox.makeKeys(provider, warmUp);
    await runner.prepare?.(first, 'w-');
    await runner.release(first, 'w-');
    await untilSettled(runner, 'w-', warmUp);
    await lab.sandbox.think(sizes.thinkMs);
    const keys = await lab.sandbox.makeKeys(provider, count);
    await runner.prepare?.(keys, 'd-');
    const written = await lab.cluster.counters(runner.database);
    const cpuBefore = cpuSpent(lab, runner);
    await runner.release(keys, 'd-');
    const began = performance.now();
    await untilSettled(runner, 'd-', count);
    const seconds = (performance.now() - began) / 1_000;
    const cpuSeconds = cpuSpent(lab, runner) - cpuBefore;
    const after = await lab.cluster.counters(runner.database);
    await compareWithLedger(lab, 'd-', count);
    return {
      perSecond: count / seconds,
      cpuMsPerCharge: (cpuSeconds * 1_000) / count,
      walBytesPerCharge: (after.walBytes - written.walBytes) / count,
      commitsPerCharge: (after.commits - written.commits) / count,
      peakRssMib: Math.max(...runner.parts.map(({ pid }) => peakRssMib(pid))),
    };
  } finally {
    await runner.close();
  }
};
