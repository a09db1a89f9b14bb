import { startSandbox } from '../lab/sandbox.js';
import { startRedis } from '../lab/redis.js';
import type { Cluster } from '../lab/cluster.js';
import type { Candidate } from './candidate.js';
import { settleInDatabase } from './database.js';
import { refrain } from './refrain.js';
import { refrainBulk } from './refrain-bulk.js';
import { takeTurn, type Turn } from './turn.js';
import { chargeOverWire } from './wire.js';

/** What a slow provider is: long enough that only waiting counts. */
const SLOW_MS = 200;
const SLOW_CONCURRENCY = 200;
/** More connections than this are no faster on loopback. */
const FAST_CONCURRENCY = 50;
/** One after the other takes its time: it is given a tenth, and its rate is a rate all the same. */
const SHARE_OF_CRON = 0.1;

export interface Sizes {
  readonly charges: number;
  readonly warmUp: number;
}

/** Rates of one round, in charges per second, and what each candidate spent. */
export interface Round {
  readonly wire0: number;
  readonly wire200: number;
  readonly database: number;
  readonly refrain200: Turn;
  readonly bulk: Turn;
  /** By the candidate's key. */
  readonly turns: Readonly<Record<string, Turn>>;
}

interface Setting {
  /** Gone after the run. */
  readonly dir: string;
  readonly cluster: Cluster;
  readonly candidates: readonly Candidate[];
  readonly sizes: Sizes;
  readonly say: (sentence: string) => void;
}

const overWire = async (
  { dir, sizes }: Setting,
  { thinkMs, concurrency }: { readonly thinkMs: number; readonly concurrency: number },
): Promise<number> => {
  const sandbox = await startSandbox(dir);
  try {
    const charge = async (prefix: string, count: number): Promise<number> => {
      const keys = await sandbox.makeKeys('PORTONE', count);
      return count / (await chargeOverWire(sandbox, { keys, prefix, concurrency }));
    };
    await charge('w-', sizes.warmUp);
    await sandbox.think(thinkMs);
    return await charge('d-', sizes.charges);
  } finally {
    await sandbox.stop();
  }
};

const turnOf = async (
  candidate: Candidate,
  { dir, cluster, sizes }: Setting,
  { thinkMs, concurrency }: { readonly thinkMs: number; readonly concurrency: number },
): Promise<Turn> => {
  const sandbox = await startSandbox(dir);
  const redis = candidate.needsRedis ? await startRedis(dir) : undefined;
  try {
    const lab = { dir, cluster, sandbox, redis, concurrency };
    return await takeTurn(candidate, lab, { ...sizes, thinkMs });
  } finally {
    await redis?.stop();
    await sandbox.stop();
  }
};

/** One round of everything; the order is turned around from round to round. */
export const compareOnce = async (setting: Setting, isTurned: boolean): Promise<Round> => {
  const { sizes, say } = setting;
  const fast = { thinkMs: 0, concurrency: FAST_CONCURRENCY };
  const slow = { thinkMs: SLOW_MS, concurrency: SLOW_CONCURRENCY };
  const found: { -readonly [Name in keyof Round]?: Round[Name] } = {};
  const turns: Record<string, Turn> = {};
  const steps: readonly (readonly [name: string, run: () => Promise<number>])[] = [
    ['wire alone', async () => (found.wire0 = await overWire(setting, fast))],
    [
      'database alone',
      async () =>
        (found.database = sizes.charges / (await settleInDatabase(setting.cluster, sizes.charges))),
    ],
    ...setting.candidates.map((candidate) => {
      const share = candidate.isOneByOne ? SHARE_OF_CRON : 1;
      const less = {
        charges: Math.ceil(sizes.charges * share),
        warmUp: Math.ceil(sizes.warmUp * share),
      };
      const run = async () => {
        const turn = await turnOf(candidate, { ...setting, sizes: less }, fast);
        turns[candidate.key] = turn;
        return turn.perSecond;
      };
      return [candidate.name, run] as const;
    }),
    [
      refrainBulk.name,
      async () => (found.bulk = await turnOf(refrainBulk, setting, fast)).perSecond,
    ],
    ['wire, 200 ms', async () => (found.wire200 = await overWire(setting, slow))],
    [
      'Refrain, 200 ms',
      async () => (found.refrain200 = await turnOf(refrain, setting, slow)).perSecond,
    ],
  ];
  for (const [name, run] of isTurned ? steps.toReversed() : steps)
    say(`${name}: ${Math.round(await run())} charges/s`);
  return { ...(found as Round), turns };
};
