/** One vocabulary of failures for all providers, and what each asks of us. */
export const FAILURE_CLASSES = {
  INSUFFICIENT_FUNDS: 'SOFT',
  LIMIT_EXCEEDED: 'SOFT',
  DO_NOT_HONOR: 'SOFT',
  UNCLASSIFIED: 'SOFT',
  LOST_OR_STOLEN: 'HARD',
  INVALID_CARD: 'HARD',
  FRAUD_SUSPECTED: 'HARD',
  EXPIRED_CARD: 'KEY',
  KEY_NOT_FOUND: 'KEY',
  AUTHENTICATION_REQUIRED: 'KEY',
  ISSUER_UNAVAILABLE: 'TRANSIENT',
  PROVIDER_UNAVAILABLE: 'TRANSIENT',
  RATE_LIMITED: 'TRANSIENT',
  CONFIGURATION: 'CONFIGURATION',
  PROVIDER_REJECTED: 'CONFIGURATION',
} as const;

export type FailureCode = keyof typeof FAILURE_CLASSES;
/**
 * SOFT: try later. HARD: never again on this key. KEY: the key needs updating. TRANSIENT: not the
 * customer's fault. CONFIGURATION: ours.
 */
export type FailureClass = (typeof FAILURE_CLASSES)[FailureCode];

export const FAILURE_CODES = Object.keys(FAILURE_CLASSES) as FailureCode[];

export const classOf = (code: FailureCode): FailureClass => FAILURE_CLASSES[code];
