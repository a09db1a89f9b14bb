import { classOf, localDayAt, type FailureClass, type FailureCode } from '#kernel';
import { after, businessInstant, type BusinessInstant } from '#platform/clock';

import type { PolicyEnd, RetriedClass, RetryPolicy, RetryStep } from './retry-policy.js';

/** What happens after a failed charge: when to try again, or why not. */
export type RetryDecision =
  | {
      readonly retry: true;
      readonly at: BusinessInstant;
      /** Steps of SOFT failures used up with this one. */
      readonly declines: number;
      /** Other failures in a row with this one. */
      readonly setbacks: number;
      readonly reason: string;
    }
  | { readonly retry: false; readonly atEnd: PolicyEnd; readonly reason: string };

export interface FailureHistory {
  readonly failureCode: FailureCode;
  /** Steps of SOFT failures used up before this failure. */
  readonly declines: number;
  /** Transient and configuration failures in a row before this one. */
  readonly setbacks: number;
  /** Business time of this failure. */
  readonly failedAt: BusinessInstant;
  /** Business time of the charge's first failure: steps at a local time count their days from its day. */
  readonly firstFailedAt: BusinessInstant;
}

/** How long a charge that waits for another card goes on when one comes, counted from its due time. */
export const WAITS_FOR_CARD_DAYS = 30;

/** HARD is never tried again on this key, KEY waits for a new card, the others take the next step of their class. Only SOFT uses up steps
 * of the whole case; the others begin anew after each decided attempt. */
export const decideRetry = (failure: FailureHistory, policy: RetryPolicy): RetryDecision => {
  const { failureCode } = failure;
  switch (classOf(failureCode)) {
    case 'HARD':
      return {
        retry: false,
        atEnd: policy.atEnd,
        reason: `${failureCode} is never tried again on the same key`,
      };
    case 'KEY':
      return {
        retry: false,
        atEnd: 'GO_ON',
        reason: `${failureCode} waits for another card, until ${WAITS_FOR_CARD_DAYS} days past due`,
      };
    case 'SOFT':
      return step('SOFT', policy.soft, { ...failure, policy, used: failure.declines });
    case 'TRANSIENT':
      return step('TRANSIENT', policy.transient, { ...failure, policy, used: failure.setbacks });
    case 'CONFIGURATION':
      return failureCode === 'PROVIDER_REJECTED'
        ? { retry: false, atEnd: 'GO_ON', reason: 'the provider refused the request itself' }
        : step('CONFIGURATION', policy.configuration, {
            ...{ ...failure, policy, used: failure.setbacks },
          });
  }
};

const REASONS: Record<RetriedClass, string> = {
  SOFT: 'retry policy',
  TRANSIENT: 'passing failure',
  CONFIGURATION: 'account settings',
};

const step = (
  failureClass: RetriedClass & FailureClass,
  steps: readonly RetryStep[],
  failure: FailureHistory & { readonly used: number; readonly policy: RetryPolicy },
): RetryDecision => {
  const { used, policy, declines } = failure;
  const isSoft = failureClass === 'SOFT';
  // No outage and no setting of ours ends what a customer agreed to.
  const atEnd = isSoft ? policy.atEnd : 'GO_ON';
  if (steps.length === 0) return { retry: false, atEnd, reason: 'no retry policy' };
  // A local time that has gone by (the failure was learned late) is a step that was missed.
  for (const [index, each] of steps.entries()) {
    const at = index < used ? undefined : timeOf(each, failure);
    if (!at || at <= failure.failedAt) continue;
    return {
      retry: true,
      at,
      declines: isSoft ? index + 1 : declines,
      setbacks: isSoft ? 0 : index + 1,
      reason: `${REASONS[failureClass]}: step ${index + 1} of ${steps.length}`,
    };
  }
  return { retry: false, atEnd, reason: `${REASONS[failureClass]}: every step is used up` };
};

const timeOf = (
  each: RetryStep,
  { failedAt, firstFailedAt, policy }: FailureHistory & { readonly policy: RetryPolicy },
): BusinessInstant =>
  'afterSeconds' in each
    ? after(failedAt, each.afterSeconds)
    : businessInstant(
        localDayAt(firstFailedAt, {
          ...{ days: each.day, timeOfDay: each.timeOfDay },
          timeZone: policy.timeZone,
        }),
      );
