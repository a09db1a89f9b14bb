/** What one run of the simulation came to; `simulation/results/latest.json`. */
export interface SimulationResult {
  readonly commit: string;
  readonly seeds: number;
  readonly charges: number;
  readonly kills: number;
  readonly postgresCrashes: number;
  readonly hits: Readonly<Record<string, number>>;
  readonly violations: readonly { readonly invariant: string; readonly seed: number }[];
  /** From "unclear" to a verdict, over all charges that were unclear; under the simulation's shortened times. */
  readonly unclearMs?: { readonly count: number; readonly p50: number; readonly p99: number };
}

/** The code a run was about: git's names of the trees. Another tree is another product, and begins a campaign of its own. */
export interface Trees {
  readonly libs: string;
  readonly apps: string;
}

export interface CampaignRun extends SimulationResult {
  readonly on: string;
  /** The first seed; the others follow it. */
  readonly firstSeed: number;
  readonly wallSeconds: number;
}

export interface Campaign {
  readonly trees: Trees;
  readonly runs: readonly CampaignRun[];
}

export interface Totals {
  readonly seeds: number;
  readonly charges: number;
  readonly kills: number;
  readonly postgresCrashes: number;
  readonly violations: number;
  readonly hits: Readonly<Record<string, number>>;
}

/** A claim that is worth making: by the rule of three, 60,000 faulted charges without a violation mean at most 1 in 20,000. */
export const TARGETS = {
  seeds: 200,
  charges: 60_000,
  kills: 4_000,
  postgresCrashes: 300,
} as const;

const isSameTree = (one: Trees, other: Trees): boolean =>
  one.libs === other.libs && one.apps === other.apps;

/** Runs of several days add up as long as the code is the same. */
export const addRun = (
  campaign: Campaign | undefined,
  trees: Trees,
  run: CampaignRun,
): Campaign => ({
  trees,
  runs: [...(campaign && isSameTree(campaign.trees, trees) ? campaign.runs : []), run],
});

/** Of the campaign about this code; nothing yet where it is about another. */
export const runsOf = (campaign: Campaign | undefined, trees: Trees): readonly CampaignRun[] =>
  campaign && isSameTree(campaign.trees, trees) ? campaign.runs : [];

export const addUp = (runs: readonly SimulationResult[]): Totals => {
  const sum = (of: (run: SimulationResult) => number): number =>
    runs.reduce((total, run) => total + of(run), 0);
  const names = new Set(runs.flatMap(({ hits }) => Object.keys(hits)));
  return {
    seeds: sum(({ seeds }) => seeds),
    charges: sum(({ charges }) => charges),
    kills: sum(({ kills }) => kills),
    postgresCrashes: sum(({ postgresCrashes }) => postgresCrashes),
    violations: sum(({ violations }) => violations.length),
    hits: Object.fromEntries(
      [...names].sort().map((name) => [name, sum((run) => run.hits[name] ?? 0)]),
    ),
  };
};

/** Seeds already used are not run again: what they draw is known. */
export const nextSeed = (runs: readonly CampaignRun[]): number =>
  runs.reduce((next, { firstSeed, seeds }) => Math.max(next, firstSeed + seeds), 1);

export interface Verdict {
  readonly isProved: boolean;
  /** One sentence each. */
  readonly reasons: readonly string[];
}

/** Proved, or why not. A campaign that never met one of the things it is about is vacuous, however green it is. */
export const judgeCampaign = (totals: Totals, expected: readonly string[]): Verdict => {
  const short = (Object.keys(TARGETS) as (keyof typeof TARGETS)[])
    .filter((name) => totals[name] < TARGETS[name])
    .map((name) => `${name}: ${totals[name]} of ${TARGETS[name]}`);
  const missed = expected.filter((name) => !totals.hits[name]);
  const reasons = [
    ...(totals.violations > 0 ? [`${totals.violations} violations`] : []),
    ...short,
    ...(missed.length > 0 ? [`vacuous: never hit: ${missed.join(', ')}`] : []),
  ];
  return { isProved: reasons.length === 0, reasons };
};
