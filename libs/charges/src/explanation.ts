import { toMajor } from '#kernel';
import { WAITS_FOR_CARD_DAYS } from '#dunning';
import type { BusinessInstant } from '#platform/clock';

import { isForNewCard } from './card-change.js';
import { PARKED_UNTIL } from './charge.js';
import type { ChargeView } from './charge-view.repository.js';
import type { Hold } from './hold.js';

/** What the row of a charge does not say of it. */
export interface Circumstances {
  /** On the clock of its account. */
  readonly businessNow: BusinessInstant;
  /** The hold it waits under. */
  readonly hold?: Pick<Hold, 'reason'> | undefined;
  readonly isSchedulePaused?: boolean | undefined;
  /** Of its last change of state. */
  readonly cause?: string | undefined;
}

const when = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const amountOf = (charge: ChargeView): string => `${toMajor(charge)} ${charge.currency}`;

const failureOf = ({ failureCode, providerMessage }: ChargeView): string =>
  `${failureCode ?? 'an unnamed reason'}${providerMessage ? ` (“${providerMessage}”)` : ''}`;

const becauseOf = ({ retryReason }: ChargeView): string => (retryReason ? ` (${retryReason})` : '');

/** One sentence for a support person: why the charge is in this state, and what comes next. */
export const explain = (charge: ChargeView, circumstances: Circumstances): string => {
  const amount = amountOf(charge);
  switch (charge.state) {
    case 'SCHEDULED':
      return explainScheduled(charge, circumstances);
    case 'REGISTERED':
      return `${amount} is registered with the provider, which charges it at ${when(charge.dueAt)}.`;
    case 'SUBMITTING':
      return `${amount} is being sent to the provider; if no answer comes, the provider is asked before anything else is sent.`;
    case 'PROCESSING':
      return `The provider has the request for ${amount} and has not decided; it is asked until it has.`;
    case 'UNKNOWN':
      return `Whether ${amount} was charged is not known: the provider is asked${charge.nextLookAt ? ` again at ${when(charge.nextLookAt)}` : ''}, and nothing is sent before it is.`;
    case 'NEEDS_REVIEW':
      return `Asking the provider could not settle whether ${amount} was charged; a person has to decide, and the provider is still asked each hour.`;
    case 'RETRY_SCHEDULED':
      return explainRetry(charge, circumstances);
    case 'SUCCEEDED':
      return `${amount} was charged; nothing more will happen.`;
    case 'FAILED':
      return `${amount} was not charged: ${failureOf(charge)}; ${afterFailure(charge, circumstances)}.`;
    case 'CANCELED':
      return charge.failureCode
        ? `The charge of ${amount} was canceled after it had failed with ${failureOf(charge)}; nothing more will happen.`
        : `The charge of ${amount} was canceled before it was sent; nothing more will happen.`;
    case 'SKIPPED':
      return `This occurrence of ${amount} was skipped${skippedFor(circumstances)}; nothing more will happen.`;
    case 'PARTIALLY_REFUNDED':
      return `${amount} was charged, and ${toMajor({ amountMinor: charge.refundedMinor, currency: charge.currency })} ${charge.currency} of it refunded.`;
    case 'REFUNDED':
      return `${amount} was charged and refunded in full; nothing more will happen.`;
  }
};

const heldBy = ({ reason }: Pick<Hold, 'reason'>): string => `new sends are held (“${reason}”)`;

const explainHeld = (charge: ChargeView, hold: Pick<Hold, 'reason'>): string =>
  `${amountOf(charge)} is not sent while ${heldBy(hold)}; it goes out once they are released, at ${when(charge.sendAt)} at the earliest.`;

/** What keeps it back is told whole: whoever removes one obstacle must not wonder at the next. */
const explainScheduled = (
  charge: ChargeView,
  { businessNow, hold, isSchedulePaused }: Circumstances,
): string => {
  const amount = amountOf(charge);
  const { dueAt, sendAt, waitReason } = charge;
  const due = when(dueAt);
  const isPast = dueAt <= businessNow;
  if (isSchedulePaused) {
    const obstacles = ['its schedule is paused', waitReason, hold && heldBy(hold)];
    const fate = isPast
      ? `it fell due at ${due}, and whoever resumes the schedule says whether it is charged`
      : `it falls due at ${due}`;
    return `${amount} is not sent: ${obstacles.filter(Boolean).join(', and ')}; ${fate}.`;
  }
  if (waitReason)
    return `${amount} was due at ${due}; ${waitReason}${hold ? `, and ${heldBy(hold)}` : ''}.`;
  if (sendAt >= PARKED_UNTIL)
    return `${amount} is charged only if its schedule, which is to end before, goes on past ${due}.`;
  if (hold) return explainHeld(charge, hold);
  if (!isPast) return `${amount} will be charged when it falls due at ${due}.`;
  return sendAt > businessNow
    ? `${amount} was due at ${due} and could not be sent yet; it is sent at ${when(sendAt)}.`
    : `${amount} was due at ${due}; it is sent next.`;
};

const explainRetry = (charge: ChargeView, { hold }: Circumstances): string => {
  const amount = amountOf(charge);
  if (hold) return explainHeld(charge, hold);
  return charge.failureCode
    ? `The last attempt to charge ${amount} failed with ${failureOf(charge)}; it is tried again at ${when(charge.sendAt)}${becauseOf(charge)}.`
    : `The last attempt to charge ${amount} never reached the provider; it is sent again at ${when(charge.sendAt)}.`;
};

/** Nobody can have a HARD failure tried again on its card, and no card that comes too late has the charge go on. */
const afterFailure = (charge: ChargeView, { businessNow }: Circumstances): string => {
  const isForCard = charge.failureClass === 'KEY' || charge.failureClass === 'HARD';
  const isOver = isForCard && !isForNewCard(charge, businessNow);
  const over = `the time for another card, ${WAITS_FOR_CARD_DAYS} days past due, is over`;
  if (charge.failureClass === 'HARD')
    return isOver
      ? `it is not tried again: ${over}${becauseOf(charge)}`
      : `it is tried again on another card only, until ${WAITS_FOR_CARD_DAYS} days past due${becauseOf(charge)}`;
  return `it is not tried again unless someone asks${isOver ? ` (${over})` : becauseOf(charge)}`;
};

/** A cause begins with who wrote it; the reason is its last part, or the name of what someone asked for. */
const skippedFor = ({ cause }: Circumstances): string => {
  const reason = cause?.includes(': ') ? cause.split(': ').at(-1) : undefined;
  if (!reason) return '';
  return /^\w+$/.test(reason) ? `: someone asked for it (${reason})` : `: ${reason}`;
};
