// `npm run bench`: Refrain beside the wire, the database and what people write instead, in one run. Prints a table of ratios and writes
// bench/results/latest.json.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { compareOnce, type Round } from './charges/compare.js';
import { showCharges, summarise } from './charges/summary.js';
import { startCluster } from './lab/cluster.js';

const RESULTS = join('bench', 'results');
const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`);

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > 1_000_000)
    throw new InvalidArgumentError('expected a whole number from 1 to 1000000');
  return value;
};

/** The rivals are no dependency of the product: they are fetched when somebody compares. */
const prepareRivals = (): void => {
  if (!existsSync(join('bench', 'node_modules', 'pg-boss')))
    spawnSync('npm', ['install', '--prefix', 'bench', '--no-audit', '--no-fund'], {
      stdio: 'inherit',
    });
  const { status } = spawnSync('npx', ['tsc', '--project', 'bench'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the rivals do not compile');
};

const run = async (options: { rounds: number; charges: number }): Promise<void> => {
  prepareRivals();
  const dataDir = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  const cluster = await startCluster(dataDir);
  try {
    const sizes = { charges: options.charges, warmUp: Math.ceil(options.charges / 5) };
    const rounds: Round[] = [];
    for (let n = 0; n < options.rounds; n += 1) {
      say(`round ${n + 1} of ${options.rounds}`);
      rounds.push(await compareOnce({ cluster, sizes, say }, n % 2 === 1));
    }
    const { ratios, figures } = summarise(rounds);
    say(showCharges(ratios, figures));
    await mkdir(RESULTS, { recursive: true });
    const result = {
      commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
      ...{ node: process.version, postgres: cluster.version, cores: availableParallelism() },
      ...{ rounds: options.rounds, sizes, ratios, figures },
    };
    await writeFile(join(RESULTS, 'latest.json'), `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await cluster.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
};

await new Command('bench')
  .description('Refrain beside the wire, the database and what people write instead')
  .option('--rounds <n>', 'how often everything is measured; medians are told', count, 5)
  .option('--charges <n>', 'charges that fall due at once', count, 20_000)
  .action(run)
  .parseAsync();
