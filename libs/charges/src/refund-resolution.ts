import type { MachineInstant } from '#platform/clock';
import { refusal } from '#merchants';

import type { ChargeRefusal } from './charge-refusal.js';
import type { LiveRefund, RefundChange } from './refund.js';
import { checkEvidence, PROVIDER_ID } from './resolution.js';

/** What a person says of a refund that asking could not settle. */
export interface RefundResolution {
  readonly outcome: 'SUCCEEDED' | 'FAILED' | 'NEVER_HAPPENED';
  /** What the person saw, and where. */
  readonly evidence: string;
  readonly providerRefundId?: string | null;
}

export const checkRefundResolution = ({
  evidence,
  providerRefundId,
}: RefundResolution): ChargeRefusal[] => {
  const refusals = checkEvidence(evidence);
  if (providerRefundId && !PROVIDER_ID.test(providerRefundId))
    refusals.push(
      refusal('INVALID_INPUT', ['providerRefundId'], 'expected 1–64 letters, digits or signs'),
    );
  return refusals;
};

/** A refund that stands: its status and who else acts on it, as its locked row tells. */
export interface StandingRefund {
  readonly status: 'PENDING' | 'UNKNOWN' | 'SUCCEEDED' | 'FAILED';
  readonly leaseUntil: MachineInstant | null;
}

/** Whether a person may decide: nobody waits for the provider's word on it, and asking has not settled it. */
export const checkUnclear = (
  { status, leaseUntil }: StandingRefund,
  now: MachineInstant,
): ChargeRefusal | undefined => {
  if (leaseUntil !== null && leaseUntil > now)
    return refusal(
      'IN_FLIGHT',
      ['id'],
      'expected a refund at rest, found one the provider is being asked about; try again in a moment',
    );
  return status === 'UNKNOWN'
    ? undefined
    : refusal('INVALID_STATE', ['id'], `expected a refund that is UNKNOWN, found ${status}`);
};

/** Never happened: the provider is asked once more, and the same bytes go out if it does not show it then. */
export const refundResolvedBy = (
  refund: LiveRefund,
  { outcome, providerRefundId, now }: RefundResolution & { readonly now: MachineInstant },
): RefundChange => {
  const isSentAgain = outcome === 'NEVER_HAPPENED';
  return {
    status: isSentAgain ? 'UNKNOWN' : outcome,
    providerRefundId: isSentAgain ? null : (providerRefundId ?? refund.providerRefundId),
    acceptedAt: isSentAgain ? null : refund.acceptedAt,
    resendGranted: isSentAgain,
    failure:
      outcome === 'FAILED'
        ? { failureCode: 'UNCLASSIFIED', providerCode: null, providerMessage: null }
        : null,
    answer: null,
    looks: isSentAgain ? 0 : refund.looks,
    nextLookAt: isSentAgain ? now : null,
    ...{ resend: false, isStuck: false },
  };
};
