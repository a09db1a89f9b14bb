import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { lineOf, renderSummary, summarise, vacuousIn, writeSummary } from './driver/report.js';
import { measurePace } from './driver/pace.js';
import type { SeedResult } from './driver/run-seed.js';
import { runSeedApart } from './driver/seed-process.js';
import { buildTestProduct } from './test-build/build.js';
import { crashPointPatches } from './test-build/crash-points.js';
import type { Patch } from './test-build/patch.js';
import { shortTimes } from './test-build/short-times.js';

interface Options {
  readonly seeds: number;
  readonly seed: number;
  readonly saboteur?: string;
  readonly guard: string;
  readonly work: number;
  readonly atOnce: number;
  readonly keep: boolean;
  readonly json: boolean;
}
interface Saboteur {
  readonly name: string;
  readonly patches: readonly Patch[];
}

/** The first result file that others read; those of each seed lie beside it. */
const RESULT_DIR = join('simulation', 'results');

/** One waits for much of its time: for a lease, a quiet period, a clock. */
const SEEDS_AT_ONCE = 2;
/** Each is ten processes. */
const SEEDS_AT_ONCE_MAX = 16;

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
};

const seedsAtOnce = (text: string): number => {
  const count = wholeNumber(text);
  if (count < 1 || count > SEEDS_AT_ONCE_MAX)
    throw new InvalidArgumentError(`expected 1 to ${SEEDS_AT_ONCE_MAX}`);
  return count;
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The breakages live beside the simulation; a name nobody knows is refused with those that exist. */
const findSaboteur = async (name: string | undefined): Promise<readonly Patch[]> => {
  if (name === undefined) return [];
  const file = join(import.meta.dirname, 'saboteurs', 'saboteurs.js');
  const { SABOTEURS } = existsSync(file)
    ? ((await import(pathToFileURL(file).href)) as { SABOTEURS: readonly Saboteur[] })
    : { SABOTEURS: [] };
  const found = SABOTEURS.find((saboteur) => saboteur.name === name);
  if (found) return found.patches;
  const known = SABOTEURS.map((saboteur) => saboteur.name).join(', ') || 'none';
  throw new InvalidArgumentError(`--saboteur: found ${name}, expected one of: ${known}`);
};

const simulate = async (options: Options): Promise<boolean> => {
  const { seeds, seed, saboteur, guard, work, atOnce, keep, json } = options;
  const patches = [...crashPointPatches, ...shortTimes, ...(await findSaboteur(saboteur))];
  const product = await buildTestProduct({ patches });
  const settings = { guard, saboteur: saboteur ?? null };
  const results: SeedResult[] = [];
  const limit = pLimit(atOnce);
  const pace = measurePace();
  const runOne = async (next: number): Promise<void> => {
    const result = await runSeedApart({
      ...{ seed: next, pace, guard, work, product, keep },
      resultDir: RESULT_DIR,
    });
    results.push(result);
    results.sort((a, b) => a.seed - b.seed);
    say(`${lineOf(result)} (${results.length} of ${seeds})`);
    for (const { invariant, what } of result.violations) say(`  ${invariant}: ${what}`);
    await writeSummary(await summarise(results, settings), RESULT_DIR);
  };
  await Promise.all(Array.from({ length: seeds }, (_, n) => limit(() => runOne(seed + n))));
  const summary = await summarise(results, settings);
  const vacuous = vacuousIn(results);
  if (json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  else process.stdout.write(renderSummary(summary));
  for (const sentence of vacuous) say(sentence);
  return summary.violations.length === 0 && vacuous.length === 0;
};

const program = new Command('simulate')
  .description('Runs real processes through seeded faults, and checks every invariant afterwards.')
  .option('--seeds <n>', 'how many seeds to run', wholeNumber, 1)
  .option('--seed <n>', 'the first seed', wholeNumber, 1)
  .option('--saboteur <name>', 'a breakage of the product that must be found')
  .addOption(
    new Option('--guard <mode>', "the sandbox's guard against duplicates")
      .choices(['paid-only', 'strict', 'none', 'racy'])
      .default('paid-only'),
  )
  .option('--work <share>', 'the share of a whole seed’s charges, on a busy machine', Number, 1)
  .option('--at-once <n>', 'how many seeds to run at the same time', seedsAtOnce, SEEDS_AT_ONCE)
  .option('--keep', 'leave the folders with logs and databases', false)
  .option('--json', 'print the results as JSON', false);

// The seeds' processes end with the channel to this one, and take their fleets with them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(130));

try {
  const isClean = await simulate(program.parse().opts<Options>());
  process.exitCode = isClean ? 0 : 1;
} catch (error) {
  // What the caller wrote wrongly is a sentence; anything else shows where it came from.
  const isUsage = !(error instanceof Error) || error instanceof CommanderError;
  say(isUsage ? String(error) : (error.stack ?? error.message));
  // At once: a seed that could not be run ends those beside it, and those that wait.
  process.exit(1);
}
