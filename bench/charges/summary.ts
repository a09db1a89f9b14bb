import Table from 'cli-table3';
import { round, spreadOf, type Spread } from '../lab/figures.js';
import type { Round } from './compare.js';
import type { Turn } from './turn.js';

export interface Summary {
  /** By the contract's names: medians of the ratios within each round. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, Spread>>;
}

const KEYS: Readonly<Record<string, string>> = {
  Refrain: 'refrain',
  '@Cron and save': 'cronSave',
  'BullMQ and TypeORM': 'bullmq',
  'graphile-worker': 'graphileWorker',
  'pg-boss': 'pgBoss',
};
const RATIO_NAMES: Readonly<Record<string, string>> = {
  cronSave: 'vsCronSave',
  bullmq: 'vsBullmq',
  graphileWorker: 'vsGraphileWorker',
  pgBoss: 'vsPgBoss',
};

/** What wire and database leave to anyone who needs both and has one set of cores for them. */
const ceilingOf = ({ wire0, database }: Round): number => 1 / (1 / wire0 + 1 / database);

const refrainOf = ({ turns }: Round): Turn => turns['Refrain'] as Turn;

export const summarise = (rounds: readonly Round[]): Summary => {
  const over = (valueOf: (round: Round) => number): Spread => {
    const { median, min, max } = spreadOf(rounds.map(valueOf));
    return { median: round(median), min: round(min), max: round(max) };
  };
  const figures: Record<string, Spread> = {
    wirePerSecond: over(({ wire0 }) => wire0),
    databasePerSecond: over(({ database }) => database),
    ceilingPerSecond: over(ceilingOf),
    wire200PerSecond: over(({ wire200 }) => wire200),
    refrain200PerSecond: over(({ refrain200 }) => refrain200.perSecond),
  };
  const ratios: Record<string, number> = {
    singleVsCeiling0: over((one) => refrainOf(one).perSecond / ceilingOf(one)).median,
    singleVsWire200: over(({ refrain200, wire200 }) => refrain200.perSecond / wire200).median,
    commitsPerCharge: over((one) => refrainOf(one).commitsPerCharge).median,
  };
  for (const [name, key] of Object.entries(KEYS)) {
    if (!rounds.every(({ turns }) => turns[name])) continue;
    const turnOf = ({ turns }: Round) => turns[name] as Turn;
    for (const figure of Object.keys(turnOf(rounds[0] as Round)) as (keyof Turn)[])
      figures[`${key}.${figure}`] = over((one) => turnOf(one)[figure]);
    const ratio = RATIO_NAMES[key];
    if (ratio)
      ratios[ratio] = over(
        (one) => turnOf(one).cpuMsPerCharge / refrainOf(one).cpuMsPerCharge,
      ).median;
  }
  return { ratios, figures };
};

export const showCharges = (ratios: Summary['ratios'], figures: Summary['figures']): string => {
  const table = new Table({
    head: ['', 'charges/s', 'CPU ms', 'WAL bytes', 'commits', 'peak MiB', 'Refrain per CPU'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  const show = (name: string): string => {
    const spread = figures[name];
    return spread ? `${spread.median} (${spread.min}–${spread.max})` : '';
  };
  for (const [name, figure] of [
    ['the wire alone', 'wirePerSecond'],
    ['the database alone', 'databasePerSecond'],
    ['ceiling', 'ceilingPerSecond'],
    ['the wire, 200 ms', 'wire200PerSecond'],
    ['Refrain, 200 ms', 'refrain200PerSecond'],
  ] as const)
    table.push([name, show(figure), '', '', '', '', '']);
  for (const [name, key] of Object.entries(KEYS))
    table.push([
      name,
      ...['perSecond', 'cpuMsPerCharge', 'walBytesPerCharge', 'commitsPerCharge', 'peakRssMib'].map(
        (figure) => show(`${key}.${figure}`),
      ),
      ratios[RATIO_NAMES[key] ?? ''] ?? '',
    ]);
  const lines = Object.entries(ratios).map(([name, value]) => `${name}: ${value}`);
  return `${table.toString()}\n${lines.join('\n')}`;
};
