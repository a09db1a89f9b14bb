import { setTimeout as pause } from 'node:timers/promises';
import { cpuSecondsOf, peakRssMib } from '../lab/process.js';
import type { Candidate, Lab, Runner } from './candidate.js';

/** A look counts what is settled, on the same cores: many at the end, few before. */
const LOOK_MS = 100;
const LOOK_MOST_MS = 2_000;
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

/** Some looks before the end by what was settled so far; the last comes soon after it. */
const nextLookMs = (elapsedMs: number, share: number): number =>
  share === 0
    ? LOOK_MS
    : Math.min(LOOK_MOST_MS, Math.max(LOOK_MS, (elapsedMs * (1 - share)) / share / 2));

const untilSettled = async (runner: Runner, prefix: string, count: number): Promise<void> => {
  const began = performance.now();
  for (;;) {
    const settled = await runner.settled(prefix);
    if (settled === count) return;
    const elapsedMs = performance.now() - began;
    if (elapsedMs > PATIENCE_MS)
      throw new Error(`expected ${count} settled charges, found ${settled} after ten minutes`);
    await pause(nextLookMs(elapsedMs, settled / count));
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

interface Falling<T> {
  readonly count: number;
  readonly prefix: string;
  /** Done when all is planned, shortly before it is due. */
  readonly before: () => Promise<T>;
}

/** So long before they are due all is written and the counters are read. */
const STILL_MS = 3_000;

/** Plans so many charges for one moment and waits until all are settled; answers how many seconds that took from the moment on. */
const fallDue = async <T>(
  candidate: Candidate,
  { lab, runner }: { readonly lab: Lab; readonly runner: Runner },
  { count, prefix, before }: Falling<T>,
): Promise<{ readonly seconds: number; readonly found: T }> => {
  const keys = await lab.sandbox.makeKeys(candidate.provider ?? 'PORTONE', count);
  const planMs = candidate.planSeconds(count) * 1_000;
  const at = new Date(Math.ceil((Date.now() + planMs + STILL_MS) / 1_000) * 1_000);
  await runner.plan({ keys, prefix, at });
  // As a database that lives has long been: no candidate is planned for by guesses.
  await lab.cluster.query(runner.database, 'VACUUM (ANALYZE)');
  const leftMs = at.getTime() - Date.now();
  if (leftMs < STILL_MS / 2)
    throw new Error(`expected ${count} charges to be planned in time, found ${leftMs} ms left`);
  await pause(Math.max(0, leftMs - STILL_MS));
  const found = await before();
  await pause(Math.max(0, at.getTime() - Date.now()));
  const began = performance.now();
  await runner.release?.(prefix);
  await untilSettled(runner, prefix, count);
  return { seconds: (performance.now() - began) / 1_000, found };
};

/** One candidate, from nothing: it is warmed up, then so many charges fall due at once. */
export const takeTurn = async (
  candidate: Candidate,
  lab: Lab,
  sizes: { readonly charges: number; readonly warmUp: number; readonly thinkMs: number },
): Promise<Turn> => {
  const { charges: count, warmUp } = sizes;
  const runner = await candidate.open(lab);
  try {
    const both = { lab, runner };
    const warm = { count: warmUp, prefix: 'w-', before: () => Promise.resolve() };
    await fallDue(candidate, both, warm);
    await lab.sandbox.think(sizes.thinkMs);
    const { seconds, found } = await fallDue(candidate, both, {
      ...{ count, prefix: 'd-' },
      before: async () => ({
        written: await lab.cluster.counters(runner.database),
        cpuSeconds: cpuSpent(lab, runner),
      }),
    });
    const cpuSeconds = cpuSpent(lab, runner) - found.cpuSeconds;
    const after = await lab.cluster.counters(runner.database);
    await compareWithLedger(lab, 'd-', count);
    return {
      perSecond: count / seconds,
      cpuMsPerCharge: (cpuSeconds * 1_000) / count,
      walBytesPerCharge: (after.walBytes - found.written.walBytes) / count,
      commitsPerCharge: (after.commits - found.written.commits) / count,
      peakRssMib: Math.max(...runner.parts.map(({ pid }) => peakRssMib(pid))),
    };
  } finally {
    await runner.close();
  }
};
