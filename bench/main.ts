// `npm run bench`: Refrain beside the wire, the database and what people write instead, in one run. Prints a table of ratios and writes
// bench/results/latest.json.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { stopWhenAsked } from '../libs/platform/src/process/index.js';
import { compareOnce, type Round } from './charges/compare.js';
import { refrain } from './charges/refrain.js';
import { RIVALS } from './charges/rivals.js';
import { showCharges, summarise } from './charges/summary.js';
import { visitOnce, type DoorRound } from './doors/compare.js';
import { refrain as api } from './doors/refrain.js';
import { bareFastify, nestDefault } from './doors/rivals.js';
import { showDoors, summariseDoors } from './doors/summary.js';
import { startCluster } from './lab/cluster.js';
import { wholeNumber } from './lab/options.js';
import { installRedis } from './lab/redis.js';

const RESULTS = join('bench', 'results');
/** PostgreSQL writes a checkpoint before it goes. */
const STOP_SECONDS = 20;
const DOORS = [api, bareFastify, nestDefault];
const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`);

/** The rivals are no dependency of the product: they are fetched when somebody compares. */
const prepareRivals = (): void => {
  if (!existsSync(join('bench', 'node_modules', 'pg-boss')))
    spawnSync('npm', ['install', '--prefix', 'bench', '--no-audit', '--no-fund'], {
      stdio: 'inherit',
    });
  const { status } = spawnSync('npx', ['tsc', '--project', 'bench'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the rivals do not compile');
};

/** All that can be had on this machine. */
const candidatesHere = () => {
  const hasRedis = installRedis();
  const missing = RIVALS.filter(({ needsRedis }) => needsRedis && !hasRedis);
  for (const { name } of missing) say(`${name} is left out: there is no redis-server`);
  return [refrain, ...RIVALS.filter((rival) => !missing.includes(rival))];
};

interface Options {
  readonly rounds: number;
  readonly charges: number;
  readonly requests: number;
}

const run = async (options: Options): Promise<void> => {
  prepareRivals();
  const candidates = candidatesHere();
  const stop = stopWhenAsked({ drainSeconds: STOP_SECONDS, log: say });
  const dir = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  const cluster = await startCluster(dir);
  const close = async () => {
    await cluster.stop();
    await rm(dir, { recursive: true, force: true });
  };
  let isStopped = false;
  await stop.thenClose(() => {
    isStopped = true;
    return close();
  });
  const sizes = { charges: options.charges, warmUp: Math.ceil(options.charges / 5) };
  const visits = { requests: options.requests, warmUp: Math.ceil(options.requests / 5) };
  const setting = { dir, cluster, say };
  const rounds: Round[] = [];
  const doorRounds: DoorRound[] = [];
  try {
    for (let n = 0; n < options.rounds; n += 1) {
      say(`round ${n + 1} of ${options.rounds}`);
      const isTurned = n % 2 === 1;
      rounds.push(await compareOnce({ ...setting, candidates, sizes }, isTurned));
      doorRounds.push(await visitOnce({ ...setting, doors: DOORS, sizes: visits }, isTurned));
    }
  } catch (error) {
    // Asked to end, it lost its server in the middle of a turn: whoever asked ends the process.
    if (isStopped) return new Promise(() => undefined);
    await close();
    throw error;
  }
  await close();
  const charges = summarise(rounds, candidates);
  const doors = summariseDoors(doorRounds, DOORS);
  say(showCharges(charges, candidates));
  say(showDoors(doors, DOORS));
  await mkdir(RESULTS, { recursive: true });
  const result = {
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    ...{ node: process.version, postgres: cluster.version, cores: availableParallelism() },
    ...{ rounds: options.rounds, sizes: { charges: sizes, doors: visits } },
    ratios: { ...charges.ratios, ...doors.ratios },
    figures: { ...charges.figures, ...doors.figures },
  };
  await writeFile(join(RESULTS, 'latest.json'), `${JSON.stringify(result, null, 2)}\n`);
};

await new Command('bench')
  .description('Refrain beside the wire, the database and what people write instead')
  .option(
    '--rounds <n>',
    'how often everything is measured; medians are told',
    wholeNumber(1, 100),
    5,
  )
  .option('--charges <n>', 'charges that fall due at once', wholeNumber(10, 1_000_000), 20_000)
  .option('--requests <n>', 'requests at each door', wholeNumber(10, 1_000_000), 10_000)
  .action(run)
  .parseAsync();
