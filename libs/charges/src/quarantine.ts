import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';

import type { Charge } from './charge.js';
import { mayTransition, type ChargeState } from './charge-state.js';
import { moved, type Settlement } from './settlement.js';

/** One crash may be the machine's; five times in a row that nothing came of taking a charge is the charge's. */
export const CLAIMS_MAX = 5;
/** As seldom as what waits for a person. */
export const QUARANTINE_SECONDS = 3_600;

/** Set aside: whoever touches it comes to grief. A person is told, it is tried again seldom, and the others go on. What may have been sent
 * is unclear; what waits to be sent goes on waiting. */
export const quarantined = (
  charge: Charge,
  context: {
    readonly now: MachineInstant;
    readonly businessNow: BusinessInstant;
    readonly cause: string;
    readonly detail: Readonly<Record<string, unknown>>;
  },
): Settlement => {
  const { now, businessNow, cause, detail } = context;
  const isWaiting = charge.state === 'SCHEDULED' || charge.state === 'RETRY_SCHEDULED';
  const { looks, absents, firstAbsentAt } = charge;
  return {
    ...moved({ charge }, charge.state, cause),
    ...{ to: restingPlace(charge.state), evidence: detail, looks, absents, firstAbsentAt },
    sendAt: isWaiting ? after(businessNow, QUARANTINE_SECONDS) : null,
    nextLookAt: isWaiting ? null : after(now, QUARANTINE_SECONDS),
    incidents: [{ kind: 'QUARANTINED', detail }],
  };
};

/** A person's list where the table of transitions leads there, else as near to it; absent: it stays. */
const restingPlace = (state: ChargeState): ChargeState | null => {
  if (mayTransition(state, 'NEEDS_REVIEW')) return 'NEEDS_REVIEW';
  return mayTransition(state, 'UNKNOWN') ? 'UNKNOWN' : null;
};
