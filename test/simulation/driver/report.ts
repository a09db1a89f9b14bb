import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { spreadOf, type Counts } from '../checker/coverage.js';
import type { SeedResult } from './run-seed.js';

export interface Settings {
  readonly guard: string;
  readonly saboteur: string | null;
}

const add = (results: readonly SeedResult[], of: (result: SeedResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

const mergeCounts = (all: readonly Counts[]): Counts => {
  const merged: Counts = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) merged[name] = (merged[name] ?? 0) + count;
  return merged;
};

const git = (...args: string[]): Promise<string> =>
  promisify(execFile)('git', args).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  );

/** The one command that runs a seed again. */
export const commandOf = (seed: number, { guard, saboteur }: Settings): string =>
  [
    `npm run simulate -- --seeds 1 --seed ${seed}`,
    ...(guard === 'paid-only' ? [] : [`--guard ${guard}`]),
    ...(saboteur === null ? [] : [`--saboteur ${saboteur}`]),
  ].join(' ');

/** What the seeds came to, in the shape that others read. */
export const summarise = async (results: readonly SeedResult[], settings: Settings) => ({
  commit: await git('rev-parse', 'HEAD'),
  /** Results of several days add up while these are the same. */
  trees: {
    libs: await git('rev-parse', 'HEAD:libs'),
    apps: await git('rev-parse', 'HEAD:apps'),
    isChanged: (await git('status', '--porcelain', '--', 'libs', 'apps')) !== '',
  },
  ...settings,
  seeds: results.length,
  firstSeed: results[0]?.seed ?? null,
  charges: add(results, ({ charges }) => charges),
  kills: add(results, ({ kills }) => kills),
  postgresCrashes: add(results, ({ postgresCrashes }) => postgresCrashes),
  calls: add(results, ({ calls }) => calls),
  faultyCalls: add(results, ({ faultyCalls }) => faultyCalls),
  secondsPerSeed: spreadOf(results.map(({ seconds }) => seconds)),
  unclearMs: spreadOf(results.flatMap(({ unclearMs }) => unclearMs)),
  takeoverMs: spreadOf(results.flatMap(({ takeoverMs }) => takeoverMs)),
  recoveryMs: spreadOf(results.flatMap(({ recoveriesMs }) => recoveriesMs)),
  quietMs: spreadOf(results.map(({ quietMs }) => quietMs)),
  hits: mergeCounts(results.map(({ hits }) => hits)),
  violations: results.flatMap(({ seed, violations }) =>
    violations.map((violation) => ({ seed, ...violation, again: commandOf(seed, settings) })),
  ),
});
export type Summary = Awaited<ReturnType<typeof summarise>>;

export const writeSummary = async (summary: Summary, resultDir: string): Promise<void> => {
  await mkdir(resultDir, { recursive: true });
  await writeFile(join(resultDir, 'latest.json'), `${JSON.stringify(summary, null, 2)}\n`);
};

/** A run in which nothing happened proves nothing. */
export const vacuousIn = (results: readonly SeedResult[]): string[] =>
  results.flatMap(({ seed, charges, kills, faultyCalls }) => [
    ...(charges === 0 ? [`seed ${seed} made no charge`] : []),
    ...(kills === 0 ? [`seed ${seed} killed and stopped nothing`] : []),
    ...(faultyCalls === 0 ? [`seed ${seed} had no fault`] : []),
  ]);

export const lineOf = ({
  seed,
  seconds,
  charges,
  kills,
  violations,
  ...result
}: SeedResult): string =>
  `seed ${seed}: ${charges} charges, ${kills} kills and stops, ${result.postgresCrashes} PostgreSQL crashes, ` +
  `${result.faultyCalls} of ${result.calls} calls faulty, ${violations.length} violations, ${seconds} s` +
  ` at pace ${result.pace} (${Object.entries(result.phases)
    .map(([name, took]) => `${name} ${took}`)
    .join(', ')})`;

export const renderSummary = (summary: Summary): string => {
  const { hits, unclearMs, takeoverMs, recoveryMs } = summary;
  const never = Object.entries(hits).filter(([, count]) => count === 0);
  const spread = (name: string, { count, p50, p99, max }: typeof unclearMs) =>
    `${name}: ${count}, p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms`;
  return [
    '',
    `${summary.seeds} seeds, ${summary.charges} charges, ${summary.kills} kills and stops, ${summary.postgresCrashes} PostgreSQL crashes`,
    spread('unclear and resolved', unclearMs),
    spread('taken over, counted from the claim', takeoverMs),
    spread('PostgreSQL recovered', recoveryMs),
    never.length === 0
      ? 'everything was hit'
      : `never hit: ${never.map(([name]) => name).join(', ')}`,
    ...summary.violations.map(
      ({ seed, invariant, what, again }) =>
        `VIOLATION ${invariant}, seed ${seed}: ${what}\n  again: ${again}`,
    ),
    '',
  ].join('\n');
};
