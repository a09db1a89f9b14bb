import { CRASH_POINTS, type CrashPoint } from '../test-build/crash-points.js';
import { POSTGRES_CRASHES, type PostgresCrash } from '../fleet/postgres.js';
import type { Trouble } from '../fleet/proxy.js';
import { Random } from './random.js';
import { drawDeadly, drawStories } from './stories.js';
import {
  drawBulk,
  drawCharge,
  drawDaily,
  drawOneOff,
  repeat,
  STORM_MS,
  type WorkPlan,
} from './work.js';

export type ProcessFault =
  | { readonly kind: 'KILL' | 'DRAIN'; readonly atMs: number; readonly member: number }
  | {
      readonly kind: 'STOP';
      readonly atMs: number;
      readonly member: number;
      readonly forMs: number;
    };
export type WorldFault =
  | {
      readonly kind: 'POSTGRES';
      readonly atMs: number;
      readonly how: PostgresCrash;
      readonly downMs: number;
    }
  | {
      readonly kind: 'PROXY';
      readonly atMs: number;
      readonly proxy: 'database' | 'provider';
      readonly trouble: Trouble;
    }
  | { readonly kind: 'PROVIDER_DOWN'; readonly atMs: number; readonly forMs: number };

export interface CrashOrder {
  readonly point: CrashPoint;
  readonly pass: number;
}
export interface Plan {
  readonly seed: number;
  readonly work: readonly WorkPlan[];
  readonly processFaults: readonly ProcessFault[];
  readonly worldFaults: readonly WorldFault[];
  /** In this order: the next worker that starts gets the next. */
  readonly crashOrders: readonly CrashOrder[];
  readonly faultRules: readonly object[];
  /** Of these, what goes on until the clocks are where they shall be: most of what a provider fires by itself it fires at the end. */
  readonly lastingRules: readonly object[];
  /** How much all times are stretched: see `measurePace`. */
  readonly pace: number;
}

/** Seeds: five deaths, a lease each, take their time. */
const DEADLY_EVERY = 8;

const byTime = (a: { atMs: number }, b: { atMs: number }) => a.atMs - b.atMs;
/** What the sandbox does to calls, in shares of all: together about a fifth. */
const drawFaultRules = (seed: number, pace: number): object[] => {
  const charge = { method: 'POST' };
  const rule = (fate: string, share: number, more: { match?: object; options?: object } = {}) => ({
    match: { share, ...more.match },
    ...{ fate, seed: `${seed}-${fate}`, timesPerReference: 2 },
    ...(more.options && { options: more.options }),
  });
  const posts = (fate: string, share: number, options?: object) =>
    rule(fate, share, { match: charge, ...(options && { options }) });
  return [
    posts('refuse', 0.012),
    posts('hang-before', 0.01),
    posts('hang-after', 0.012),
    ...['500', '502', '504'].flatMap((status) => [
      posts(`${status}-before`, 0.008),
      posts(`${status}-after`, 0.01),
    ]),
    posts('reset-mid-body', 0.012),
    posts('response-lost', 0.02),
    posts('html-body', 0.01),
    posts('truncated-json', 0.012),
    posts('rate-limited', 0.01, { retryAfterSeconds: 1 }),
    posts('unauthorized', 0.006),
    posts('slow', 0.04, { minMs: 50, maxMs: 800 }),
    rule('reported-failed', 0.01, {
      match: { provider: 'PORTONE', path: '/portone/subscribe/payments/again' },
    }),
    rule('failed-then-paid', 0.15, {
      match: {
        provider: 'PORTONE',
        path: '/portone/subscribe/payments/again',
        account: 'test-b-portone-key',
      },
      options: { seconds: 2 * pace },
    }),
    // Hidden for longer than absence takes to be proof: the second send finds the first.
    rule('response-lost', 0.2, { match: { ...charge, account: 'test-c-portone-key' } }),
    rule('lookup-lag', 0.5, {
      match: { account: 'test-c-portone-key' },
      options: { seconds: 9 * pace },
    }),
    rule('lookup-lag', 0.2, { options: { seconds: 3 * pace } }),
    rule('lookup-down', 0.04),
    rule('bulk-response-lost', 0.4, {
      match: { path: '/nexi/v1/unscheduledsubscriptions/charges' },
    }),
    rule('bulk-item-missing', 0.12, { match: { provider: 'NEXI' } }),
    rule('bulk-reordered', 0.3, { match: { provider: 'NEXI' } }),
    rule('webhook-dropped', 0.15, { match: { account: 'test-c-portone-key' } }),
    rule('webhook-doubled', 0.1, { options: { count: 3 } }),
    rule('webhook-reversed', 0.05, { options: { windowMs: 300 } }),
    rule('webhook-forged', 0.05),
  ];
};

