import fc from 'fast-check';

import { heal } from './heal.js';
import { PROVIDER_KINDS, type ProviderKind } from './provider.js';
import { REST, restLines, STEPS } from './steps.js';
import { World, type Setup } from './world.js';

export interface Sabotage extends Partial<Omit<Setup, 'kind'>> {
  /** Where it can be noticed; absent: somewhere. */
  readonly kinds?: readonly ProviderKind[];
}

export interface Campaign {
  readonly runs: number;
  readonly seed: number;
  /** What is broken on purpose; absent: nothing. */
  readonly sabotage?: Sabotage;
}

export interface CampaignResult {
  readonly runs: number;
  readonly hits: ReadonlyMap<string, number>;
  /** The shortest story that breaks the promise, line by line; absent: none was found. */
  readonly story?: readonly string[];
}

/** Long enough for a decline, its retry and a takeover of that. */
const STEPS_MAX = 200;

/** Tells stories until one breaks an invariant, then the shortest that still does. The same seed tells the same stories. */
export const tellStories = ({ runs, seed, sabotage = {} }: Campaign): CampaignResult => {
  const hits = new Map<string, number>();
  const property = fc.property(
    fc.constantFrom(...(sabotage.kinds ?? PROVIDER_KINDS)),
    fc.commands(STEPS, { maxCommands: STEPS_MAX, size: 'max' }),
    REST,
    (kind, steps, rest) => {
      const world = new World({ ...sabotage, kind });
      try {
        fc.modelRun(() => ({ model: world, real: world }), steps);
        heal(world, rest);
      } finally {
        for (const { kind } of world.database.incidents) world.hit(`incident ${kind}`);
        for (const [what, count] of world.hits) hits.set(what, (hits.get(what) ?? 0) + count);
      }
    },
  );
  const { failed, counterexample, errorInstance, numRuns } = fc.check(property, {
    numRuns: runs,
    seed,
  });
  if (!failed || !counterexample) return { runs: numRuns, hits };
  const [kind, steps, rest] = counterexample;
  const broken = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return {
    runs: numRuns,
    hits,
    story: [kind.name, ...linesOf(String(steps)), ...restLines(rest), `→ ${broken}`],
  };
};

const linesOf = (steps: string): string[] =>
  steps
    .replace(/\/\*.*\*\//s, '')
    .split(/,(?=[a-z0-9])/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
