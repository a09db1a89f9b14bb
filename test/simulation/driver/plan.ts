import { CRASH_POINTS, type CrashPoint } from '../test-build/crash-points.js';
import { POSTGRES_CRASHES, type PostgresCrash } from '../fleet/postgres.js';
import type { Trouble } from '../fleet/proxy.js';
import { Random } from './random.js';
import type { CardKind } from './world.js';

/** How long faults and workload go on before everything is healed. */
export const STORM_MS = 14_000;

export interface ChargePlan {
  readonly kind: 'CHARGE';
  readonly atMs: number;
  readonly account: number;
  readonly card: CardKind;
  readonly key: number;
  readonly amount: number;
  /** Further calls with the same order, at the same time. */
  readonly repeats: number;
  /** Business time from the call on; absent: now. */
  readonly dueInMs: number | null;
  readonly next: 'NOTHING' | 'CANCEL' | 'REFUND' | 'RETRY';
}
export interface SchedulePlan {
  readonly kind: 'SCHEDULE';
  readonly atMs: number;
  readonly account: number;
  readonly key: number;
  readonly amount: number;
  readonly isDaily: boolean;
  readonly occurrences: number;
  readonly execution: 'PROVIDER_SCHEDULED' | 'SERVICE_DISPATCHED';
  readonly startInMs: number;
  readonly next: 'NOTHING' | 'EDIT' | 'PAUSE' | 'SKIP' | 'CANCEL';
}
export interface BulkPlan {
  readonly kind: 'BULK';
  readonly atMs: number;
  readonly account: number;
  readonly items: readonly {
    readonly key: number;
    readonly card: CardKind;
    readonly amount: number;
  }[];
}
export type WorkPlan = ChargePlan | SchedulePlan | BulkPlan;

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
  /** How much all times are stretched: see `measurePace`. */
  readonly pace: number;
  /** Days the test clocks are moved by, one after the other. */
  readonly clockDays: number;
}

const byTime = (a: { atMs: number }, b: { atMs: number }) => a.atMs - b.atMs;
/** The two Nexi accounts, which take bulk. */
const BULK_ACCOUNTS = [1, 3];
const REAL_ACCOUNTS = [2, 3, 4];
const amountOf = (random: Random) => random.int(11, 99) * 100;
const cardOf = (random: Random): CardKind =>
  random.chance(0.05) ? 'HARD' : random.chance(0.12) ? 'SOFT' : 'APPROVED';

const drawCharge = (random: Random): ChargePlan => {
  const next = random.chance(0.86)
    ? 'NOTHING'
    : random.pick(['CANCEL', 'CANCEL', 'REFUND', 'REFUND', 'RETRY'] as const);
  const isDue = next !== 'CANCEL' && random.chance(0.7);
  return {
    kind: 'CHARGE',
    atMs: random.int(0, STORM_MS - 4_000),
    account: random.int(0, 4),
    card: next === 'RETRY' ? 'SOFT' : next === 'REFUND' ? 'APPROVED' : cardOf(random),
    key: random.int(0, 99),
    amount: amountOf(random),
    repeats: random.chance(0.5) ? random.int(1, 5) : 0,
    dueInMs: isDue ? null : random.int(300, 3_000),
    next,
  };
};

const drawOneOff = (random: Random): SchedulePlan => ({
  kind: 'SCHEDULE',
  atMs: random.int(0, STORM_MS - 5_000),
  account: random.pick(REAL_ACCOUNTS),
  key: random.int(0, 99),
  amount: amountOf(random),
  ...{ isDaily: false, occurrences: 1, execution: 'SERVICE_DISPATCHED' },
  startInMs: random.int(500, 4_000),
  next: random.chance(0.05) ? 'CANCEL' : 'NOTHING',
});

const drawDaily = (random: Random): SchedulePlan => {
  const account = random.int(0, 1);
  const isHeld = account === 0 && random.chance(0.6);
  return {
    kind: 'SCHEDULE',
    atMs: random.int(0, 1_500),
    account,
    key: random.int(0, 99),
    amount: amountOf(random),
    ...{ isDaily: true, occurrences: 3 },
    execution: isHeld ? 'PROVIDER_SCHEDULED' : 'SERVICE_DISPATCHED',
    // Few different times of day: the clock waits at each until what fell due there is at its end.
    startInMs: random.int(2, 3) * 3_600_000,
    next: random.chance(0.75)
      ? 'NOTHING'
      : random.pick(['EDIT', 'PAUSE', 'SKIP', 'CANCEL'] as const),
  };
};

const drawBulk = (random: Random): BulkPlan => ({
  kind: 'BULK',
  atMs: random.int(500, STORM_MS - 6_000),
  account: random.pick(BULK_ACCOUNTS),
  items: Array.from({ length: 12 }, () => ({
    key: random.int(0, 99),
    card: cardOf(random),
    amount: amountOf(random),
  })),
});

const repeat = <T>(count: number, make: () => T): T[] =>
  Array.from({ length: Math.ceil(count) }, make);

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
    rule('failed-then-paid', 0.02, {
      match: {
        provider: 'PORTONE',
        path: '/portone/subscribe/payments/again',
        account: 'test-b-portone-key',
      },
      options: { seconds: 2 * pace },
    }),
    rule('lookup-lag', 0.2, { options: { seconds: 3 * pace } }),
    rule('lookup-down', 0.04),
    rule('bulk-response-lost', 0.4, {
      match: { path: '/nexi/v1/unscheduledsubscriptions/charges' },
    }),
    rule('bulk-item-missing', 0.06, { match: { provider: 'NEXI' } }),
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

/** Everything a seed decides. What comes of it is decided by real processes, so the same seed is the same plan, not the same run. */
export const makePlan = ({ seed, pace, work: share }: PlanOptions): Plan => {
  const random = new Random(seed);
  const [work, faults, world] = [random.fork(), random.fork(), random.fork()];
  const crashes = random.fork();
  const works = [
    ...repeat<WorkPlan>(140 * share, () => drawCharge(work)),
    ...repeat<WorkPlan>(70 * share, () => drawOneOff(work)),
    ...repeat<WorkPlan>(18 * share, () => drawDaily(work)),
    ...repeat<WorkPlan>(4 * share, () => drawBulk(work)),
  ];
  return {
    ...{ seed, pace },
    work: stretch(works, pace),
    processFaults: stretch(drawProcessFaults(faults), pace),
    worldFaults: stretch(drawWorldFaults(world), pace),
    crashOrders: crashes
      .shuffle(CRASH_POINTS)
      .map((point) => ({ point, pass: point === 'k9' ? crashes.int(3, 12) : crashes.int(2, 10) })),
    faultRules: drawFaultRules(seed, pace),
    clockDays: 3,
  };
};
