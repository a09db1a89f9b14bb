import { classOf, type FailureCode } from '#kernel';

/** What happens after a failed charge: when to try again, or why not. */
export type RetryDecision =
  | {
      readonly retry: true;
      readonly afterSeconds: number;
      readonly usesStep: boolean;
      readonly reason: string;
    }
  | { readonly retry: false; readonly reason: string };

export interface RetryPolicy {
  /** The wait before each further attempt, from the failure before it; as many attempts as there are. */
  readonly delaysSeconds: readonly number[];
}

const DAY = 86_400;
/** Pay day is rarely more than a week away, and four attempts in eleven days stay far under every scheme's limit. */
export const STANDARD_POLICY: RetryPolicy = { delaysSeconds: [1 * DAY, 3 * DAY, 7 * DAY] };
/** Bulk items whose bulk names no policy. */
export const NO_RETRY: RetryPolicy = { delaysSeconds: [] };

/** Nobody's fault, so tried soon, slower each time; given up after about three days of it. */
const TRANSIENT_DELAYS = [60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, DAY, DAY];
/** Our settings are wrong: a person is told (an incident), and it is tried again when they may have mended it. */
const CONFIGURATION_DELAYS = [600, 3_600, 6 * 3_600, DAY, DAY];

export interface FailureHistory {
  readonly failureCode: FailureCode;
  /** Retry steps used up before this failure. */
  readonly declines: number;
  /** Transient and configuration failures in a row before this one. */
  readonly setbacks: number;
}

/** HARD is never tried again on this key, KEY waits for a new card, SOFT takes the policy's next step;
 * TRANSIENT and our own mistakes use up no step, and a charge without any policy is not retried even for those. */
export const decideRetry = (failure: FailureHistory, policy: RetryPolicy): RetryDecision => {
  const failureClass = classOf(failure.failureCode);
  if (policy.delaysSeconds.length === 0) return { retry: false, reason: 'no retry policy' };
  switch (failureClass) {
    case 'HARD':
      return {
        retry: false,
        reason: `${failure.failureCode} is never tried again on the same key`,
      };
    case 'KEY':
      return { retry: false, reason: `${failure.failureCode} needs a new or updated card` };
    case 'SOFT':
      return step(policy.delaysSeconds[failure.declines], true, 'retry policy');
    case 'TRANSIENT':
      return step(TRANSIENT_DELAYS[failure.setbacks], false, 'passing failure');
    case 'CONFIGURATION':
      return failure.failureCode === 'PROVIDER_REJECTED'
        ? { retry: false, reason: 'the provider refused the request itself' }
        : step(CONFIGURATION_DELAYS[failure.setbacks], false, 'account settings');
  }
};

const step = (
  afterSeconds: number | undefined,
  usesStep: boolean,
  reason: string,
): RetryDecision =>
  afterSeconds === undefined
    ? { retry: false, reason: `${reason}: every step is used up` }
    : { retry: true, afterSeconds, usesStep, reason };
