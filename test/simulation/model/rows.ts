import type { Outcome } from '#providers/contract';
import type { RetryPolicy } from '#dunning';
import type { MachineInstant } from '#platform/clock';
import type { Attempt, Charge, ChargeState, LiveRefund } from '#charges';

/** A row of `charges`, with what only the database looks at. */
export interface ChargeRow extends Charge {
  readonly nextLookAt: MachineInstant | null;
  readonly policy: RetryPolicy;
  readonly refundedMinor: number;
}

/** As a look finds it: with the time it was planned for. */
export interface LookedAtRow extends ChargeRow {
  readonly plannedAt: MachineInstant | null;
}

export interface AttemptRow extends Attempt {
  readonly chargeId: string;
  readonly outcome: Outcome['kind'] | 'DUPLICATE_CAPTURE' | null;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly reservedMinor: number;
}

export interface RefundRow {
  readonly id: string;
  readonly chargeId: string;
  readonly attemptId: string;
  readonly amountMinor: number;
  readonly status: LiveRefund['status'] | 'SUCCEEDED' | 'FAILED';
  readonly origin: 'MERCHANT' | 'PROVIDER';
  readonly refundedBeforeMinor: number;
  readonly providerRefundId: string | null;
  readonly sends: number;
  readonly sentAt: MachineInstant | null;
  readonly acceptedAt: MachineInstant | null;
  readonly resendGranted: boolean;
  readonly looks: number;
  readonly nextLookAt: MachineInstant | null;
  readonly leaseToken: string | null;
}

export interface TransitionRow {
  readonly chargeId: string;
  readonly version: number;
  readonly from: ChargeState | 'NONE';
  readonly to: ChargeState;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export interface IncidentRow {
  readonly chargeId: string;
  readonly kind: string;
  readonly paymentId: string | null;
}

/** What the claim and the look load beside the charge. */
export interface Earlier {
  readonly references: readonly string[];
  readonly paymentIds: readonly string[];
}

const LIVE_OUTCOMES: readonly AttemptRow['outcome'][] = [null, 'PENDING', 'UNKNOWN'];

/** PostgreSQL would refuse this; the settler would quarantine it. In the model nothing may ever ask for it. */
export class ConstraintViolated extends Error {}

const refuse = (constraint: string): never => {
  throw new ConstraintViolated(constraint);
};

/** The unique indexes and checks on attempts (migration 0001) that hold money in place. */
export const checkAttempts = (attempts: readonly AttemptRow[]): void => {
  const count = (wanted: (attempt: AttemptRow) => boolean) => attempts.filter(wanted).length;
  if (count(({ outcome }) => LIVE_OUTCOMES.includes(outcome)) > 1) refuse('attempts_one_live');
  if (count(({ outcome }) => outcome === 'SUCCEEDED') > 1) refuse('attempts_one_success');
  for (const { refundedMinor, reservedMinor, capturedMinor } of attempts)
    if (refundedMinor < 0 || reservedMinor < 0 || refundedMinor + reservedMinor > capturedMinor)
      refuse('attempts: refunded + reserved <= captured');
};

export const checkRefunds = (refunds: readonly RefundRow[]): void => {
  const live = refunds.filter(({ status }) => status === 'PENDING' || status === 'UNKNOWN');
  if (new Set(live.map(({ attemptId }) => attemptId)).size < live.length)
    refuse('refunds_one_live');
};
