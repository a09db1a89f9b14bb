import { classOf, invariant, type FailureCode } from '#kernel';
import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import type { Failure, Outcome, ProviderAnswer } from '#providers/contract';
import type { PolicyEnd, RetryPolicy } from '#dunning';

import type { Attempt, Charge } from './charge.js';
import type { IncidentKind } from './incident.js';
import { isLateEdge, mayTransition, type ChargeState } from './charge-state.js';
import { backoffSeconds, retryOf } from './retry.js';

/** What one outcome makes of a charge and its attempt: pure, decided before any transaction opens. */
export interface Settlement {
  readonly charge: Charge;
  readonly attemptId: string;
  /** Absent: the state stays. */
  readonly to: ChargeState | null;
  readonly cause: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly sendAt: BusinessInstant | null;
  readonly nextLookAt: MachineInstant | null;
  readonly looks: number;
  readonly absents: number;
  readonly firstAbsentAt: MachineInstant | null;
  readonly declines: number;
  readonly setbacks: number;
  readonly nonSends: number;
  readonly failure: Failure | null;
  /** Why it is tried again then, or not at all; told with a failure. */
  readonly retry: RetryOutlook | null;
  /** Absent: nothing was learned about the attempt. */
  readonly attempt: AttemptChange | null;
  readonly incidents: readonly NewIncident[];
}

export interface RetryOutlook {
  readonly reason: string;
  /** The version of its policy that decided; the case stays with it. */
  readonly policyVersion: number | null;
  /** What its policy wants of the schedule now that the charge is given up. */
  readonly atEnd: PolicyEnd | null;
}

export interface AttemptChange {
  readonly outcome: Outcome['kind'];
  readonly failureCode: FailureCode | null;
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
  readonly providerPaymentId: string | null;
  readonly providerChargeId: string | null;
  readonly capturedMinor: number;
  readonly answer: ProviderAnswer | null;
}

