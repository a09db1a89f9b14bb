import type { ChargeState } from '#charges';
import { after, type MachineInstant } from '#platform/clock';
import type { WebhookHint } from '#providers/contract';

export const WEBHOOK_EVENT_STATUSES = ['RECEIVED', 'APPLIED', 'IGNORED', 'ORPHANED'] as const;
export type WebhookEventStatus = (typeof WEBHOOK_EVENT_STATUSES)[number];
export type Claims = WebhookHint['claims'];

/** What a provider sent to us. */
export interface WebhookEvent {
  readonly id: string;
  readonly providerAccountId: string;
  readonly event: string;
  readonly claims: Claims;
  readonly providerPaymentId: string | null;
  readonly reference: string | null;
  readonly orderId: string | null;
  readonly body: unknown;
  readonly status: WebhookEventStatus;
  readonly note: string | null;
  readonly chargeId: string | null;
  /** How often the provider was asked because of it, and did not confirm it. */
  readonly tries: number;
  readonly receivedAt: MachineInstant;
  readonly appliedAt: MachineInstant | null;
}

/** A charge as an event finds it. */
export interface ChargeSubject {
  readonly kind: 'CHARGE';
  readonly chargeId: string;
  readonly state: ChargeState;
  /** Somebody is sending or asking right now. */
  readonly isLeased: boolean;
  /** The last attempt; absent: nothing was ever sent. */
  readonly attemptId: string | null;
  readonly attemptKind: 'CHARGE' | 'SCHEDULE' | 'BULK' | null;
  readonly providerOperationId: string | null;
  /** Payments booked as captured: the one that counts, and duplicates of it. */
  readonly paymentIds: readonly string[];
}

export interface RegistrationSubject {
  readonly kind: 'REGISTRATION';
  readonly registrationId: string;
  readonly isOpen: boolean;
}

export type Subject = ChargeSubject | RegistrationSubject;

/** What is done with an event: pure, decided by the subject's state and never by the order of arrival. */
export type Decision =
  | { readonly kind: 'END'; readonly status: 'APPLIED' | 'IGNORED'; readonly note: string }
  | { readonly kind: 'ASK_CHARGE' | 'ASK_REGISTRATION' }
  | { readonly kind: 'PARK'; readonly note: string }
  | {
      readonly kind: 'POLL_OPERATION';
      readonly providerOperationId: string;
      readonly note: string;
      /** The poll may name another payment than this event: the event is looked at again. */
      readonly isAwaited: boolean;
    }
  | { readonly kind: 'LOOK_FOR_REFUND'; readonly note: string };

const applied = (note: string): Decision => ({ kind: 'END', status: 'APPLIED', note });
const ignored = (note: string): Decision => ({ kind: 'END', status: 'IGNORED', note });

const PARKED: Decision = { kind: 'PARK', note: 'nothing of ours yet' };

type Claim = Pick<WebhookEvent, 'claims' | 'providerPaymentId'>;
/** `waitedSeconds`: since it was received. */
type Waiting = Claim & { readonly waitedSeconds: number };

export const decide = (event: Waiting, subject: Subject | undefined): Decision => {
  if (!subject) return isNews(event) ? PARKED : ignored('it tells nothing to act on');
  if (subject.kind === 'CHARGE') return decideOnCharge(event, subject);
  if (!subject.isOpen) return applied('the registration had ended before');
  return event.claims === 'OTHER'
    ? ignored('the card has not been typed yet')
    : { kind: 'ASK_REGISTRATION' };
};

const isNews = ({ claims }: Claim): boolean => claims !== 'OTHER';
const isOfMoney = ({ claims }: Claim): boolean => claims === 'CAPTURED' || claims === 'REFUNDED';

const decideOnCharge = (event: Waiting, charge: ChargeSubject): Decision => {
  const { state } = charge;
  const isOfVerdict = isOfMoney(event) || event.claims === 'FAILED';
  if (!isOfVerdict) return ignored('it tells nothing about the outcome');
  switch (state) {
    case 'SUBMITTING':
    case 'PROCESSING':
      return decideOnSent(event, charge);
    case 'REGISTERED':
    case 'UNKNOWN':
    case 'NEEDS_REVIEW':
      return { kind: 'ASK_CHARGE' };
    case 'SUCCEEDED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return decideOnCaptured(event, charge);
    case 'FAILED':
    case 'RETRY_SCHEDULED':
    case 'CANCELED':
    case 'SKIPPED':
      if (!isOfMoney(event)) return applied('the failure was known before');
      // Never sent by us: what the provider captured is not this charge, as far as we know yet.
      return charge.attemptId ? { kind: 'ASK_CHARGE' } : PARKED;
    case 'SCHEDULED':
      // It was not sent, or not for sure until our own commit is seen.
      return isOfMoney(event) ? PARKED : ignored('nothing has been sent yet');
  }
};

/** A capture of another payment than those booked: an earlier attempt's, as far as we know, until the provider was asked. */
const isOfOtherPayment = (
  { claims, providerPaymentId }: Claim,
  { paymentIds }: ChargeSubject,
): boolean =>
  claims === 'CAPTURED' && providerPaymentId !== null && !paymentIds.includes(providerPaymentId);

/** An operation that is polled for so long may never name the payment: the provider is asked about it. */
const POLL_PATIENCE_SECONDS = 43_200;

