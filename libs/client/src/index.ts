// The typed client: Refrain for other services, the CLI and the demo, on nothing but fetch.
// It promises that a call with a key of the caller's happens once, however often it had to be sent, and that what comes back was read.
// It refuses to send again what could happen twice, and to throw what is an answer.
export type {
  BillingKey,
  BulkCharge,
  CardRegistration,
  Charge,
  ChargeStatus,
  ChargeSummary,
  ClockOperation,
  Money,
  ProviderAccount,
  Refund,
  Schedule,
  Viewer,
} from './answers.js';
export { CallRefused, ClientFault, type ClientFaultKind } from './client-fault.js';
export { done, RefrainClient, type InputOf } from './client.js';
export type { ChargeFilter, Order } from './inputs.js';
export type { Outcome, UserError } from './operation.js';
export type { ClientOptions } from './transport.js';
