import type { ChargeState } from '#charges';

export type BulkStatus =
  | 'DRAFT'
  | 'AWAITING_APPROVAL'
  | 'SUBMITTING'
  | 'PROCESSING'
  | 'PAUSED'
  | 'HELD'
  | 'COMPLETED'
  | 'CANCELED';

export interface BulkCounts {
  readonly pending: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly unknown: number;
  readonly canceled: number;
}

export const COUNTED = ['pending', 'succeeded', 'failed', 'unknown', 'canceled'] as const;
export type Counted = (typeof COUNTED)[number];

export const NO_COUNTS: BulkCounts = {
  pending: 0,
  succeeded: 0,
  failed: 0,
  unknown: 0,
  canceled: 0,
};

/** Under which figure an item stands. It counts once its first attempt is decided: one that failed and is tried again has failed, until
 * it succeeds. */
export const countedAs = (state: ChargeState, hasFailed: boolean): Counted => {
  switch (state) {
    case 'SUCCEEDED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return 'succeeded';
    case 'FAILED':
      return 'failed';
    case 'CANCELED':
    case 'SKIPPED':
      return 'canceled';
    case 'UNKNOWN':
    case 'NEEDS_REVIEW':
      return 'unknown';
    case 'SCHEDULED':
    case 'REGISTERED':
    case 'SUBMITTING':
    case 'PROCESSING':
    case 'RETRY_SCHEDULED': // without a failure: a person found that it never happened
      return hasFailed ? 'failed' : 'pending';
  }
};

export const totalOf = (counts: BulkCounts): number =>
  COUNTED.reduce((total, counted) => total + counts[counted], 0);

/** 0 to 1: how much is decided. */
export const progressOf = (counts: BulkCounts): number => {
  const total = totalOf(counts);
  return total === 0 ? 0 : (total - counts.pending - counts.unknown) / total;
};

/** Nothing is open any more. */
export const isDecided = ({ pending, unknown }: BulkCounts): boolean =>
  pending === 0 && unknown === 0;

export interface BulkChargeView {
  readonly id: string;
  readonly providerAccountId: string;
  readonly externalId: string;
  readonly status: BulkStatus;
  readonly requestHash: string;
  readonly counts: BulkCounts;
  readonly createdAt: Date;
  readonly submittedAt: Date | null;
  readonly completedAt: Date | null;
}