/** Whoever sent it learns what became of it, and of that payment only: a capture is looked at again once that is known. */
const decideOnSent = (event: Waiting, charge: ChargeSubject): Decision => {
  const { attemptKind, providerOperationId } = charge;
  const isAwaited = isOfOtherPayment(event, charge);
  if (attemptKind === 'BULK' && providerOperationId) {
    const note = 'its bulk operation is polled';
    return isAwaited && event.waitedSeconds >= POLL_PATIENCE_SECONDS
      ? { kind: 'ASK_CHARGE' }
      : { kind: 'POLL_OPERATION', providerOperationId, note, isAwaited };
  }
  if (charge.state !== 'SUBMITTING' || !charge.isLeased) return { kind: 'ASK_CHARGE' };
  const note = 'its sender is waiting for the answer';
  return isAwaited ? { kind: 'PARK', note } : applied(note);
};

const decideOnCaptured = (event: Claim, charge: ChargeSubject): Decision => {
  if (event.claims === 'REFUNDED')
    return { kind: 'LOOK_FOR_REFUND', note: 'refunds are looked for' };
  // A second payment under our reference would be a duplicate: the provider is asked.
  return isOfOtherPayment(event, charge)
    ? { kind: 'ASK_CHARGE' }
    : applied('captured and known before');
};

/** The payments that events say were captured or refunded, by charge: an ask reads them too. Of a failed one nothing can be read that
 * tells it from one that is still to come. */
export const paymentsNamed = (
  events: readonly { readonly event: Claim; readonly chargeId: string }[],
): ReadonlyMap<string, readonly string[]> => {
  const named = new Map<string, string[]>();
  for (const { event, chargeId } of events) {
    const ids = named.get(chargeId) ?? [];
    const id = isOfMoney(event) ? event.providerPaymentId : null;
    const isNew = id !== null && !ids.includes(id) && ids.length < NAMED_MAX;
    named.set(chargeId, isNew ? [...ids, id] : ids);
  }
  return named;
};

/** Each is a call to the provider, and where nothing is signed anybody may name some. */
const NAMED_MAX = 5;

/** A webhook may beat the answer to the call it is about, and our own commit of it; and a provider's two systems may disagree for a while: the
 * first look again is a moment later, each further one after twice as long as the event has waited. */
const PARKED_FIRST_SECONDS = 0.25;
const PARKED_GROWTH = 2;
/** What nobody here has sent within a day is somebody else's. */
const PARKED_LIFE_SECONDS = 86_400;

export const waitedSeconds = (
  { receivedAt }: Pick<WebhookEvent, 'receivedAt'>,
  now: MachineInstant,
): number => (now.getTime() - receivedAt.getTime()) / 1_000;

/** When a parked event is looked at again; nothing: it is an orphan. */
export const nextLook = (
  event: Pick<WebhookEvent, 'receivedAt'>,
  now: MachineInstant,
): MachineInstant | null => {
  const last = after(event.receivedAt, PARKED_LIFE_SECONDS);
  if (now.getTime() >= last.getTime()) return null;
  const gap = Math.max(PARKED_FIRST_SECONDS, PARKED_GROWTH * waitedSeconds(event, now));
  const next = after(now, gap);
  return next.getTime() < last.getTime() ? next : last;
};

/** A capture that the provider's own record does not show yet: how often, and when, it is asked again. */
const UNCONFIRMED_SECONDS = [10, 60, 600];

const UNCONFIRMED_STATES: readonly ChargeState[] = [
  'FAILED',
  'RETRY_SCHEDULED',
  'CANCELED',
  'SKIPPED',
];

const CAPTURED_STATES: readonly ChargeState[] = ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'];

/** A gap that keeps the two asks apart, and no more. */
const REFUND_GAP_SECONDS = 1;

export interface AskedCharge {
  readonly before: ChargeState;
  readonly after: ChargeState;
  /** The payments the provider showed; absent: it was not asked, or gave no answer. */
  readonly shown: readonly string[] | undefined;
}

/** After the provider was asked: nothing more to do, or (no answer, a capture it does not confirm) when to ask again. An undecided charge
 * has looks of its own, but they know only the payment of its last attempt. */
export const afterAsking = (
  event: Claim & Pick<WebhookEvent, 'tries'>,
  { before, after: state, shown }: AskedCharge,
): { readonly note: string } | { readonly againAfterSeconds: number } | { readonly park: true } => {
  const { providerPaymentId } = event;
  const isCapture = event.claims === 'CAPTURED' && providerPaymentId !== null;
  if (!shown && isOfMoney(event)) return { park: true };
  // That it was captured at all was the news; what was paid back of it is looked for next.
  if (event.claims === 'REFUNDED' && CAPTURED_STATES.includes(state))
    return { againAfterSeconds: REFUND_GAP_SECONDS };
  const isMissing = isCapture && !shown?.includes(providerPaymentId);
  const isUnconfirmed =
    (isOfMoney(event) && UNCONFIRMED_STATES.includes(state)) ||
    (isMissing && CAPTURED_STATES.includes(before));
  if (!isUnconfirmed) return { note: `the provider was asked: ${state}` };
  const againAfterSeconds = UNCONFIRMED_SECONDS[event.tries];
  return againAfterSeconds === undefined
    ? { note: `the provider was asked and does not confirm it: ${state}` }
    : { againAfterSeconds };
};
