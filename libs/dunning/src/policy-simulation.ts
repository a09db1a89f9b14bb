import { classOf, type FailureCode } from '#kernel';
import type { BusinessInstant } from '#platform/clock';

import { allowanceOf } from './network-budget.js';
import type { Network } from './network-rules.js';
import { decideRetry } from './retry-decision.js';
import type { PolicyEnd, RetryPolicy } from './retry-policy.js';

export interface SimulatedRetry {
  /** 1: the first one after the failure. */
  readonly number: number;
  readonly at: BusinessInstant;
  /** The step it is, or the rule of the network that put it off. */
  readonly reason: string;
}

export interface PolicySimulation {
  readonly retries: readonly SimulatedRetry[];
  /** What becomes of the schedule once the last one has failed, and why nothing is tried after it. */
  readonly atEnd: PolicyEnd;
  readonly endReason: string;
}

/** The calendar a policy gives when the same failure comes back each time. */
export const simulatePolicy = (
  policy: RetryPolicy,
  failure: {
    readonly failureCode: FailureCode;
    readonly failedAt: BusinessInstant;
    readonly network: Network;
  },
): PolicySimulation => {
  const { failureCode, network } = failure;
  const isDeclined = ['SOFT', 'HARD', 'KEY'].includes(classOf(failureCode));
  const retries: SimulatedRetry[] = [];
  const declinedAt: BusinessInstant[] = [];
  let [failedAt, declines, setbacks] = [failure.failedAt, 0, 0];
  for (;;) {
    if (isDeclined) declinedAt.push(failedAt);
    const decision = decideRetry(
      { failureCode, declines, setbacks, failedAt, firstFailedAt: failure.failedAt },
      policy,
    );
    if (!decision.retry) return { retries, atEnd: decision.atEnd, endReason: decision.reason };
    const allowance = allowanceOf({ network, declinedAt, underWay: 0 }, decision.at);
    failedAt = allowance.allowed ? decision.at : allowance.opensAt;
    const reason = allowance.allowed ? decision.reason : allowance.reason;
    retries.push({ number: retries.length + 1, at: failedAt, reason });
    ({ declines, setbacks } = decision);
  }
};
