import type { OrderProblem } from '#kernel';
import type { Refusal } from '#merchants';

/** What a caller of the door may be told. */
export type ChargeRefusal = Refusal<
  | OrderProblem['code']
  | 'CURRENCY_NOT_SUPPORTED'
  | 'DUE_IN_PAST'
  | 'EVIDENCE_REQUIRED'
  | 'IDEMPOTENCY_MISMATCH'
  | 'IN_FLIGHT'
  | 'INVALID_INPUT'
  | 'INVALID_STATE'
  | 'INVALID_TIME'
  | 'KEY_NOT_ACTIVE'
  | 'NOT_FOUND'
  | 'ORDER_ALREADY_EXISTS'
  | 'REFUND_EXCEEDS_CAPTURED'
  | 'REFUND_IN_PROGRESS'
  | 'RETRY_LIMIT_REACHED'
>;
