import { after, type MachineInstant } from '#platform/clock';
import type { Failure, ProviderAnswer, RefundOutcome, RefundReading } from '#providers/contract';

export type RefundStatus = 'PENDING' | 'UNKNOWN' | 'SUCCEEDED' | 'FAILED';

/** A refund under way, as its row tells it. */
export interface LiveRefund {
  readonly id: string;
  readonly chargeId: string;
  readonly attemptId: string;
  /** Of the capture that counts; else of one beside it. */
  readonly isCounted: boolean;
  readonly providerAccountId: string;
  readonly amountMinor: number;
  readonly status: 'PENDING' | 'UNKNOWN';
  readonly refundedBeforeMinor: number;
  readonly providerRefundId: string | null;
  /** Of the payment's other refunds. */
  readonly otherRefundIds: readonly string[];
  readonly providerPaymentId: string;
  readonly sends: number;
  readonly looks: number;
}

export interface RefundChange {
  readonly status: RefundStatus;
  readonly providerRefundId: string | null;
  readonly failure: Failure | null;
  readonly answer: ProviderAnswer | null;
  readonly looks: number;
  readonly nextLookAt: MachineInstant | null;
  /** Nothing arrived: the same bytes may go out again. */
  readonly resend: boolean;
  /** Ours cannot be seen, and may not go out again: a second send could be a second refund, or the figures moved. A person decides. */
  readonly isStuck: boolean;
}

export interface RefundContext {
  readonly now: MachineInstant;
  readonly looksSeconds: readonly number[];
}

const HOUR = 3_600;

const nextLook = (refund: LiveRefund, { now, looksSeconds }: RefundContext): MachineInstant =>
  after(now, looksSeconds[refund.looks] ?? HOUR);

/** What an answer to the refund call makes of it. A refusal is believed on the first send only: a later one may speak of the first. */
export const refundAnswered = (
  refund: LiveRefund,
  outcome: RefundOutcome,
  context: RefundContext,
): RefundChange => {
  const unresolved = {
    providerRefundId: refund.providerRefundId,
    failure: null,
    answer: outcome.answer ?? null,
    looks: refund.looks + 1,
    nextLookAt: nextLook(refund, context),
    resend: false,
    isStuck: false,
  };
  switch (outcome.kind) {
    case 'SUCCEEDED':
      return {
        ...unresolved,
        status: 'SUCCEEDED',
        providerRefundId: outcome.providerRefundId,
        nextLookAt: null,
      };
    case 'PENDING':
      return { ...unresolved, status: 'PENDING', providerRefundId: outcome.providerRefundId };
    case 'FAILED': {
      const { failureCode, providerCode, providerMessage } = outcome;
      return refund.sends > 1
        ? { ...unresolved, status: 'UNKNOWN' }
        : {
            ...unresolved,
            status: 'FAILED',
            failure: { failureCode, providerCode, providerMessage },
            nextLookAt: null,
          };
    }
    case 'NOT_SENT':
      return { ...unresolved, status: refund.status, resend: refund.sends <= 1 };
    case 'UNKNOWN':
      return { ...unresolved, status: 'UNKNOWN' };
  }
};

/** What asking makes of it: the provider's own figure, compared with what it was before. A refund of ours whose answer was lost is known by
 * its amount in the provider's list. */
export const refundRead = (
  refund: LiveRefund,
  reading: RefundReading,
  context: RefundContext & { readonly isRepeatable: boolean },
): RefundChange => {
  const open = {
    status: refund.status,
    providerRefundId: refund.providerRefundId,
    failure: null,
    answer: null,
    looks: refund.looks + 1,
    nextLookAt: nextLook(refund, context),
    resend: false,
    isStuck: false,
  };
  if (reading.kind !== 'FOUND') return open;
  const ours = reading.refunds.find(
    ({ providerRefundId }) => providerRefundId === refund.providerRefundId,
  );
  if (ours?.status === 'FAILED')
    return {
      ...open,
      status: 'FAILED',
      failure: { failureCode: 'PROVIDER_REJECTED', providerCode: null, providerMessage: null },
      nextLookAt: null,
    };
  const isDone =
    ours?.status === 'SUCCEEDED' ||
    (!ours && reading.refundedMinor >= refund.refundedBeforeMinor + refund.amountMinor);
  if (isDone) {
    const providerRefundId = refund.providerRefundId ?? unbooked(refund, reading, 'SUCCEEDED');
    return { ...open, status: 'SUCCEEDED', providerRefundId, nextLookAt: null };
  }
  const providerRefundId = refund.providerRefundId ?? unbooked(refund, reading, 'PENDING');
  // The waits add up: by the last but one, well over the quiet period has passed.
  const isQuiet = refund.looks >= context.looksSeconds.length - 1;
  const isUnseen = providerRefundId === null && isQuiet;
  // Another figure means that somebody else paid back meanwhile: that says nothing of ours, and ours may not go out again.
  const resend =
    isUnseen && reading.refundedMinor === refund.refundedBeforeMinor && context.isRepeatable;
  return { ...open, providerRefundId, resend, isStuck: isUnseen && !resend };
};

/** The provider's id of a refund of this amount that none of the others is. */
const unbooked = (
  refund: LiveRefund,
  reading: Extract<RefundReading, { kind: 'FOUND' }>,
  wanted: 'PENDING' | 'SUCCEEDED',
): string | null =>
  reading.refunds.find(
    ({ providerRefundId, amountMinor, status }) =>
      status === wanted &&
      amountMinor === refund.amountMinor &&
      !refund.otherRefundIds.includes(providerRefundId),
  )?.providerRefundId ?? null;
