// The words and the arithmetic of payments: money, order, recurrence, failures, faults, ids.
// It promises pure functions whose only clock is an argument.
// It refuses Nest, TypeORM, the network and the file system.
export { classOf, FAILURE_CODES, type FailureClass, type FailureCode } from './failure.js';
export { isTimeOfDay, localDayAt, localTimeOf } from './local-time.js';
export {
  AMOUNT_MAX_MINOR,
  decimalsOf,
  fromMajor,
  isAmountMinor,
  isCurrency,
  toMajor,
  type Money,
} from './money.js';
export { fromPublicId, newId, parsePublicId, toPublicId, ID_PREFIXES, type Noun } from './id.js';
export { invariant, InvariantViolation, ProviderFault, type FaultKind } from './fault.js';
export {
  amountProblem,
  checkOrder,
  ORDER_ID_MAX,
  SCHEDULE_ORDER_ID_MAX,
  type Order,
  type OrderItem,
  type OrderProblem,
} from './order.js';
export { textProblem } from './text.js';
export {
  checkRecurrence,
  checkRecurrenceSpan,
  isDate,
  isTimeZone,
  OCCURRENCES_MAX,
  WEEKDAYS,
  type NthWeekday,
  type Recurrence,
  type RecurrenceProblem,
  type RecurrenceSpan,
  type RecurrenceUnit,
  type Weekday,
} from './recurrence.js';
export {
  firstOccurrence,
  occurrenceAt,
  occurrenceNumberAtOrAfter,
  occurrences,
  type Occurrence,
} from './occurrence.js';
