import type {
  Capabilities,
  Outcome,
  ProviderPayment,
  Reading,
  SentReference,
} from '#providers/contract';

import type { Charge } from './charge.js';
import { isCaptured, isLateEdge, isLookedAt } from './charge-state.js';
import { isOfTheKey } from './of-this-charge.js';
import type { NewIncident } from './settlement.js';

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

/** Issuers' declines come with it; what else refuses may speak of the second send alone (an agreement that was ended meanwhile). */
const PAYMENT_REQUIRED = 402;

/** A no to a second send proves nothing about the first, unless it is the first's own answer again. That only a decline can be; a refusal
 * at the door (too many requests, bad credentials, no such key) never is. */
export const isFirstAnswerAgain = (replay: Capabilities['replay'], outcome: Outcome): boolean =>
  replay === 'ENFORCED' &&
  outcome.kind === 'DECLINED' &&
  outcome.answer?.status === PAYMENT_REQUIRED;
