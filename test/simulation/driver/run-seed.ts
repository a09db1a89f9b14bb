import { mkdir, copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, type Violation } from '../checker/check.js';
import { coverageOf, unclearTimesOf, type Counts } from '../checker/coverage.js';
import { gather, type Evidence } from '../checker/evidence.js';
import { shortTimesAt, startFleet, type Fleet } from '../fleet/fleet.js';
import type { TestProduct } from '../test-build/build.js';
import { countByName, readHits } from '../test-build/runtime.js';
import { History } from './history.js';
import { Nemesis, type Troubles } from './nemesis.js';
import { makePlan, type Plan } from './plan.js';
import { Progress } from './progress.js';
import { askForLostWebhooks, reviewAsPerson, untilQuiet, untilSwept } from './quiet.js';
import { Workload } from './workload.js';
import { makeWorld, type Account } from './world.js';

export interface SeedOptions {
  readonly seed: number;
  /** How much all times are stretched: see `measurePace`. */
  readonly pace: number;
  readonly guard: string;
  /** The share of a whole seed's charges. */
  readonly work: number;
  readonly product: TestProduct;
  /** Where plan, history and hits of the seed are kept. */
  readonly resultDir: string;
  /** Leaves the fleet's folder where it is. */
  readonly keep: boolean;
}

export interface SeedResult {
  readonly seed: number;
  readonly seconds: number;
  readonly charges: number;
  /** SIGKILL, by a crash point or at a random time, SIGSTOP and SIGTERM. */
  readonly kills: number;
  readonly postgresCrashes: number;
  readonly pace: number;
  readonly calls: number;
  readonly faultyCalls: number;
  readonly hits: Counts;
  readonly violations: readonly Violation[];
  readonly unclearMs: readonly number[];
  readonly takeoverMs: readonly number[];
  readonly recoveriesMs: readonly number[];
  readonly quietMs: number;
  /** Where the time went, in seconds. */
  readonly phases: Readonly<Record<string, number>>;
}

const POINT = /^k\d$/;
/** What a whole fleet needs to come up on a machine of its own; on a slow one everything else, too, takes as many times as long. */
const USUAL_START_MS = 5_000;
/** The share of the work that meets unreliable providers: half of it is sent only after the last process was killed. */
const FAULTS_END_AT = 0.9;

interface Storm {
  readonly fleet: Fleet;
  readonly plan: Plan;
  readonly workload: Workload;
  readonly nemesis: Nemesis;
  readonly progress: Progress;
  readonly phase: (name: string) => void;
}

/** Work, faults and moving clocks at once; the providers stay unreliable until most of the work is sent. */
const storm = async ({ fleet, plan, workload, nemesis, progress, phase }: Storm): Promise<void> => {
  await fleet.control('faults', plan.faultRules);
  const following = progress.follow();
  const working = Promise.all([workload.run(plan.work), workload.moveClocks()]);
  await nemesis.run();
  await nemesis.heal();
  phase('harm');
  await Promise.race([working, progress.worked(FAULTS_END_AT)]);
  progress.end();
  await following;
  phase('faults');
  await fleet.control('faults', plan.lastingRules);
  await working;
  phase('clocks');
  await fleet.control('faults', []);
};

/** Lets what is left come to its end, with whatever people do about it. */
const settleDown = async (fleet: Fleet, accounts: readonly Account[], slowness: number) => {
  const asked = await askForLostWebhooks(fleet);
  await reviewAsPerson(fleet, accounts, { isQuiet: false });
  const first = await untilQuiet(fleet, slowness);
  const swept = await untilSwept(fleet, slowness);
  const reviewed = await reviewAsPerson(fleet, accounts, { isQuiet: true });
  const last = await untilQuiet(fleet, slowness);
  const ms = first.ms + swept.ms + last.ms;
  return { asked, reviewed, ms, left: [...swept.left, ...last.left] };
};

