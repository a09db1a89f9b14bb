import type { BusinessInstant } from '#platform/clock';

import type { Attempt, Charge } from './charge.js';
import { afterLook, type LookContext } from './undecided-look.js';
import { moved, type Settlement } from './settlement.js';

/** Taken back before the wire: a hold or an open breaker came between claim and send. It waits where it waited, due as before; no step and
 * no back-off is used up, and its next attempt keeps the reference. */
export const withdrawn = (charge: Charge, attempt: Attempt, reason: string): Settlement => ({
  ...moved(
    { charge },
    charge.failureCode ? 'RETRY_SCHEDULED' : 'SCHEDULED',
    'dispatcher: taken back before it was sent',
  ),
  attemptId: attempt.id,
  sendAt: charge.sendAt,
  evidence: { kind: 'NOT_SENT', reason },
  attempt: {
    ...{ outcome: 'NOT_SENT', failureCode: null, providerCode: null, providerMessage: null },
    ...{ providerPaymentId: null, providerChargeId: null, capturedMinor: 0, answer: null },
  },
});

/** It would go out again by what the looks found, and may not. Proved absent it never happened: due again like what a person resolves so,
 * and refused by whoever claims it. Where absence is no proof only the resend could have told: asking goes on, and then a person is asked. */
export const notSentAgain = (
  charge: Charge,
  attempt: Attempt,
  {
    businessNow,
    obstacle,
    ...context
  }: LookContext & {
    readonly businessNow: BusinessInstant;
    readonly obstacle: string;
  },
): Settlement => {
  // A replay that is not made tells nothing.
  const look = afterLook(charge, attempt, {
    ...context,
    ...{ finding: { kind: 'ABSENT' }, replay: 'NONE' },
  });
  const evidence = { ...look.evidence, notSentAgain: obstacle };
  if (!look.resend) return { ...look, evidence };
  return {
    ...withdrawn(charge, attempt, obstacle),
    ...{ to: 'RETRY_SCHEDULED', sendAt: businessNow, evidence },
    cause: `${context.cause}: it never arrived, and is not sent again`,
  };
};
