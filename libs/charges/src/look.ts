import { after, type MachineInstant } from '#platform/clock';
import type { Capabilities, Outcome, ProviderPayment, Reading } from '#providers/contract';

import type { Attempt, Charge } from './charge.js';
import type { NewIncident, Settlement } from './settlement.js';

/** What asking the provider told about one charge. */
export type Finding =
  | {
      readonly kind: 'VERDICT';
      readonly outcome: Outcome;
      readonly incidents: readonly NewIncident[];
    }
  | { readonly kind: 'ABSENT' }
  /** The provider says it will not fire what was registered with it. */
  | { readonly kind: 'REVOKED' }
  | {
      readonly kind: 'INCONCLUSIVE';
      readonly reason: string;
      readonly incidents: readonly NewIncident[];
    };

/** A payment that was booked on an earlier attempt of the charge says nothing about this one. */
export interface Expected {
  readonly charge: Charge;
  readonly providerKey: string;
  readonly bookedPaymentIds: readonly string[];
}

export const judge = (
  reading: Reading<{ readonly payments: readonly ProviderPayment[] }>,
  expected: Expected,
): Finding => {
  if (reading.kind === 'UNAVAILABLE')
    return { kind: 'INCONCLUSIVE', reason: reading.reason, incidents: [] };
  if (reading.kind === 'ABSENT') return { kind: 'ABSENT' };
  const news = reading.payments.filter(
    ({ providerPaymentId }) => !expected.bookedPaymentIds.includes(providerPaymentId),
  );
  const captured = news.filter(({ capturedMinor }) => capturedMinor > 0);
  const [ours, ...others] = captured.filter((payment) => isTheOrder(payment, expected));
  if (ours)
    return { kind: 'VERDICT', outcome: capturedOutcome(ours), incidents: others.map(duplicate) };
  if (captured.length > 0)
    return {
      kind: 'INCONCLUSIVE',
      reason: 'a payment under our reference is not the one we asked for',
      incidents: captured.map(foreign),
    };
  const pending = news.find(({ status }) => status === 'PENDING');
  if (pending && expected.charge.state === 'PROCESSING')
    return { kind: 'INCONCLUSIVE', reason: 'the provider has not decided yet', incidents: [] };
  if (pending)
    return {
      kind: 'VERDICT',
      outcome: {
        kind: 'PENDING',
        providerPaymentId: pending.providerPaymentId,
        answer: pending.answer,
      },
      incidents: [],
    };
  const failed = news.find(({ status, failure }) => status === 'FAILED' && failure !== null);
  return failed?.failure
    ? {
        kind: 'VERDICT',
        outcome: {
          kind: 'DECLINED',
          providerPaymentId: failed.providerPaymentId,
          answer: failed.answer,
          ...failed.failure,
        },
        incidents: [],
      }
    : { kind: 'ABSENT' };
};

const isTheOrder = (payment: ProviderPayment, { charge, providerKey }: Expected): boolean =>
  payment.amount.amountMinor === charge.amountMinor &&
  payment.amount.currency === charge.currency &&
  (payment.providerKey === null || payment.providerKey === providerKey);

const capturedOutcome = (payment: ProviderPayment): Outcome => ({
  kind: 'SUCCEEDED',
  providerPaymentId: payment.providerPaymentId,
  providerChargeId: payment.providerChargeId,
  captured: { amountMinor: payment.capturedMinor, currency: payment.amount.currency },
  answer: payment.answer,
});

const duplicate = (payment: ProviderPayment): NewIncident => ({
  kind: 'DUPLICATE_CAPTURE',
  detail: { providerPaymentId: payment.providerPaymentId, amount: payment.amount },
});
const foreign = (payment: ProviderPayment): NewIncident => ({
  kind: 'FOREIGN_PAYMENT',
  detail: { providerPaymentId: payment.providerPaymentId, amount: payment.amount },
});

export interface LookContext {
  readonly now: MachineInstant;
  readonly looksSeconds: readonly number[];
  readonly quietPeriodSeconds: number;
  readonly lookUp: Capabilities['lookUp'];
  readonly replay: Capabilities['replay'];
  readonly cause: string;
}

/** Absences in a row, spread over the quiet period, before absence is proof. */
const ABSENTS_NEEDED = 3;
/** Once a person was asked, we still ask the provider this often. */
const REVIEW_LOOK_SECONDS = 3_600;

/** What a look that decided nothing comes to: the next look, a person, or the proof that lets it be sent again. */
export const afterLook = (
  charge: Charge,
  attempt: Attempt,
  {
    finding,
    ...context
  }: LookContext & { readonly finding: Exclude<Finding, { kind: 'VERDICT' }> },
): Settlement & { readonly resend: boolean } => {
  const { now, looksSeconds } = context;
  const since = charge.unresolvedSince ?? now;
  const isAbsent = finding.kind === 'ABSENT';
  const absents = isAbsent ? charge.absents + 1 : 0;
  const firstAbsentAt = isAbsent ? (charge.firstAbsentAt ?? now) : null;
  const looks = charge.looks + 1;
  const isQuiet = now.getTime() >= after(since, context.quietPeriodSeconds).getTime();
  const resend =
    isAbsent &&
    absents >= ABSENTS_NEEDED &&
    isQuiet &&
    attempt.kind === 'CHARGE' &&
    (context.lookUp === 'CONCLUSIVE' || context.replay === 'ENFORCED');
  const nextSeconds = looksSeconds[looks];
  const isReviewDue = nextSeconds === undefined && charge.state !== 'NEEDS_REVIEW';
  const next =
    nextSeconds === undefined ? after(now, REVIEW_LOOK_SECONDS) : after(since, nextSeconds);
  return {
    charge,
    attemptId: attempt.id,
    to: finding.kind === 'REVOKED' ? 'SKIPPED' : resend ? null : restingState(charge, isReviewDue),
    cause: context.cause,
    evidence: {
      look: looks,
      found: finding.kind,
      absents,
      ...(finding.kind === 'INCONCLUSIVE' ? { reason: finding.reason } : {}),
    },
    sendAt: null,
    // Never at once again, also when the process slept past several looks.
    nextLookAt: next.getTime() > now.getTime() ? next : after(now, looksSeconds[0] ?? 0),
    looks,
    absents,
    firstAbsentAt,
    declines: charge.declines,
    setbacks: charge.setbacks,
    failure: null,
    attempt: null,
    incidents: finding.kind === 'INCONCLUSIVE' ? finding.incidents : [],
    resend,
  };
};

/** A lost sender's charge is UNKNOWN from the first look on; what the looks could not settle is for a person. */
const restingState = (charge: Charge, isReviewDue: boolean): Settlement['to'] => {
  if (charge.state === 'SUBMITTING' || charge.state === 'REGISTERED')
    return charge.state === 'SUBMITTING' || isReviewDue ? 'UNKNOWN' : null;
  return isReviewDue ? 'NEEDS_REVIEW' : null;
};
