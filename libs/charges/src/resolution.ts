import { textProblem } from '#kernel';
import type { BusinessInstant, MachineInstant } from '#platform/clock';
import type { Outcome } from '#providers/contract';
import { NO_RETRY } from '#dunning';
import { refusal } from '#merchants';

import type { Attempt, Charge } from './charge.js';
import type { ChargeRefusal } from './charge-refusal.js';
import { settle, type Settlement } from './settlement.js';

/** What a person says of a charge that asking could not settle. */
export interface Resolution {
  readonly outcome: 'SUCCEEDED' | 'FAILED' | 'NEVER_HAPPENED';
  /** What the person saw, and where. */
  readonly evidence: string;
  readonly providerPaymentId?: string | null;
}

/** A page of prose; more belongs in a ticket. */
const EVIDENCE_MAX = 2_000;
/** The longest id of either provider has 32 characters. */
export const PROVIDER_ID = /^[\x21-\x7e]{1,64}$/;

/** Whether a person said what was seen. */
export const checkEvidence = (evidence: string): ChargeRefusal[] => {
  if (evidence.trim() === '')
    return [refusal('EVIDENCE_REQUIRED', ['evidence'], 'expected what was seen, and where')];
  const problem = textProblem(evidence, EVIDENCE_MAX, 'PROSE');
  return problem ? [refusal('INVALID_INPUT', ['evidence'], problem)] : [];
};

/** What a person's word lacks. What the provider may still fire by itself is taken back there first. */
export const checkResolution = (resolution: Resolution, attempt: Attempt): ChargeRefusal[] => {
  const { outcome, evidence, providerPaymentId } = resolution;
  const refusals = checkEvidence(evidence);
  if (providerPaymentId && !PROVIDER_ID.test(providerPaymentId))
    refusals.push(
      refusal('INVALID_INPUT', ['providerPaymentId'], 'expected 1–64 letters, digits or signs'),
    );
  if (outcome === 'NEVER_HAPPENED' && attempt.kind === 'SCHEDULE')
    refusals.push(
      refusal(
        'INVALID_STATE',
        ['outcome'],
        'expected an attempt we sent; the provider may still fire this one itself: revoke it there, then resolve it as FAILED',
      ),
    );
  return refusals;
};

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
    ...{ cause, now, businessNow, looksSeconds: [], policy: NO_RETRY },
    isNegativeBelieved: true,
    outcome: asOutcome(charge, attempt, resolution),
  });
  const told = { ...settlement, cause, evidence: { told: evidence } };
  if (!settlement.attempt) return told;
  if (outcome === 'SUCCEEDED') {
    const { providerPaymentId } = settlement.attempt;
    return {
      ...told,
      attempt: {
        ...settlement.attempt,
        providerPaymentId: providerPaymentId === UNSEEN ? null : providerPaymentId,
      },
    };
  }
  if (outcome === 'FAILED')
    return { ...told, retry: { ...PERSON_SAID_SO, policyVersion: null, atEnd: null } };
  if (outcome !== 'NEVER_HAPPENED') return told;
  return {
    ...told,
    to: 'RETRY_SCHEDULED',
    sendAt: businessNow,
    ...{ failure: null, retry: null },
    attempt: { ...settlement.attempt, outcome: 'NOT_SENT', failureCode: null },
  };
};

const PERSON_SAID_SO = { reason: 'a person resolved it as failed' };

/** The person named no payment: none is kept, and a refund will ask for it. */
const UNSEEN = '';

const asOutcome = (charge: Charge, attempt: Attempt, resolution: Resolution): Outcome => {
  const seen = resolution.providerPaymentId ?? attempt.providerPaymentId;
  return resolution.outcome === 'SUCCEEDED'
    ? {
        kind: 'SUCCEEDED',
        providerPaymentId: seen ?? UNSEEN,
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
