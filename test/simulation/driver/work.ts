import type { Random } from './random.js';
import type { CardKind, PolicyKind } from './world.js';

/** How long faults and workload go on before everything is healed. */
export const STORM_MS = 14_000;
/** Days the test clocks are moved by, one after the other. */
export const CLOCK_DAYS = 2;

export interface ChargePlan {
  readonly kind: 'CHARGE';
  readonly atMs: number;
  readonly account: number;
  readonly card: CardKind;
  readonly policy: PolicyKind;
  readonly key: number;
  readonly amount: number;
  /** Further calls with the same order, at the same time. */
  readonly repeats: number;
  /** Business time from the call on; absent: now. */
  readonly dueInMs: number | null;
  readonly next:
    | 'NOTHING'
    | 'CANCEL'
    | 'CANCEL_WAITING'
    | 'REFUND'
    | 'REFUND_PARTS'
    | 'RETRY'
    /** While it waits for its retry, another card comes. */
    | 'CHANGE_CARD';
  /** Whoever asks about it dies of it, five times. */
  readonly isDeadly?: boolean;
}
export interface SchedulePlan {
  readonly kind: 'SCHEDULE';
  readonly atMs: number;
  readonly account: number;
  readonly card: CardKind;
  readonly policy: PolicyKind;
  readonly key: number;
  readonly amount: number;
  readonly isDaily: boolean;
  readonly occurrences: number;
  readonly execution: 'PROVIDER_SCHEDULED' | 'SERVICE_DISPATCHED';
  readonly startInMs: number;
  /** Absent: CHARGE. */
  readonly whenPreviousOpen?: 'WAIT' | 'SKIP';
  /** DELETE_KEY: while it is paused, if it waits for its time; as it is, if it waits for a retry. */
  readonly next: 'NOTHING' | 'EDIT' | 'PAUSE' | 'SKIP' | 'CANCEL' | 'DELETE_KEY';
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

/** The one of Nexi whose clock nobody moves: a test clock stands while an operation is open. */
const BULK_ACCOUNT = 3;
const REAL_ACCOUNTS = [2, 3, 4];
export const amountOf = (random: Random) => random.int(11, 99) * 100;
const cardOf = (random: Random): CardKind =>
  random.chance(0.05) ? 'HARD' : random.chance(0.12) ? 'SOFT' : 'APPROVED';

export const drawCharge = (random: Random): ChargePlan => {
  const next = random.chance(0.86)
    ? 'NOTHING'
    : random.pick(['CANCEL', 'CANCEL', 'REFUND', 'REFUND', 'RETRY'] as const);
  const isDue = next !== 'CANCEL' && random.chance(0.7);
  // A test clock stands while anything of its account is under way: what is sent there by itself is early.
  const isEarly = random.chance(0.1);
  return {
    kind: 'CHARGE',
    atMs: random.int(0, isEarly ? 500 : STORM_MS - 4_000),
    account: isEarly ? random.int(0, 1) : random.pick(REAL_ACCOUNTS),
    card: next === 'RETRY' ? 'SOFT' : next === 'REFUND' ? 'APPROVED' : cardOf(random),
    policy: 'SHORT',
    key: random.int(0, 99),
    amount: amountOf(random),
    repeats: random.chance(0.5) ? random.int(1, 5) : 0,
    dueInMs: isDue ? null : random.int(300, 3_000),
    next,
  };
};

export const drawOneOff = (random: Random): SchedulePlan => ({
  kind: 'SCHEDULE',
  atMs: random.int(0, STORM_MS - 5_000),
  account: random.pick(REAL_ACCOUNTS),
  ...{ card: 'APPROVED', policy: 'SHORT' },
  key: random.int(0, 99),
  amount: amountOf(random),
  ...{ isDaily: false, occurrences: 1, execution: 'SERVICE_DISPATCHED' },
  startInMs: random.int(500, 4_000),
  next: random.chance(0.05) ? 'CANCEL' : 'NOTHING',
});

export const drawDaily = (random: Random): SchedulePlan => {
  const account = random.int(0, 1);
  const isHeld = account === 0 && random.chance(0.6);
  return {
    kind: 'SCHEDULE',
    atMs: random.int(0, 1_500),
    account,
    ...{ card: 'APPROVED', policy: 'SHORT' },
    key: random.int(0, 99),
    amount: amountOf(random),
    ...{ isDaily: true, occurrences: CLOCK_DAYS },
    execution: isHeld ? 'PROVIDER_SCHEDULED' : 'SERVICE_DISPATCHED',
    // At one time of day: the clock waits at each until what fell due there is at its end.
    startInMs: 2 * 3_600_000,
    next: random.chance(0.75)
      ? 'NOTHING'
      : random.pick(['EDIT', 'PAUSE', 'SKIP', 'CANCEL'] as const),
  };
};

export const drawBulk = (random: Random): BulkPlan => ({
  kind: 'BULK',
  atMs: random.int(500, STORM_MS - 6_000),
  account: BULK_ACCOUNT,
  items: Array.from({ length: 12 }, () => ({
    key: random.int(0, 99),
    card: random.chance(0.2) ? 'SOFT' : cardOf(random),
    amount: amountOf(random),
  })),
});

export const repeat = <T>(count: number, make: () => T): T[] =>
  Array.from({ length: Math.ceil(count) }, make);
