// The one interface between Refrain and any payment provider.
// It promises outcomes as values, UNKNOWN for what no rule names, requests frozen before they leave.
// It refuses provider names in the rest of the house: who needs to know asks `capabilities`.
export type {
  AccountAccess,
  BulkItemReading,
  BulkPage,
  BulkRequest,
  BulkSubmission,
  Capabilities,
  Card,
  ChargeQuestion,
  ChargeRequest,
  Failure,
  FrozenRequest,
  HostedRegistrationRequest,
  HostedRegistrationStart,
  Issue,
  KeyDeletion,
  Outcome,
  OutcomeKind,
  Provider,
  ProviderAnswer,
  ProviderName,
  ProviderPayment,
  RawCard,
  Reading,
  RefundOutcome,
  RefundReading,
  RefundRequest,
  RegistrationReading,
  ScheduleReading,
  ScheduleRevocation,
  ScheduleSubmission,
  WebhookHint,
} from './provider.js';
export { conformanceCases } from './conformance/index.js';
export { SandboxClient } from './conformance/sandbox.client.js';
export type { ConformanceSetting } from './conformance/world.js';
