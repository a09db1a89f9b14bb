import Table from 'cli-table3';
import { round, spreadOf, type Spread } from '../lab/figures.js';
import type { Candidate } from './candidate.js';
import type { Round } from './compare.js';
import { refrain } from './refrain.js';
import type { Turn } from './turn.js';

/** What is told of each candidate, in the table's order. */
const FIGURES = [
  'perSecond',
  'cpuMsPerCharge',
  'walBytesPerCharge',
  'commitsPerCharge',
  'peakRssMib',
] as const satisfies readonly (keyof Turn)[];

export interface Summary {
  /** By the contract's names: medians of the ratios within each round. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, Spread>>;
}

/** `pgBoss` → `vsPgBoss`: how much more processor time it takes for a charge than Refrain does. */
const ratioNameOf = ({ key }: Candidate): string => `vs${key[0]?.toUpperCase()}${key.slice(1)}`;

/** What wire and database leave to anyone who needs both and has one set of cores for them. */
const ceilingOf = ({ wire0, database }: Round): number => 1 / (1 / wire0 + 1 / database);

const turnOf = (round: Round, { key }: Candidate): Turn => {
  const turn = round.turns[key];
  if (!turn) throw new Error(`expected a turn of ${key} in each round`);
  return turn;
};
const refrainOf = (round: Round): Turn => turnOf(round, refrain);

export const summarise = (rounds: readonly Round[], candidates: readonly Candidate[]): Summary => {
  const over = (valueOf: (round: Round) => number): Spread => {
    const { median, min, max } = spreadOf(rounds.map(valueOf));
    return { median: round(median), min: round(min), max: round(max) };
  };
  const figures: Record<string, Spread> = {
    wirePerSecond: over(({ wire0 }) => wire0),
    databasePerSecond: over(({ database }) => database),
    ceilingPerSecond: over(ceilingOf),
    wire200PerSecond: over(({ wire200 }) => wire200),
    bulkPerSecond: over(({ bulk }) => bulk.perSecond),
    bulkCpuMsPerCharge: over(({ bulk }) => bulk.cpuMsPerCharge),
    bulkCommitsPerCharge: over(({ bulk }) => bulk.commitsPerCharge),
    refrain200PerSecond: over(({ refrain200 }) => refrain200.perSecond),
  };
  const ratios: Record<string, number> = {
    singleVsCeiling0: over((one) => refrainOf(one).perSecond / ceilingOf(one)).median,
    singleVsWire200: over(({ refrain200, wire200 }) => refrain200.perSecond / wire200).median,
    nativeBulkVsDatabase: over(({ bulk, database }) => bulk.perSecond / database).median,
    commitsPerCharge: over((one) => refrainOf(one).commitsPerCharge).median,
  };
  for (const candidate of candidates) {
    for (const figure of FIGURES)
      figures[`${candidate.key}.${figure}`] = over((one) => turnOf(one, candidate)[figure]);
    if (candidate !== refrain)
      ratios[ratioNameOf(candidate)] = over(
        (one) => turnOf(one, candidate).cpuMsPerCharge / refrainOf(one).cpuMsPerCharge,
      ).median;
  }
  return { ratios, figures };
};

export const showCharges = (
  { ratios, figures }: Summary,
  candidates: readonly Candidate[],
): string => {
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
    ['Refrain, native bulk', 'bulkPerSecond'],
  ] as const)
    table.push([name, show(figure), '', '', '', '', '']);
  for (const candidate of candidates)
    table.push([
      candidate.name,
      ...FIGURES.map((figure) => show(`${candidate.key}.${figure}`)),
      ratios[ratioNameOf(candidate)] ?? '',
    ]);
  const lines = Object.entries(ratios).map(([name, value]) => `${name}: ${value}`);
  return `${table.toString()}\n${lines.join('\n')}`;
};
