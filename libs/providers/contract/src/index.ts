// The one interface between Refrain and any payment provider.
// It promises outcomes as values, UNKNOWN for what no rule names, requests frozen before sending.
// It refuses provider names in the rest of the house: who needs to know asks `capabilities`.
export type { AccountAccess, Capabilities, ProviderName } from './account.js';
export type { Failure, FrozenRequest, ProviderAnswer, Reading } from './answer.js';
export type { BulkItemReading, BulkPage, BulkRequest, BulkSubmission } from './bulk.js';
export type { CapturePage, CaptureQuestion, ListedCapture } from './capture.js';
export type {
  ChargeQuestion,
  ChargeRequest,
  Outcome,
  OutcomeKind,
  ProviderPayment,
  SentReference,
} from './charge.js';
export type {
  Card,
  HostedRegistrationRequest,
  HostedRegistrationStart,
  Issue,
  KeyDeletion,
  RawCard,
  RegistrationReading,
} from './key.js';
export type { Provider } from './provider.js';
export type { RefundOutcome, RefundReading, RefundRequest } from './refund.js';
export type { ScheduleReading, ScheduleRevocation, ScheduleSubmission } from './schedule.js';
export type { WebhookHint } from './webhook.js';
export { conformanceCases } from './conformance/index.js';
export { SandboxClient } from './conformance/sandbox.client.js';
export type { ConformanceSetting } from './conformance/world.js';