export interface NewIncident {
  readonly kind: IncidentKind;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface SettlingContext {
  readonly now: MachineInstant;
  readonly businessNow: BusinessInstant;
  readonly policy: RetryPolicy;
  readonly looksSeconds: readonly number[];
  /** Who or what learned it: `dispatcher`, `resolver`, `webhook`, `poller`, `operator …`. */
  readonly cause: string;
  /** A refusal or decline proves something: an attempt's first send, or an answer the provider keeps for a replay. */
  readonly isNegativeBelieved: boolean;
}

export const settle = (
  charge: Charge,
  attempt: Attempt,
  context: SettlingContext & { readonly outcome: Outcome },
): Settlement => {
  const { outcome } = context;
  switch (outcome.kind) {
    case 'SUCCEEDED':
      return succeeded(charge, attempt, { ...context, outcome });
    case 'DECLINED':
    case 'REJECTED':
      return context.isNegativeBelieved
        ? failed(charge, attempt, { ...context, outcome })
        : unknown(charge, attempt, {
            ...context,
            reason: `not believed after an earlier send: ${outcome.kind}`,
          });
    case 'NOT_SENT':
      return notSent(charge, attempt, { ...context, outcome });
    case 'PENDING':
      return waiting(charge, attempt, { ...context, to: 'PROCESSING' });
    case 'UNKNOWN':
      return unknown(charge, attempt, { ...context, reason: outcome.reason });
  }
};

type With<K extends Outcome['kind']> = SettlingContext & {
  readonly outcome: Extract<Outcome, { kind: K }>;
};

/** Where it goes from here: nowhere when it is there already, or a person is already looking at what is merely unclear. */
const edge = (from: ChargeState, to: ChargeState): ChargeState | null => {
  if (from === to || (to === 'UNKNOWN' && from === 'NEEDS_REVIEW')) return null;
  invariant(mayTransition(from, to), `expected an allowed transition, found ${from} → ${to}`);
  return to;
};

type Decided = Settlement & { readonly attempt: AttemptChange };

const base = (
  charge: Charge,
  attempt: Attempt,
  context: SettlingContext & { outcome: Outcome },
): Omit<Decided, 'to'> => ({
  charge,
  attemptId: attempt.id,
  cause: context.cause,
  evidence: evidenceOf(context.outcome),
  sendAt: null,
  nextLookAt: null,
  looks: 0,
  absents: 0,
  firstAbsentAt: null,
  declines: charge.declines,
  setbacks: charge.setbacks,
  nonSends: charge.nonSends,
  failure: null,
  retry: null,
  incidents: [],
  attempt: {
    outcome: context.outcome.kind,
    failureCode: null,
    providerCode: null,
    providerMessage: null,
    providerPaymentId: attempt.providerPaymentId,
    providerChargeId: null,
    capturedMinor: 0,
    answer: context.outcome.answer ?? null,
  },
});

const evidenceOf = ({ answer: _, ...said }: Outcome): Record<string, unknown> => ({ ...said });

const succeeded = (charge: Charge, attempt: Attempt, context: With<'SUCCEEDED'>): Settlement => {
  const { captured, providerPaymentId, providerChargeId } = context.outcome;
  const settlement = base(charge, attempt, context);
  if (captured.amountMinor !== charge.amountMinor || captured.currency !== charge.currency)
    return {
      ...unknown(charge, attempt, { ...context, reason: 'the captured amount differs' }),
      incidents: [
        {
          kind: 'AMOUNT_DIFFERS',
          detail: {
            expected: { amountMinor: charge.amountMinor, currency: charge.currency },
            found: captured,
            providerPaymentId,
          },
        },
      ],
    };
  return {
    ...settlement,
    to: edge(charge.state, 'SUCCEEDED'),
    setbacks: 0,
    nonSends: 0,
    attempt: {
      ...settlement.attempt,
      providerPaymentId,
      providerChargeId,
      capturedMinor: captured.amountMinor,
    },
    incidents: isLateEdge(charge.state)
      ? [{ kind: 'LATE_SUCCESS', detail: { from: charge.state, providerPaymentId } }]
      : [],
  };
};

const failed = (
  charge: Charge,
  attempt: Attempt,
  context: With<'DECLINED' | 'REJECTED'>,
): Settlement => {
  const { outcome } = context;
  const settlement = base(charge, attempt, context);
  const { failureCode, providerCode, providerMessage } = outcome;
  const decision = retryOf(charge, { ...context, outcome });
  return {
    ...settlement,
    to: edge(charge.state, decision.retry ? 'RETRY_SCHEDULED' : 'FAILED'),
    evidence: { ...settlement.evidence, retry: decision.reason },
    sendAt: decision.retry ? decision.at : null,
    declines: decision.retry ? decision.declines : charge.declines,
    setbacks: decision.retry ? decision.setbacks : 0,
    nonSends: decision.nonSends,
    failure: { failureCode, providerCode, providerMessage },
    retry: {
      reason: decision.reason,
      policyVersion: context.policy.version,
      atEnd: decision.retry ? null : decision.atEnd,
    },
    attempt: {
      ...settlement.attempt,
      failureCode,
      providerCode,
      providerMessage,
      providerPaymentId:
        (outcome.kind === 'DECLINED' ? outcome.providerPaymentId : null) ??
        attempt.providerPaymentId,
    },
    incidents:
      classOf(failureCode) === 'CONFIGURATION'
        ? [{ kind: 'CONFIGURATION', detail: { failureCode, providerCode, providerMessage } }]
        : [],
  };
};

/** It cannot have reached the provider: back to where it waited, a little later; no step is used up. */
const notSent = (charge: Charge, attempt: Attempt, context: With<'NOT_SENT'>): Settlement => {
  const { outcome, businessNow } = context;
  if (attempt.sends > 1)
    return unknown(charge, attempt, {
      ...context,
      reason: `the resend failed: ${outcome.reason}`,
    });
  const seconds = outcome.retryAfterSeconds ?? backoffSeconds(charge.nonSends);
  return {
    ...base(charge, attempt, context),
    to: edge(charge.state, charge.failureCode ? 'RETRY_SCHEDULED' : 'SCHEDULED'),
    sendAt: after(businessNow, seconds),
    nonSends: charge.nonSends + 1,
  };
};

const unknown = (
  charge: Charge,
  attempt: Attempt,
  { reason, ...context }: SettlingContext & { readonly outcome: Outcome; readonly reason: string },
): Settlement => {
  const settlement = waiting(charge, attempt, { ...context, to: 'UNKNOWN' });
  const paymentId =
    'providerPaymentId' in context.outcome ? (context.outcome.providerPaymentId ?? null) : null;
  return {
    ...settlement,
    evidence: { ...settlement.evidence, reason },
    attempt: {
      ...settlement.attempt,
      outcome: 'UNKNOWN',
      providerPaymentId: paymentId ?? attempt.providerPaymentId,
    },
  };
};

/** Not decided: it is looked at, at the times counted from when it became so. */
const waiting = (
  charge: Charge,
  attempt: Attempt,
  {
    to,
    ...context
  }: SettlingContext & { readonly outcome: Outcome; readonly to: 'PROCESSING' | 'UNKNOWN' },
): Decided => {
  const settlement = base(charge, attempt, context);
  const paymentId = context.outcome.kind === 'PENDING' ? context.outcome.providerPaymentId : null;
  return {
    ...settlement,
    to: edge(charge.state, to),
    // What went out in a bulk operation is the poller's to follow.
    nextLookAt: attempt.kind === 'BULK' ? null : after(context.now, context.looksSeconds[0] ?? 0),
    attempt: {
      ...settlement.attempt,
      providerPaymentId: paymentId ?? attempt.providerPaymentId,
    },
  };
};

/** A change of state that is nobody's answer: nothing is learned about an attempt. */
export const moved = (
  { charge }: { readonly charge: Charge },
  to: ChargeState,
  cause: string,
): Settlement => ({
  charge,
  attemptId: '',
  to,
  cause,
  evidence: {},
  sendAt: null,
  nextLookAt: null,
  looks: 0,
  absents: 0,
  firstAbsentAt: null,
  declines: charge.declines,
  setbacks: charge.setbacks,
  nonSends: charge.nonSends,
  failure: null,
  retry: null,
  attempt: null,
  incidents: [],
});
