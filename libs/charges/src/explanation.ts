import { toMajor } from '#kernel';

import { PARKED_UNTIL } from './charge.js';
import type { ChargeState } from './charge-state.js';
import type { ChargeView } from './charge-view.repository.js';
import type { Hold } from './hold.js';

const when = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const WAITING: readonly ChargeState[] = ['SCHEDULED', 'RETRY_SCHEDULED'];

/** One sentence for a support person: why the charge is in this state, and what comes next. Under a hold it waits for its release. */
export const explain = (charge: ChargeView, hold?: Pick<Hold, 'reason'>): string => {
  if (hold && WAITING.includes(charge.state))
    return `${toMajor(charge)} ${charge.currency} is not sent while new sends are held (“${hold.reason}”); it goes out once they are released, at ${when(charge.sendAt)} at the earliest.`;
  return explainState(charge);
};

const explainState = (charge: ChargeView): string => {
  const amount = `${toMajor(charge)} ${charge.currency}`;
  const said = charge.providerMessage ? ` (“${charge.providerMessage}”)` : '';
  const because = charge.retryReason ? ` (${charge.retryReason})` : '';
  const failure = `${charge.failureCode ?? 'an unnamed reason'}${said}`;
  switch (charge.state) {
    case 'SCHEDULED':
      if (charge.waitReason)
        return `${amount} was due at ${when(charge.dueAt)}; ${charge.waitReason}.`;
      return charge.sendAt >= PARKED_UNTIL
        ? `${amount} is charged only if its schedule goes on, which is paused or ends before ${when(charge.dueAt)}.`
        : `${amount} will be charged when it falls due at ${when(charge.dueAt)}.`;
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
      return charge.failureCode
        ? `The last attempt to charge ${amount} failed with ${failure}; it is tried again at ${when(charge.sendAt)}${because}.`
        : `The last attempt to charge ${amount} never reached the provider; it is sent again at ${when(charge.sendAt)}.`;
    case 'SUCCEEDED':
      return `${amount} was charged; nothing more will happen.`;
    case 'FAILED':
      return `${amount} was not charged: ${failure}; it is not tried again unless someone asks${because}.`;
    case 'CANCELED':
      return `The charge of ${amount} was canceled before it was sent; nothing more will happen.`;
    case 'SKIPPED':
      return `This occurrence of ${amount} was skipped; nothing more will happen.`;
    case 'PARTIALLY_REFUNDED':
      return `${amount} was charged, and ${toMajor({ amountMinor: charge.refundedMinor, currency: charge.currency })} ${charge.currency} of it refunded.`;
    case 'REFUNDED':
      return `${amount} was charged and refunded in full; nothing more will happen.`;
  }
};
