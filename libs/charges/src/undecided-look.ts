import { after, type MachineInstant } from '#platform/clock';
import type { Capabilities } from '#providers/contract';

import type { Attempt, Charge } from './charge.js';
import { isLookedAt } from './charge-state.js';
import type { Finding } from './look.js';
import type { Settlement } from './settlement.js';

export interface LookContext {
  readonly now: MachineInstant;
  /** When its next look is due. One before that somebody asked for: a webhook, or the sweep of a provider's captures. */
  readonly plannedAt: MachineInstant | null;
  readonly looksSeconds: readonly number[];
  readonly quietPeriodSeconds: number;
  readonly lookUp: Capabilities['lookUp'];
  readonly replay: Capabilities['replay'];
  readonly cause: string;
}

/** Absences in a row, spread over the quiet period, before absence is proof. */
export const ABSENTS_NEEDED = 3;
/** Sent so often, and nothing ever arrived: a key that is gone is refused each time, and no refusal of a resend is believed. Then a person is
 * asked. */
const SENDS_MAX = 10;
/** Once a person was asked, we still ask the provider this often. */
const REVIEW_LOOK_SECONDS = 3_600;

type Look = Settlement & { readonly resend: boolean };

/** What a look that decided nothing comes to: the next look, a person, or the proof that lets it be sent again. */
export const afterLook = (
  charge: Charge,
  attempt: Attempt,
  context: LookContext & { readonly finding: Finding },
): Look => {
  const { finding } = context;
  // Decided already, or the poller's to follow: nothing but an incident can come of it.
  if (!isLookedAt(charge.state) || attempt.kind === 'BULK')
    return unmoved(charge, attempt, context);
  const isPlanned = context.plannedAt !== null && context.plannedAt <= context.now;
  const counted = isPlanned ? countLook(charge, context) : uncounted(charge, context);
  const isOver = isPlanned && context.looksSeconds[counted.looks] === undefined;
  const isReviewDue = isOver && charge.state !== 'NEEDS_REVIEW';
  const resend = isPlanned && isProvedAbsent(charge, attempt, { ...context, ...counted });
  const to = resend ? null : restingState(charge, finding, isReviewDue);
  return {
    ...unmoved(charge, attempt, context),
    ...counted,
    to,
    cause: to === 'SKIPPED' ? `${context.cause}: it was revoked at the provider` : context.cause,
    evidence: {
      look: counted.looks,
      found: finding.kind,
      absents: counted.absents,
      ...(finding.kind === 'INCONCLUSIVE' ? { reason: finding.reason } : {}),
    },
    attempt: attemptAfter(attempt, finding),
    resend,
  };
};

const unmoved = (
  charge: Charge,
  attempt: Attempt,
  { finding, cause }: LookContext & { readonly finding: Finding },
): Look => ({
  charge,
  attemptId: attempt.id,
  ...{ to: null, cause, evidence: { found: finding.kind }, sendAt: null, nextLookAt: null },
  ...{ looks: charge.looks, absents: charge.absents, firstAbsentAt: charge.firstAbsentAt },
  ...{
    declines: charge.declines,
    setbacks: charge.setbacks,
    nonSends: charge.nonSends,
    failure: null,
    retry: null,
    attempt: null,
  },
  incidents: 'incidents' in finding ? finding.incidents : [],
  resend: false,
});

interface CountedLook {
  readonly looks: number;
  readonly absents: number;
  readonly firstAbsentAt: MachineInstant | null;
  readonly nextLookAt: MachineInstant;
}

/** However often somebody asks before its time: no look is used up, the next one stays as it is due, and no absence is counted. */
const uncounted = (
  { looks, absents, firstAbsentAt }: Charge,
  { finding, now, looksSeconds, plannedAt }: LookContext & { readonly finding: Finding },
): CountedLook => ({
  ...(finding.kind === 'ABSENT' ? { absents, firstAbsentAt } : { absents: 0, firstAbsentAt: null }),
  ...{ looks, nextLookAt: plannedAt ?? after(now, looksSeconds[0] ?? 0) },
});

/** Looks are due at their times from when it became unclear, and never at once again, also when the process slept past several. */
const countLook = (
  charge: Charge,
  { finding, now, looksSeconds }: LookContext & { readonly finding: Finding },
): CountedLook => {
  const isAbsent = finding.kind === 'ABSENT';
  const looks = charge.looks + 1;
  const seconds = looksSeconds[looks];
  const since = charge.unresolvedSince ?? now;
  const next = seconds === undefined ? after(now, REVIEW_LOOK_SECONDS) : after(since, seconds);
  return {
    looks,
    absents: isAbsent ? charge.absents + 1 : 0,
    firstAbsentAt: isAbsent ? (charge.firstAbsentAt ?? now) : null,
    nextLookAt: next.getTime() > now.getTime() ? next : after(now, looksSeconds[0] ?? 0),
  };
};

/** Absent three times in a row, the quiet period over, nothing the provider ever said of a payment, and a provider that would know or
 * answers the identical request again. */
const isProvedAbsent = (
  charge: Charge,
  attempt: Attempt,
  look: LookContext & CountedLook,
): boolean => {
  const quietFrom = after(charge.unresolvedSince ?? look.now, look.quietPeriodSeconds);
  return (
    (charge.state === 'UNKNOWN' || charge.state === 'NEEDS_REVIEW') &&
    look.absents >= ABSENTS_NEEDED &&
    look.now.getTime() >= quietFrom.getTime() &&
    attempt.kind === 'CHARGE' &&
    attempt.sends < SENDS_MAX &&
    attempt.providerPaymentId === null &&
    (look.lookUp === 'CONCLUSIVE' || look.replay === 'ENFORCED')
  );
};

/** A lost sender's charge is UNKNOWN from the first look on; what the looks could not settle is for a person. */
const restingState = (
  { state }: Charge,
  finding: Finding,
  isReviewDue: boolean,
): Settlement['to'] => {
  if (finding.kind === 'REVOKED' && state === 'REGISTERED') return 'SKIPPED';
  if (finding.kind === 'PENDING' && state !== 'PROCESSING' && state !== 'NEEDS_REVIEW')
    return 'PROCESSING';
  if (state === 'SUBMITTING') return 'UNKNOWN';
  if (state === 'REGISTERED') return isReviewDue ? 'UNKNOWN' : null;
  // The provider had it and shows it no more: that is not what PROCESSING says.
  if (state === 'PROCESSING' && finding.kind === 'ABSENT') return 'UNKNOWN';
  return isReviewDue ? 'NEEDS_REVIEW' : null;
};

const attemptAfter = (attempt: Attempt, finding: Finding): Settlement['attempt'] => {
  const change = {
    ...{ failureCode: null, providerCode: null, providerMessage: null },
    providerPaymentId: attempt.providerPaymentId,
    ...{ providerChargeId: null, capturedMinor: 0, answer: null },
  };
  if (finding.kind === 'REVOKED') return { ...change, outcome: 'NOT_SENT' };
  if (finding.kind !== 'PENDING') return null;
  const { providerPaymentId, answer } = finding.outcome;
  return {
    ...{ ...change, outcome: 'PENDING', answer: answer ?? null },
    providerPaymentId: providerPaymentId ?? attempt.providerPaymentId,
  };
};
