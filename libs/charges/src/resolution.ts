import type { BusinessInstant, MachineInstant } from '#platform/clock';
import type { Outcome } from '#providers/contract';

import type { Attempt, Charge } from './charge.js';
import { settle, type Settlement } from './settlement.js';

/** What a person says of a charge that asking could not settle. */
export interface Resolution {
  readonly outcome: 'SUCCEEDED' | 'FAILED' | 'NEVER_HAPPENED';
  /** What the person saw, and where. */
  readonly evidence: string;
  readonly providerPaymentId?: string | null;
}

/** Never happened: the attempt counts as not sent, and the charge is due again, claimed like any other. */
export const resolvedBy = (
  charge: Charge,
  attempt: Attempt,
  {
    by,
    now,
    businessNow,
    ...resolution
  }: Resolution & {
    readonly by: string;
    readonly now: MachineInstant;
    readonly businessNow: BusinessInstant;
  },
): Settlement => {
  const { outcome, evidence } = resolution;
  const cause = `${by}: resolved as ${outcome}`;
  const settlement = settle(charge, attempt, {
    ...{ cause, now, businessNow, looksSeconds: [], policy: { delaysSeconds: [] } },
    isNegativeBelieved: true,
    outcome: asOutcome(charge, attempt, resolution),
  });
  const told = { ...settlement, cause, evidence: { told: evidence } };
  if (outcome !== 'NEVER_HAPPENED' || !settlement.attempt) return told;
  return {
    ...told,
    to: 'RETRY_SCHEDULED',
    sendAt: businessNow,
    failure: null,
    attempt: { ...settlement.attempt, outcome: 'NOT_SENT', failureCode: null },
  };
};

const asOutcome = (charge: Charge, attempt: Attempt, resolution: Resolution): Outcome => {
  const seen = resolution.providerPaymentId ?? attempt.providerPaymentId;
  return resolution.outcome === 'SUCCEEDED'
    ? {
        kind: 'SUCCEEDED',
        providerPaymentId: seen ?? attempt.providerReference,
        providerChargeId: null,
        captured: { amountMinor: charge.amountMinor, currency: charge.currency },
      }
    : {
        kind: 'DECLINED',
        providerPaymentId: seen,
        failureCode: 'UNCLASSIFIED',
        providerCode: null,
        providerMessage: null,
      };
};
