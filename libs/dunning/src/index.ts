// What happens after a failed charge: when to try again, or why not, and what the card networks allow.
// It promises pure decisions with their reason, that no policy is without an end, and that a running case keeps the version it began with.
// It refuses to send: it only says when.
export { DunningModule } from './dunning.module.js';
export { allowanceOf, type DeclineRun, type NetworkAllowance } from './network-budget.js';
export { NETWORK_RULES, NETWORKS, networkOf, type Network } from './network-rules.js';
export { simulatePolicy, type PolicySimulation, type SimulatedRetry } from './policy-simulation.js';
export { lockDeclineRuns, recordDeclines, type CardAnswer } from './declines.repository.js';
export { type PolicyRequest } from './policy-request.js';
export { RetryPolicies, type PolicyWriting } from './retry-policies.service.js';
export { type NamedPolicy } from './retry-policies.repository.js';
export {
  decideRetry,
  WAITS_FOR_CARD_DAYS,
  type FailureHistory,
  type RetryDecision,
} from './retry-decision.js';
export {
  checkRetryPolicy,
  NO_RETRY,
  POLICY_ENDS,
  RETRY_PRESETS,
  STANDARD_POLICY,
  type PolicyEnd,
  type PolicyRefusal,
  type RetryPolicy,
  type RetryPreset,
  type RetryStep,
} from './retry-policy.js';
