import type { Recurrence } from '#kernel';
import { NO_RETRY, STANDARD_POLICY, type RetryPolicy } from '#dunning';

import type { Loaded } from './loaded.repository.js';

/** The charge's own policy, else the standard one; none for bulk items whose bulk names none. Its times of day are those of the schedule's
 * zone, where the customer is billed. */
export const policyOf = ({ charge, retryPolicy, schedule }: Loaded): RetryPolicy => {
  if (charge.isRetryOff) return NO_RETRY;
  const policy = retryPolicy ?? STANDARD_POLICY;
  const recurrence = schedule?.['recurrence'] as Recurrence | null | undefined;
  return recurrence ? { ...policy, timeZone: recurrence.timeZone } : policy;
};
