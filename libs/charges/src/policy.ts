import { NO_RETRY, STANDARD_POLICY, type RetryPolicy } from '#dunning';

import type { Loaded } from './claim.repository.js';

/** The charge's own policy, else the standard one; none for bulk items whose bulk names none. */
export const policyOf = ({ charge, delaysSeconds }: Loaded): RetryPolicy => {
  if (charge.isRetryOff) return NO_RETRY;
  return delaysSeconds ? { delaysSeconds } : STANDARD_POLICY;
};
