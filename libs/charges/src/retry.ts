import { after, type BusinessInstant } from '#platform/clock';
import { decideRetry, type RetryDecision, type RetryPolicy } from '#dunning';
import type { Outcome } from '#providers/contract';

import type { Charge } from './charge.js';

/** A definite non-send waits this long before the next, doubled each time up to the last. */
const BACKOFF_SECONDS = [2, 4, 8, 15, 30, 60, 120, 300];

export const backoffSeconds = (nonSends: number): number =>
  BACKOFF_SECONDS[Math.min(nonSends, BACKOFF_SECONDS.length - 1)] ?? 0;

/** When a failed charge goes out again. What was refused unread, for being too many, is no failure of the charge: it waits as long as it
 * is told to, and no step of a policy is used up. */
export const retryOf = (
  charge: Charge,
  context: {
    readonly outcome: Extract<Outcome, { kind: 'DECLINED' | 'REJECTED' }>;
    readonly businessNow: BusinessInstant;
    readonly policy: RetryPolicy;
  },
): RetryDecision & { readonly nonSends: number } => {
  const { outcome, businessNow, policy } = context;
  const { failureCode } = outcome;
  const { declines, setbacks, nonSends } = charge;
  if (outcome.kind === 'REJECTED' && failureCode === 'RATE_LIMITED')
    return {
      ...{ retry: true, declines, setbacks, nonSends: nonSends + 1 },
      ...{ reason: 'rate limited, not executed' },
      at: after(businessNow, outcome.retryAfterSeconds ?? backoffSeconds(nonSends)),
    };
  const firstFailedAt = charge.firstFailedAt ?? businessNow;
  const failure = { failureCode, declines, setbacks, failedAt: businessNow, firstFailedAt };
  return { ...decideRetry(failure, policy), nonSends: 0 };
};
