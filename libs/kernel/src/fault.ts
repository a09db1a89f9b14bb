/** The world failed, in one of three sorts, named by what must be done. */
export type FaultKind =
  /** The request cannot have reached the provider: it may be sent again. */
  | 'NOT_SENT'
  /** It may have: ask before anything else. */
  | 'OUTCOME_UNKNOWN'
  /** The provider refused our request or settings: a human must be told. */
  | 'REJECTED';

export class ProviderFault extends Error {
  constructor(
    readonly kind: FaultKind,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = 'ProviderFault';
  }
}

/** A bug: the code believed something that is not so. Only the process boundary catches it. */
export class InvariantViolation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantViolation';
  }
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}
