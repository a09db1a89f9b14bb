import Table from 'cli-table3';
import { round, spreadOf, type Spread } from '../lab/figures.js';
import type { DoorRound, Visit } from './compare.js';
import { ERRANDS, type Door, type Errand } from './door.js';
import { refrain } from './refrain.js';
import { bareFastify, nestDefault } from './rivals.js';

const FIGURES = [
  'perSecond',
  'p50Ms',
  'p99Ms',
  'cpuMsPerRequest',
  'peakRssMib',
] as const satisfies readonly (keyof Visit)[];

export interface DoorSummary {
  /** Medians of Refrain's rate by the other's within each round. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, Spread>>;
}

const visitOf = (one: DoorRound, { key }: Door, errand: Errand): Visit => {
  const found = one[key]?.[errand];
  if (!found) throw new Error(`expected a visit of ${key} for ${errand} in each round`);
  return found;
};

export const summariseDoors = (
  rounds: readonly DoorRound[],
  doors: readonly Door[],
): DoorSummary => {
  const over = (valueOf: (one: DoorRound) => number): Spread => {
    const { median, min, max } = spreadOf(rounds.map(valueOf));
    return { median: round(median), min: round(min), max: round(max) };
  };
  const against = (door: Door, errand: Errand): number =>
    over((one) => visitOf(one, refrain, errand).perSecond / visitOf(one, door, errand).perSecond)
      .median;
  const figures: Record<string, Spread> = {};
  for (const door of doors)
    for (const errand of ERRANDS)
      for (const figure of FIGURES)
        figures[`${door.key}.${errand}.${figure}`] = over(
          (one) => visitOf(one, door, errand)[figure],
        );
  return {
    figures,
    ratios: {
      webhookVsBare: against(bareFastify, 'webhook'),
      listVsBare: against(bareFastify, 'list'),
      createChargeVsBare: against(bareFastify, 'create'),
      webhookVsNestDefault: against(nestDefault, 'webhook'),
      // The worse of the two.
      graphqlVsNestDefault: Math.min(against(nestDefault, 'list'), against(nestDefault, 'create')),
    },
  };
};

export const showDoors = ({ ratios, figures }: DoorSummary, doors: readonly Door[]): string => {
  const table = new Table({
    head: ['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'peak MiB'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const errand of ERRANDS)
    for (const door of doors)
      table.push([
        `${errand}: ${door.name}`,
        ...FIGURES.map((figure) => {
          const spread = figures[`${door.key}.${errand}.${figure}`];
          return spread ? `${spread.median} (${spread.min}–${spread.max})` : '';
        }),
      ]);
  const lines = Object.entries(ratios).map(([name, value]) => `${name}: ${value}`);
  return `${table.toString()}\n${lines.join('\n')}`;
};
