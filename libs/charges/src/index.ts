// THE DOOR: the only place where money can be sent.
// It promises that the intent precedes the wire, that nothing unclear is sent again unproved, and that every change of state is a row of history.
// It refuses to know schedules, bulks or people: they ask for a charge, and contribute their rows to its settling.
export { acceptCharges, type AcceptContext } from './accept.repository.js';
export type { Named } from './ask-provider.js';
export { AttemptResolver, type Shown } from './attempt.resolver.js';
export { ChargeCommands, type Command } from './charge-commands.service.js';
export type { ChargeRefusal } from './charge-refusal.js';
export { checkProviderAmount } from './provider-amount.js';
export type {
  AttemptView,
  ChargeFilter,
  ChargeView,
  TransitionView,
} from './charge-view.repository.js';
export { Charges, type CreateCharge, type Creation } from './charges.service.js';
export { CHARGES_DEPENDENCIES, ChargesModule } from './charges.module.js';
export { explain, type Circumstances } from './explanation.js';
export {
  INCIDENT_KINDS,
  type Incident,
  type IncidentFilter,
  type IncidentKind,
} from './incident.js';
export { Incidents } from './incidents.service.js';
export { readSight, type Sight } from './sight.repository.js';
export { ProviderRefunds } from './provider-refunds.js';
export { RefundSender } from './refund.sender.js';
export type { RefundView } from './refund-view.repository.js';
export { hastenRefundLooks } from './refunds.repository.js';
export {
  Refunds,
  type CreateRefund,
  type RefundCommand,
  type RefundCreation,
  type RefundRefusal,
} from './refunds.service.js';
export { CHARGE_COLUMNS, type Attempt, type Charge, type NewCharge } from './charge.js';
export {
  CHARGE_STATES,
  isLive,
  LIVE_STATES,
  mayTransition,
  TRANSITIONS,
  type ChargeState,
} from './charge-state.js';
export {
  insertAttempts,
  lockDueCharges,
  writeIntents,
  type Intent,
  type Lease,
} from './claim.repository.js';
export {
  LOADED_COLUMNS,
  LOADED_FROM,
  lockCharges,
  load,
  type Loaded,
  type LoadedRow,
} from './loaded.repository.js';
export { Contributors, type Contributor, type SettledCharge } from './contribution.js';
export {
  openAccount,
  type ChargesDependencies,
  type ChargeTiming,
  type ServedAccount,
} from './dependencies.js';
export { endLeases } from './dead-predecessor.js';
export { forestalledBy } from './earlier-attempts.js';
export { claimLooks } from './look.repository.js';
export { grantRetries } from './retry-budget.repository.js';
export { isDecisive, isFirstAnswerAgain, judge, type Finding } from './look.js';
export { ofThisCharge } from './of-this-charge.js';
export { afterLook } from './undecided-look.js';
export {
  DueChargeDispatcher,
  type Allowance,
  type Claim,
  type DispatchChannel,
} from './due-charge.dispatcher.js';
export { policyOf } from './policy.js';
export { providerReference } from './provider-reference.js';
export { Reconciler } from './reconciler.js';
export { findOrdersOfSchedules } from './schedule-orders.repository.js';
export { unbookedRefunds } from './provider-refund.js';
export { refundAnswered, refundRead, type LiveRefund, type RefundChange } from './refund.js';
export { resolvedBy, type Resolution } from './resolution.js';
export { HOLD_SCOPES, holdOver, isHeld, type Held, type Hold, type HoldScope } from './hold.js';
export { listHolds, peekHeld, readHeld } from './holds.repository.js';
export { Holds, type HoldCommand, type Holding } from './holds.service.js';
export { PARKED_UNTIL } from './charge.js';
export {
  Statistics,
  type CurrencyCount,
  type FailureCount,
  type ProviderCount,
  type StatisticsReading,
} from './statistics.service.js';
export { admit } from './admission.js';
export { CATCH_UPS, type CatchUp } from './downtime.js';
export {
  findOpenBefore,
  PREVIOUS_OPEN_CHOICES,
  releaseBehind,
  releaseMissed,
  type WhenPreviousOpen,
} from './previous-open.js';
export { describeEach, settleUnsent } from './refusal.js';
export { openIncidents, recordObservations, writeSettlements } from './settle.repository.js';
export { staleIncident } from './stale-capture.js';
export { moved, settle, type NewIncident, type Settlement } from './settlement.js';
export { Settler, type SettleBatch, type Settling } from './settler.js';
export { chargeRequestOf } from './charge-request.js';
export {
  countSends,
  hashOf,
  nextAttempt,
  SingleChargeChannel,
  submittedOf,
} from './single-charge.channel.js';
export { recordTransitions, type NewTransition } from './transitions.repository.js';
