import { after, type MachineInstant } from '#platform/clock';
import type {
  Capabilities,
  Outcome,
  ProviderPayment,
  Reading,
  SentReference,
} from '#providers/contract';

import type { Attempt, Charge } from './charge.js';
import { isCaptured, isLateEdge, isLookedAt } from './charge-state.js';
import { isOfTheKey } from './of-this-charge.js';
import type { NewIncident, Settlement } from './settlement.js';

type Said<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>;

/** What asking the provider told about one charge. */
export type Finding =
  | {
      readonly kind: 'VERDICT';
      readonly outcome: Said<'SUCCEEDED'> | Said<'DECLINED'>;
      readonly incidents: readonly NewIncident[];
    }
  | { readonly kind: 'PENDING'; readonly outcome: Said<'PENDING'> }
  | { readonly kind: 'ABSENT' }
  /** The provider says it will not fire what was registered with it. */
  | { readonly kind: 'REVOKED' }
  | {
      readonly kind: 'INCONCLUSIVE';
      readonly reason: string;
      readonly incidents: readonly NewIncident[];
    };

export interface Expected {
  readonly charge: Charge;
  /** All it was ever sent as: a payment must be of the key its reference was sent with. */
  readonly references: readonly SentReference[];
  /** The payment this attempt is known to be: of several that fit, it is the one that counts. */
  readonly knownPaymentId: string | null;
  /** Payments of earlier attempts. That they failed says nothing about this one; that one was paid after all says everything. */
  readonly bookedPaymentIds: readonly string[];
}

/** Money that moved outweighs every other word: captured, then undecided, then failed, then nothing. */
export const judge = (
  reading: Reading<{ readonly payments: readonly ProviderPayment[] }>,
  expected: Expected,
): Finding => {
  if (reading.kind === 'UNAVAILABLE')
    return { kind: 'INCONCLUSIVE', reason: reading.reason, incidents: [] };
  if (reading.kind === 'ABSENT') return { kind: 'ABSENT' };
  const captured = reading.payments.filter(({ capturedMinor }) => capturedMinor > 0);
  if (captured.length > 0) return judgeCaptured(captured, expected);
  const news = reading.payments.filter((payment) => !isBooked(payment, expected));
  const pending = news.find(({ status }) => status === 'PENDING');
  if (pending) {
    const { providerPaymentId, answer } = pending;
    return { kind: 'PENDING', outcome: { kind: 'PENDING', providerPaymentId, answer } };
  }
  const failed = news.find(({ status, failure }) => status === 'FAILED' && failure !== null);
  if (!failed?.failure) return { kind: 'ABSENT' };
  const { providerPaymentId, answer, failure } = failed;
  const outcome: Outcome = { kind: 'DECLINED', providerPaymentId, answer, ...failure };
  return { kind: 'VERDICT', outcome, incidents: [] };
};

const judgeCaptured = (captured: readonly ProviderPayment[], expected: Expected): Finding => {
  const isKnown = ({ providerPaymentId }: ProviderPayment) =>
    providerPaymentId === expected.knownPaymentId;
  const fitting = captured.filter((payment) => isTheOrder(payment, expected));
  // Once a payment counts no other can, also where the provider does not show that one at the moment.
  const isCounted = isCaptured(expected.charge.state) && expected.knownPaymentId !== null;
  const ours = fitting.find(isKnown) ?? (isCounted ? undefined : fitting[0]);
  const incidents = captured
    .filter((payment) => payment !== ours)
    .map((payment) =>
      fitting.includes(payment) ? duplicate(payment) : stranger(payment, expected),
    );
  if (!ours)
    return {
      kind: 'INCONCLUSIVE',
      reason: 'a payment under our reference is not the one we asked for',
      incidents,
    };
  const late = isBooked(ours, expected) ? [lateSuccess(ours)] : [];
  return { kind: 'VERDICT', outcome: capturedOutcome(ours), incidents: [...late, ...incidents] };
};

const isBooked = ({ providerPaymentId }: ProviderPayment, { bookedPaymentIds }: Expected) =>
  bookedPaymentIds.includes(providerPaymentId);

const isTheOrder = (payment: ProviderPayment, expected: Expected): boolean =>
  payment.amount.amountMinor === expected.charge.amountMinor &&
  payment.capturedMinor === expected.charge.amountMinor &&
  payment.amount.currency === expected.charge.currency &&
  isOfTheKey(payment, expected);

const capturedOutcome = (payment: ProviderPayment): Said<'SUCCEEDED'> => ({
  kind: 'SUCCEEDED',
  providerPaymentId: payment.providerPaymentId,
  providerChargeId: payment.providerChargeId,
  captured: { amountMinor: payment.capturedMinor, currency: payment.amount.currency },
  answer: payment.answer,
});

const detailOf = ({ providerPaymentId, amount, capturedMinor }: ProviderPayment) => ({
  ...{ providerPaymentId, amount, capturedMinor },
});
const duplicate = (payment: ProviderPayment): NewIncident => ({
  kind: 'DUPLICATE_CAPTURE',
  detail: { ...detailOf(payment), providerChargeId: payment.providerChargeId },
});
/** Of our key it is our order with another amount; of another key it is somebody else's payment. */
const stranger = (payment: ProviderPayment, expected: Expected): NewIncident => ({
  kind: isOfTheKey(payment, expected) ? 'AMOUNT_DIFFERS' : 'FOREIGN_PAYMENT',
  detail: detailOf(payment),
});
const lateSuccess = (payment: ProviderPayment): NewIncident => ({
  kind: 'LATE_SUCCESS',
  detail: detailOf(payment),
});

/** Whether what was found ends the matter. Of a charge that is decided already only a capture after all is news. */
export const isDecisive = (
  charge: Charge,
  finding: Finding,
): finding is Extract<Finding, { kind: 'VERDICT' }> =>
  finding.kind === 'VERDICT' &&
  (isLookedAt(charge.state) || (isLateEdge(charge.state) && finding.outcome.kind === 'SUCCEEDED'));

export interface LookContext {
  readonly now: MachineInstant;
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
  const counted = countLook(charge, context);
  const isReviewDue =
    context.looksSeconds[counted.looks] === undefined && charge.state !== 'NEEDS_REVIEW';
  const resend = isProvedAbsent(charge, attempt, { ...context, ...counted });
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

/** Issuers' declines come with it; what else refuses may speak of the second send alone (an agreement that was ended meanwhile). */
const PAYMENT_REQUIRED = 402;

/** A no to a second send proves nothing about the first, unless it is the first's own answer again. That only a decline can be; a refusal
 * at the door (too many requests, bad credentials, no such key) never is. */
export const isFirstAnswerAgain = (replay: Capabilities['replay'], outcome: Outcome): boolean =>
  replay === 'ENFORCED' &&
  outcome.kind === 'DECLINED' &&
  outcome.answer?.status === PAYMENT_REQUIRED;

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
