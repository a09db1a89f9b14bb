import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import {
  addRun,
  addUp,
  judgeCampaign,
  nextSeed,
  runsOf,
  TARGETS,
  type Campaign,
  type SimulationResult,
  type Trees,
} from './campaign.js';
import { readJson, renderReport, writeReport } from './report.js';

const CAMPAIGN = join('simulation', 'campaign.json');
const LATEST = join('simulation', 'results', 'latest.json');

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

/** The long sizes of what `npm test` runs short. The simulation is a step of its own: it adds up over days. */
const STEPS: readonly Step[] = [
  { name: 'calendar', command: ['npm', 'run', 'calendar'] },
  { name: 'model', command: ['npm', 'run', 'model', '--', '--runs', '100000'] },
  { name: 'recovery', command: ['npm', 'run', 'recovery'] },
  { name: 'saboteurs', command: ['npm', 'run', 'saboteurs'] },
  { name: 'mutation', command: ['npm', 'run', 'mutation'] },
];
const NAMES = [...STEPS.map(({ name }) => name), 'simulation'];

const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`);

const git = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('git', args)).stdout.trim();

/** Answers whether it ended well; what it says is shown as it comes. */
const run = ({ name, command }: Step): Promise<boolean> =>
  new Promise((resolve) => {
    say(`==> ${name}: ${command.join(' ')}`);
    const [file = '', ...args] = command;
    const child = spawn(file, args, { stdio: 'inherit' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });

/** What was proved must be what is committed: otherwise nobody can say what it was about. */
const treesOf = async (): Promise<Trees> => {
  if ((await git('status', '--porcelain', '--', 'libs', 'apps')) !== '')
    throw new Error('libs/ or apps/ differ from the last commit: commit first, then prove');
  return { libs: await git('rev-parse', 'HEAD:libs'), apps: await git('rev-parse', 'HEAD:apps') };
};

const simulate = async (
  trees: Trees,
  { seeds, atOnce }: { readonly seeds: number; readonly atOnce?: number | undefined },
): Promise<Campaign | undefined> => {
  const campaign = await readJson<Campaign>(CAMPAIGN);
  if (seeds === 0) return campaign;
  const firstSeed = nextSeed(runsOf(campaign, trees));
  const began = performance.now();
  await run({
    name: 'simulation',
    command: [
      ...['npm', 'run', 'simulate', '--', '--seeds', `${seeds}`, '--seed', `${firstSeed}`],
      ...(atOnce === undefined ? [] : ['--at-once', `${atOnce}`]),
    ],
  });
  const result = await readJson<SimulationResult & { readonly firstSeed: number }>(LATEST);
  // Seeds end in any order: of a run that ended early nobody can say which are missing.
  if (result?.firstSeed !== firstSeed || result.seeds !== seeds)
    throw new Error('the simulation ended early: nothing of it is added');
  const wallSeconds = Math.round((performance.now() - began) / 1000);
  const on = new Date().toISOString().slice(0, 10);
  const grown = addRun(campaign, trees, { ...result, on, wallSeconds });
  await writeFile(CAMPAIGN, `${JSON.stringify(grown, null, 2)}\n`);
  return grown;
};

const prove = async (options: {
  seeds?: number;
  atOnce?: number;
  only?: string[];
}): Promise<boolean> => {
  const trees = await treesOf();
  const wanted = options.only ?? NAMES;
  const failed: string[] = [];
  for (const step of STEPS)
    if (wanted.includes(step.name) && !(await run(step))) failed.push(step.name);
  const done = addUp(runsOf(await readJson<Campaign>(CAMPAIGN), trees)).seeds;
  const seeds = options.seeds ?? Math.max(0, TARGETS.seeds - done);
  const campaign = wanted.includes('simulation') ? await simulate(trees, { seeds, atOnce: options.atOnce }) : undefined;
  const runs = runsOf(campaign ?? (await readJson<Campaign>(CAMPAIGN)), trees);
  const totals = addUp(runs);
  const { isProved, reasons } = judgeCampaign(totals, Object.keys(totals.hits));
  await writeReport(await renderReport({ runs, totals, reasons }));
  for (const name of failed) say(`FAILED: ${name}`);
  for (const reason of reasons) say(`not proved yet: ${reason}`);
  return isProved && failed.length === 0;
};

const readCount = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
};
const readNames = (text: string): string[] => {
  const names = text.split(',');
  const unknown = names.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`expected some of ${NAMES.join(',')}; found ${unknown.join()}`);
  return names;
};

const program = new Command('prove')
  .description(
    'The long proofs. Simulated seeds add up over days as long as libs/ and apps/ stay the same; the report goes into docs/reliability.md.',
  )
  .option(
    '--seeds <n>',
    `how many more seeds to simulate (default: what ${TARGETS.seeds} lack)`,
    readCount,
  )
  .option(
    '--at-once <n>',
    'how many seeds to simulate at the same time; one where processes wait for processors (default: 2)',
    readCount,
  )
  .option('--only <names>', `some of ${NAMES.join(',')}`, readNames);

try {
  process.exitCode = (await prove(program.parse().opts())) ? 0 : 1;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
