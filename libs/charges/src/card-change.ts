import { WAITS_FOR_CARD_DAYS } from '#dunning';
import { after, type BusinessInstant } from '#platform/clock';

import type { Charge } from './charge.js';

/** Whether another card lets the charge go on: it waits for its next try, or failed on a card that cannot be charged any more and is not
 * long past due. */
export const isForNewCard = (
  { state, failureCode, failureClass, dueAt }: Charge,
  businessNow: BusinessInstant,
): boolean => {
  if (state === 'RETRY_SCHEDULED') return failureCode !== null;
  return (
    state === 'FAILED' &&
    (failureClass === 'KEY' || failureClass === 'HARD') &&
    dueAt >= after(businessNow, -WAITS_FOR_CARD_DAYS * 86_400)
  );
};
