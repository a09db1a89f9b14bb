import { registerEnumType } from '@nestjs/graphql';

/** Every code a `userErrors` entry can have, whatever the mutation. A face adds its own here, in the block of its noun. */
export const USER_ERROR_CODES = [
  // Any mutation.
  'INVALID_INPUT',
  'NOT_FOUND',
  'IDEMPOTENCY_MISMATCH',
  'LIMIT_EXCEEDED',
  'INVALID_STATE',
  'IN_FLIGHT',
  'UNSUPPORTED_BY_PROVIDER',
  'PROVIDER_REFUSED',
  'PROVIDER_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
  // Merchants.
  'SCOPE_NOT_HELD',
  // Orders.
  'INVALID_ORDER_ID',
  'INVALID_NAME',
  'INVALID_AMOUNT',
  'INVALID_CURRENCY',
  'INVALID_ITEMS',
  'ORDER_ALREADY_EXISTS',
  'CURRENCY_NOT_SUPPORTED',
  // Billing keys.
  'KEY_BELONGS_TO_OTHER_CUSTOMER',
  'KEY_IN_USE',
  'KEY_NOT_ACTIVE',
  'CARD_REFUSED',
  'RAW_CARD_REGISTRATION_OFF',
  'RETURN_HOST_NOT_ALLOWED',
  // Charges and refunds.
  'DUE_IN_PAST',
  'REFUND_EXCEEDS_CAPTURED',
  'REFUND_IN_PROGRESS',
  'EVIDENCE_REQUIRED',
  'RETRY_LIMIT_REACHED',
  // Schedules.
  'INVALID_RECURRENCE',
  'INVALID_TIME',
  // Bulk charges.
  'TOO_MANY_ITEMS',
  'DUPLICATE_ORDER_ID',
] as const;

export type UserErrorCode = (typeof USER_ERROR_CODES)[number];

export const UserErrorCodeEnum = Object.fromEntries(
  USER_ERROR_CODES.map((code) => [code, code]),
) as { [Code in UserErrorCode]: Code };

registerEnumType(UserErrorCodeEnum, { name: 'UserErrorCode' });
