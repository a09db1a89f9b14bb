import pLimit, { type LimitFunction } from 'p-limit';
import { machineInstant, monotonicMs, type MachineInstant } from '#platform/clock';
import type { Outcome, Provider } from '#providers/contract';

import {
  afterClaim,
  afterRead,
  afterSend,
  breakerAt,
  CLOSED,
  sendsAllowed,
  type Breaker,
  type BreakerLimits,
  type SendResult,
} from './breaker.js';
import { SendPace } from './send-pace.js';

export interface BrakeTiming {
  readonly sendConcurrency: number;
  readonly sendDeadlineSeconds: number;
  readonly breakerOpenSeconds: number;
}

/** Half of what went out in half a minute came to nothing we can read: that is no longer bad luck. Fewer than twenty could be. */
const WINDOW_SECONDS = 30;
const SENDS_NEEDED = 20;
const UNCLEAR_SHARE = 0.5;
/** Sixteen times the first opening: a provider that was away for an hour is noticed within minutes of its return. */
const OPEN_MAX_TIMES = 16;

/** What this process knows of one account's provider, and what it has open there. */
interface AccountBrake {
  breaker: Breaker;
  readonly pace: SendPace;
  readonly limit: LimitFunction;
}

/** Holds back what would only make things worse, account by account, in this process alone: nobody waits for another's account. Its time is
 * this process's monotonic clock. */
export class Brakes {
  private readonly accounts = new Map<string, AccountBrake>();
  private readonly limits: BreakerLimits;

  constructor(private readonly timing: BrakeTiming) {
    this.limits = {
      windowSeconds: WINDOW_SECONDS,
      sendsNeeded: SENDS_NEEDED,
      unclearShare: UNCLEAR_SHARE,
      openSeconds: timing.breakerOpenSeconds,
      openMaxSeconds: timing.breakerOpenSeconds * OPEN_MAX_TIMES,
      probeSeconds: timing.sendDeadlineSeconds * 2,
    };
  }

  /** How many charges of the account one claim may hold: some rounds of what may be open at once. */
  claimAtOnce(accountId: string): number {
    return this.of(accountId).pace.claim();
  }

  /** One for all claims of the account: so many of its calls are open at once, and no more. */
  limitOf(accountId: string): LimitFunction {
    const { limit, pace } = this.of(accountId);
    limit.concurrency = pace.now();
    return limit;
  }

  /** How many charges of the account may be claimed now. */
  allowanceOf(accountId: string): number {
    return sendsAllowed(this.of(accountId).breaker, now());
  }

  /** What was claimed before it opened must not go out; half open, only the one by which it is tried. */
  isBarred(accountId: string, isProbe: boolean): boolean {
    const { kind } = breakerAt(this.of(accountId).breaker, now());
    return kind === 'OPEN' || (kind === 'HALF_OPEN' && !isProbe);
  }

  /** Seconds until an open breaker lets anything be tried; nothing: it is not open. */
  openSecondsOf(accountId: string): number | undefined {
    const breaker = breakerAt(this.of(accountId).breaker, now());
    return breaker.kind === 'OPEN'
      ? (breaker.until.getTime() - now().getTime()) / 1_000
      : undefined;
  }

  /** The time is over, and nobody has asked the provider anything since. */
  wantsRead(accountId: string): boolean {
    const breaker = breakerAt(this.of(accountId).breaker, now());
    return breaker.kind === 'HALF_OPEN' && !breaker.isReadable;
  }

  claimed(accountId: string): void {
    const brake = this.of(accountId);
    brake.breaker = afterClaim(brake.breaker, now(), this.limits);
  }

  /** The same provider, with each of its answers noted. */
  around(provider: Provider): Provider {
    const noted: Partial<Provider> = {
      sendCharge: async (account, request) => {
        const beganMs = monotonicMs();
        const outcome = await provider.sendCharge(account, request);
        // What did not get through fails fast, and tells nothing of how quick the provider is.
        if (outcome.kind !== 'NOT_SENT')
          this.of(account.providerAccountId).pace.answered(monotonicMs() - beganMs);
        return this.sent(account.providerAccountId, outcome);
      },
      sendBulk: async (account, request) =>
        this.sent(account.providerAccountId, await provider.sendBulk(account, request)),
      testAccess: async (account) =>
        this.read(account.providerAccountId, await provider.testAccess(account)),
      findPayments: async (account, question) =>
        this.read(account.providerAccountId, await provider.findPayments(account, question)),
      readBulkPage: async (account, question) =>
        this.read(account.providerAccountId, await provider.readBulkPage(account, question)),
    };
    return new Proxy(provider, {
      get: (target, name) => {
        const value: unknown = Reflect.get(name in noted ? noted : target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  private sent<Answer extends Answered>(accountId: string, outcome: Answer): Answer {
    const brake = this.of(accountId);
    const result = resultOf(outcome);
    brake.breaker = afterSend(brake.breaker, { at: now(), result }, this.limits);
    return outcome;
  }

  private read<Answer extends { readonly kind: string }>(
    accountId: string,
    answer: Answer,
  ): Answer {
    const brake = this.of(accountId);
    const isAnswered = answer.kind !== 'UNAVAILABLE';
    brake.breaker = afterRead(brake.breaker, { at: now(), isAnswered });
    return answer;
  }

  private of(accountId: string): AccountBrake {
    const known = this.accounts.get(accountId);
    if (known) return known;
    const pace = new SendPace(this.timing.sendConcurrency);
    const made = { breaker: CLOSED, pace, limit: pLimit(pace.now()) };
    this.accounts.set(accountId, made);
    return made;
  }
}

const now = (): MachineInstant => machineInstant(monotonicMs());

type Answered = { readonly kind: Outcome['kind'] | 'ACCEPTED' } & Pick<Outcome, 'answer'>;

/** The first status that speaks of the provider's own trouble. */
const SERVER_ERROR = 500;

const resultOf = ({ kind, answer }: Answered): SendResult => {
  if (kind === 'NOT_SENT') return 'NOT_SENT';
  return kind === 'UNKNOWN' || (answer?.status ?? 0) >= SERVER_ERROR ? 'UNCLEAR' : 'CLEAR';
};