const hitsOf = async (fleet: Fleet, troubles: Troubles, coverage: Counts): Promise<Counts> => {
  const written = countByName(await readHits(fleet.hitsFile));
  const points = Object.fromEntries(
    Array.from({ length: 9 }, (_, n) => [`crash point k${n + 1}`, written[`k${n + 1}`] ?? 0]),
  );
  const named = (prefix: string, counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix} ${name}`, count]));
  return {
    ...points,
    takeover: written['takeover'] ?? 0,
    'stale write fenced': written['fenced'] ?? 0,
    'stop longer than the lease': troubles.longStops,
    ...named('PostgreSQL', {
      IMMEDIATE_STOP: 0,
      POSTMASTER_KILL: 0,
      BACKEND_KILL: 0,
      ...troubles.postgresCrashes,
    }),
    ...named('database proxy', fleet.proxies.database.struck),
    ...named('provider proxy', fleet.proxies.provider.struck),
    ...coverage,
  };
};

const plannedIn = ({ work }: Plan) => ({
  works: work.length,
  charges: work.reduce(
    (total, plan) =>
      total +
      (plan.kind === 'BULK' ? plan.items.length : plan.kind === 'SCHEDULE' ? plan.occurrences : 1),
    0,
  ),
});

const writeEvidence = (dir: string, evidence: Evidence): Promise<void> =>
  writeFile(
    join(dir, 'evidence.json'),
    JSON.stringify(
      evidence,
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
      1,
    ),
  );

/** Runs one seed from nothing to its verdict. */
export const runSeed = async (options: SeedOptions): Promise<SeedResult> => {
  const { seed, pace, guard, product, resultDir, keep } = options;
  const began = performance.now();
  const phases: Record<string, number> = {};
  let mark = began;
  const phase = (name: string) => {
    phases[name] = Math.round((performance.now() - mark) / 100) / 10;
    mark = performance.now();
  };
  const times = shortTimesAt(pace);
  const plan = makePlan({ seed, pace, work: options.work });
  const dir = join(resultDir, `seed-${seed}`);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'plan.json'), JSON.stringify(plan, null, 1));
  const historyFile = join(dir, 'history.ndjson');
  const history = new History(historyFile);
  const orders = plan.crashOrders.map(({ point, pass }) => `${point}:${pass}`);
  const fleet = await startFleet({
    product,
    keep,
    times,
    workerEnv: (n) => ({ CRASH_POINTS: orders[n] ?? '' }),
  });
  phase('start');
  const slowness = Math.max(1, (performance.now() - began) / USUAL_START_MS);
  const progress = new Progress(fleet, plannedIn(plan), pace * slowness);
  const nemesis = new Nemesis(fleet, plan, {
    leaseMs: Number(times['LEASE_SECONDS']) * 1_000,
    ordersGiven: fleet.workers.length,
    progress,
  });
  try {
    await fleet.control('switches', { duplicateGuard: guard, nexiReadsPerHour: 0 });
    const accounts = await makeWorld(fleet, history);
    phase('world');
    const workload = new Workload(accounts, plan, progress);
    await storm({ fleet, plan, workload, nemesis, progress, phase });
    const quiet = await settleDown(fleet, accounts, pace * slowness);
    phase('quiet');
    await history.close();
    const evidence = await gather({
      sandboxUrl: fleet.sandbox.url,
      databaseUrl: await fleet.postgres.superuserUrl(),
      ...{ historyFile, guard, standstills: nemesis.standstills },
    });
    const { troubles } = nemesis;
    const hits = await hitsOf(fleet, troubles, coverageOf(evidence));
    const written = await readHits(fleet.hitsFile);
    if (written.length > 0) await copyFile(fleet.hitsFile, join(dir, 'hits.ndjson'));
    const crashed = written.filter(({ name }) => POINT.test(name)).length;
    const violations = [
      ...check(evidence),
      ...quiet.left.map((what) => ({ invariant: 'M2', what: `not quiet in time: ${what}` })),
    ];
    // A seed runs again, but not bit for bit: what was violated is looked into with what there was.
    if (violations.length > 0) await writeEvidence(dir, evidence);
    phase('check');
    return {
      seed,
      seconds: Math.round((performance.now() - began) / 100) / 10,
      charges: evidence.charges.length,
      kills: crashed + troubles.kills + troubles.stops + troubles.drains,
      postgresCrashes: troubles.recoveriesMs.length,
      pace,
      calls: evidence.calls.length,
      faultyCalls: evidence.calls.filter(({ fate }) => fate !== undefined).length,
      hits: { ...hits, 'webhook asked for again': quiet.asked },
      violations,
      unclearMs: unclearTimesOf(evidence),
      takeoverMs: written
        .filter(({ name }) => name === 'takeover')
        .map(({ detail }) => (detail as { afterMs: number }).afterMs),
      recoveriesMs: troubles.recoveriesMs,
      quietMs: Math.round(quiet.ms),
      phases,
    };
  } finally {
    await nemesis.end();
    await fleet.close();
  }
};
