import { classOf } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import type { CardAnswer } from '#dunning';

import type { Settlement } from './settlement.js';

/** What the networks count of settled attempts: declines, and the approvals that end a run of them. */
export const cardAnswersOf = (
  settlements: readonly Settlement[],
  at: BusinessInstant,
): CardAnswer[] =>
  settlements.flatMap(({ charge, attemptId, attempt }) => {
    if (attempt?.outcome !== 'DECLINED' && attempt?.outcome !== 'SUCCEEDED') return [];
    const { providerAccountId, billingKeyId, amountMinor, currency } = charge;
    const { failureCode } = attempt;
    return [
      {
        ...{ attemptId, providerAccountId, billingKeyId, amountMinor, currency, at },
        isApproval: attempt.outcome === 'SUCCEEDED',
        hardFailureCode: failureCode && classOf(failureCode) === 'HARD' ? failureCode : null,
      },
    ];
  });
