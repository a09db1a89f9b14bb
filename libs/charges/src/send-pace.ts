import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { monotonicMs } from '#platform/clock';

/** Between two looks at how busy this process is: some turns of the busiest loop, and soon enough to notice that others came. */
const LOOK_MS = 200;
/** The share of its time this process may be busy before an account opens fewer calls, and below which it opens more: above, whoever comes
 * waits behind what others have open. */
const BUSY = 0.8;
const IDLE = 0.65;
const SLOWER = 0.75;
const FASTER = 1.25;
/** What an account begins with, and keeps however busy the process is: its calls take a while at the provider, in which they are in
 * nobody's way. */
const LEAST = 16;
/** A claim holds about what is answered within this: more would wait under a lease, and hold the process and the database up for others. */
const CLAIM_MS = 200;
/** So that the next claim is written before the last call has left. */
const ROUNDS_LEAST = 2;
/** What is claimed and not sent yet when a process dies cannot be told from what was: all of it is asked about, and waits until it is proved
 * absent. */
const ROUNDS_MOST = 4;
/** How much the latest answer counts in the mean: some dozens of answers are remembered. */
const LATEST = 0.1;
/** An account that sent nothing for so long begins anew. */
const FORGET_MS = 1_000;

/** How many calls of an account may be open at once, after this process was busy for this share (0 to 1) of its time. */
export const nextPace = (pace: number, utilisation: number, most: number): number => {
  if (utilisation > BUSY) return Math.min(most, Math.max(LEAST, Math.floor(pace * SLOWER)));
  return utilisation < IDLE ? Math.min(most, Math.ceil(pace * FASTER)) : pace;
};

/** How many rounds of calls one claim holds, where an answer takes so many milliseconds: few commits at a quick provider, and at a slow
 * one nothing that waits long under a lease. */
export const roundsOf = (answerMs: number): number =>
  Math.min(ROUNDS_MOST, Math.max(ROUNDS_LEAST, Math.floor(CLAIM_MS / Math.max(1, answerMs))));

interface Look {
  readonly atMs: number;
  readonly at: EventLoopUtilization;
  readonly utilisation: number;
}

const NO_TIME: Look = { atMs: -Infinity, at: performance.eventLoopUtilization(), utilisation: 0 };
let last: Look = NO_TIME;

/** How busy this process was between the last two looks, one for all accounts. */
const lookAtProcess = (): Look => {
  const atMs = monotonicMs();
  if (atMs - last.atMs < LOOK_MS) return last;
  const at = performance.eventLoopUtilization();
  const { utilization: utilisation } = performance.eventLoopUtilization(at, last.at);
  last = { atMs, at, utilisation };
  return last;
};

/** Keeps an account from opening more calls than its process can attend to, so that what falls due beside a long backlog is served at once.
 * Quick to slow down, and slow to begin. */
export class SendPace {
  private pace: number;
  private askedAtMs = monotonicMs();
  private seen = lookAtProcess();
  /** Mean, milliseconds; until something was answered, that of two rounds. */
  private answerMs = CLAIM_MS / ROUNDS_LEAST;

  /** `most`: calls at once, when the process has time. */
  constructor(private readonly most: number) {
    this.pace = Math.min(LEAST, most);
  }

  answered(tookMs: number): void {
    this.answerMs += LATEST * (tookMs - this.answerMs);
  }

  /** How many charges are claimed at once. */
  claim(): number {
    return this.now() * roundsOf(this.answerMs);
  }

  now(): number {
    const look = lookAtProcess();
    if (monotonicMs() - this.askedAtMs > FORGET_MS) this.pace = Math.min(LEAST, this.most);
    else if (look !== this.seen) this.pace = nextPace(this.pace, look.utilisation, this.most);
    this.askedAtMs = monotonicMs();
    this.seen = look;
    return this.pace;
  }
}
