import type { Attempt, Charge } from './charge.js';
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
