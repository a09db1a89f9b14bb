// What happens after a failed charge, by class of failure: when to try again, or why not.
// It promises a pure decision with its reason, and that no policy is without an end.
// It refuses to send: it only says when.
export {
  decideRetry,
  NO_RETRY,
  STANDARD_POLICY,
  type FailureHistory,
  type RetryDecision,
  type RetryPolicy,
} from './retry-decision.js';