const drawProcessFaults = (random: Random): ProcessFault[] => [
  ...repeat(random.int(4, 6), (): ProcessFault => ({
    kind: 'KILL',
    atMs: random.int(500, STORM_MS - 500),
    member: random.int(0, 4),
  })),
  { kind: 'DRAIN', atMs: random.int(1_000, STORM_MS - 2_000), member: random.int(0, 4) },
  ...repeat(random.int(10, 14), (): ProcessFault => ({
    kind: 'STOP',
    atMs: random.int(300, STORM_MS - 1_000),
    member: random.int(0, 4),
    forMs: random.chance(0.4) ? random.int(3_200, 4_500) : random.int(200, 1_500),
  })),
];

const drawTrouble = (random: Random, proxy: 'database' | 'provider'): Trouble =>
  random.pick<Trouble>([
    { kind: 'DELAY', ms: random.int(50, 600) },
    { kind: 'DROP' },
    { kind: 'RESET' },
    { kind: 'HALF_CLOSE' },
    { kind: 'BLACK_HOLE', afterBytes: random.int(0, 200), forMs: random.int(1_000, 4_000) },
    ...(proxy === 'database'
      ? ([{ kind: 'CUT_AFTER_COMMIT' }, { kind: 'CUT_AFTER_COMMIT' }] as const)
      : []),
  ]);

const drawWorldFaults = (random: Random): WorldFault[] => {
  const crashes = random.pick([1, 2, 2, 3]);
  return [
    ...repeat(crashes, (): WorldFault => ({
      kind: 'POSTGRES',
      atMs: random.int(2_000, STORM_MS - 1_500),
      how: random.pick(POSTGRES_CRASHES),
      downMs: random.int(0, 800),
    })),
    ...repeat(random.int(12, 18), (): WorldFault => {
      const proxy = random.pick(['database', 'provider'] as const);
      return {
        kind: 'PROXY',
        atMs: random.int(0, STORM_MS),
        proxy,
        trouble: drawTrouble(random, proxy),
      };
    }),
    {
      kind: 'PROVIDER_DOWN',
      atMs: random.int(1_000, STORM_MS - 2_000),
      forMs: random.int(300, 1_200),
    },
  ];
};

export interface PlanOptions {
  readonly seed: number;
  readonly pace: number;
  /** 1: some 300 charges. */
  readonly work: number;
}

const stretch = <T extends { readonly atMs: number }>(faults: readonly T[], pace: number): T[] =>
  faults
    .map((fault) => ({
      ...fault,
      atMs: fault.atMs * pace,
      ...('forMs' in fault && { forMs: (fault.forMs as number) * pace }),
    }))
    .sort(byTime);

/** What the provider fired is hidden for longer than its looks go on. */
const drawLastingRules = (seed: number, pace: number): object[] => [
  {
    match: { share: 0.1, account: 'test-a-portone-key' },
    ...{ fate: 'lookup-lag', seed: `${seed}-lasting`, options: { seconds: 7 * pace } },
  },
];

/** Everything a seed decides. What comes of it is decided by real processes, so the same seed is the same plan, not the same run. */
export const makePlan = ({ seed, pace, work: share }: PlanOptions): Plan => {
  const random = new Random(seed);
  const [work, faults, world] = [random.fork(), random.fork(), random.fork()];
  const [crashes, stories] = [random.fork(), random.fork()];
  const works = [
    ...repeat<WorkPlan>(140 * share, () => drawCharge(work)),
    ...repeat<WorkPlan>(70 * share, () => drawOneOff(work)),
    ...repeat<WorkPlan>(18 * share, () => drawDaily(work)),
    ...repeat<WorkPlan>(4 * share, () => drawBulk(work)),
    ...drawStories(stories, share),
    ...(seed % DEADLY_EVERY === 0 ? [drawDeadly(stories)] : []),
  ];
  const lastingRules = drawLastingRules(seed, pace);
  return {
    ...{ seed, pace },
    work: stretch(works, pace),
    processFaults: stretch(drawProcessFaults(faults), pace),
    worldFaults: stretch(drawWorldFaults(world), pace),
    crashOrders: crashes
      .shuffle(CRASH_POINTS)
      .map((point) => ({ point, pass: point === 'k9' ? crashes.int(3, 12) : crashes.int(2, 10) })),
    faultRules: [...lastingRules, ...drawFaultRules(seed, pace)],
    lastingRules,
  };
};
