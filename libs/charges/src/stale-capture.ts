import type { Charge } from './charge.js';
import { isCaptured, isLateEdge, type ChargeState } from './charge-state.js';
import type { AttemptChange, NewIncident } from './settlement.js';

/** How a charge stands that a former owner learned a capture of. */
export interface Overtaken {
  readonly state: ChargeState;
  /** The payment that counts, and those booked beside it. */
  readonly bookedPaymentIds: readonly string[];
}

/** A capture that its sender told too late to be applied. Nothing: it is known, or is asked about since nothing is decided. Told with the
 * same words as a look would, so that it is one incident whoever sees it. */
export const staleIncident = (
  charge: Charge,
  attempt: Pick<AttemptChange, 'providerPaymentId' | 'providerChargeId' | 'capturedMinor'>,
  { state, bookedPaymentIds }: Overtaken,
): NewIncident | undefined => {
  const { providerPaymentId, providerChargeId, capturedMinor } = attempt;
  if (isLateEdge(state) || state === 'SCHEDULED')
    return { kind: 'LATE_SUCCESS', detail: { providerPaymentId, learned: 'under an old lease' } };
  if (!isCaptured(state) || providerPaymentId === null) return undefined;
  if (bookedPaymentIds.includes(providerPaymentId)) return undefined;
  const amount = { amountMinor: charge.amountMinor, currency: charge.currency };
  return {
    kind: 'DUPLICATE_CAPTURE',
    detail: { providerPaymentId, amount, capturedMinor, providerChargeId },
  };
};
