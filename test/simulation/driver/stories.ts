import { amountOf, repeat, type ChargePlan, type SchedulePlan, type WorkPlan } from './work.js';
import type { Random } from './random.js';

/** Accounts by their place in the world: one with a test clock at the provider that fires by itself, and those of PortOne with a real one. */
const HELD = 0;
const NEXI_HELD = 1;
const PORTONE = 2;
const HIDING = 4;

/** While the faults have a while to go: a story takes some seconds. */
const EARLY_MS = 4_000;

const charge = (random: Random, story: Partial<ChargePlan>): ChargePlan => ({
  kind: 'CHARGE',
  atMs: random.int(0, EARLY_MS),
  account: PORTONE,
  ...{ card: 'APPROVED', policy: 'SHORT' },
  key: random.int(0, 99),
  amount: amountOf(random),
  ...{ repeats: 0, dueInMs: null, next: 'NOTHING' },
  ...story,
});

const oneOff = (random: Random, story: Partial<SchedulePlan>): SchedulePlan => ({
  kind: 'SCHEDULE',
  atMs: random.int(0, EARLY_MS),
  account: random.int(PORTONE, HIDING),
  ...{ card: 'APPROVED', policy: 'SHORT' },
  key: random.int(0, 99),
  amount: amountOf(random),
  ...{ isDaily: false, occurrences: 1, execution: 'SERVICE_DISPATCHED' },
  ...{ startInMs: 500, next: 'NOTHING' },
  ...story,
});

/** Registered at the provider before the clock is moved for the first time. */
const held = (random: Random, story: Partial<SchedulePlan>): SchedulePlan =>
  oneOff(random, {
    ...{ atMs: random.int(0, 300), account: HELD, isDaily: true, occurrences: 1 },
    ...{ execution: 'PROVIDER_SCHEDULED', startInMs: 2 * 3_600_000 },
    ...story,
  });

const beside = (random: Random, whenPreviousOpen: 'WAIT' | 'SKIP'): SchedulePlan =>
  held(random, {
    ...{ account: NEXI_HELD, card: 'SOFT', policy: 'DAYS', occurrences: 2 },
    ...{ execution: 'SERVICE_DISPATCHED', whenPreviousOpen },
  });

/** The provider has it, and whoever asks what became of it dies. */
export const drawDeadly = (random: Random): WorkPlan =>
  charge(random, { card: 'PENDING', isDeadly: true });

/** What chance alone brings together too seldom, each named by the steps it leads to. */
export const drawStories = (random: Random, share: number): WorkPlan[] => {
  const times = (count: number, make: () => WorkPlan) => repeat(count * share, make);
  return [
    // FAILED, or waiting for a retry, or canceled while it waits: and then it was paid after all.
    ...times(3, () => charge(random, { card: 'LATE', policy: 'NONE' })),
    ...times(3, () => charge(random, { card: 'LATE', policy: 'LONG' })),
    ...times(3, () => charge(random, { card: 'LATE', policy: 'LONG', next: 'CANCEL_WAITING' })),
    ...times(3, () => charge(random, { card: 'SOFT', policy: 'LONG', next: 'CANCEL_WAITING' })),
    ...times(3, () => charge(random, { card: 'SOFT', policy: 'NONE', next: 'RETRY' })),
    // The provider has it and decides later; one account hides it for a while meanwhile.
    ...times(5, () => charge(random, { card: 'PENDING' })),
    ...times(6, () => charge(random, { card: 'PENDING', account: HIDING })),
    ...times(4, () => charge(random, { next: 'REFUND_PARTS', account: random.int(2, 4) })),
    // A key is deleted while its charge waits for its time, or for its retry.
    ...times(3, () => oneOff(random, { card: 'DOOMED', startInMs: 4_000, next: 'DELETE_KEY' })),
    ...times(3, () => oneOff(random, { card: 'DOOMED_SOFT', policy: 'ONCE', next: 'DELETE_KEY' })),
    // What the provider fires by itself is declined or pending, or is fired though it was taken back.
    ...times(1, () => held(random, { card: 'SOFT', policy: 'LONG' })),
    ...times(1, () => held(random, { card: 'HARD' })),
    ...times(2, () => held(random, { card: 'PENDING', startInMs: 2.5 * 3_600_000 })),
    ...times(2, () => held(random, { card: 'UNSTOPPABLE', next: 'SKIP' })),
    ...times(1, () => held(random, { card: 'UNSTOPPABLE', next: 'CANCEL' })),
    // The next day's occurrence falls due while the first one waits for its retry.
    ...times(1, () => beside(random, 'WAIT')),
    ...times(1, () => beside(random, 'SKIP')),
    // Another card comes while a charge waits for its retry.
    ...times(3, () => charge(random, { card: 'SOFT', policy: 'LONG', next: 'CHANGE_CARD' })),
  ];
};
