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
  /** The last send; absent: none was, or a release sent it that did not write this. */
  readonly sentAt: MachineInstant | null;
  /** The provider said that it takes it: it may come at any time, and never goes out again by itself. */
  readonly acceptedAt: MachineInstant | null;
  /** A person said that it never happened. */
  readonly resendGranted: boolean;
  readonly looks: number;
}

export interface RefundChange {
  readonly status: RefundStatus;
  readonly providerRefundId: string | null;
  readonly acceptedAt: MachineInstant | null;
  readonly resendGranted: boolean;
  readonly failure: Failure | null;
  readonly answer: ProviderAnswer | null;
  readonly looks: number;
  readonly nextLookAt: MachineInstant | null;
  /** Nothing arrived, or it never left: the same bytes may go out again. */
  readonly resend: boolean;
  /** Ours cannot be seen, and may not go out again: a second send could be a second refund, or the figures moved. A person decides. */
  readonly isStuck: boolean;
}

export interface RefundContext {
  readonly now: MachineInstant;
  readonly looksSeconds: readonly number[];
}

export interface RefundReadContext extends RefundContext {
  readonly quietPeriodSeconds: number;
  /** A second send of the same bytes pays nothing back that the first did. */
  readonly isRepeatable: boolean;
}

const HOUR = 3_600;
/** Sent so often, and nothing ever arrived: it is refused each time, and no refusal of a resend is believed. Then a person is asked. */
const SENDS_MAX = 10;

/** What stays as it is, but for one look more. */
const unresolved = (refund: LiveRefund, { now, looksSeconds }: RefundContext) => ({
  providerRefundId: refund.providerRefundId,
  ...{ acceptedAt: refund.acceptedAt, resendGranted: refund.resendGranted },
  ...{ failure: null, answer: null, resend: false, isStuck: false },
  looks: refund.looks + 1,
  nextLookAt: after(now, looksSeconds[refund.looks] ?? HOUR),
});

/** What an answer to the refund call makes of it. A refusal is believed on the first send only: a later one may speak of the first. */
export const refundAnswered = (
  refund: LiveRefund,
  outcome: RefundOutcome,
  context: RefundContext,
): RefundChange => {
  const open = { ...unresolved(refund, context), answer: outcome.answer ?? null };
  switch (outcome.kind) {
    case 'SUCCEEDED': {
      const { providerRefundId } = outcome;
      return { ...open, status: 'SUCCEEDED', providerRefundId, nextLookAt: null };
    }
    case 'PENDING': {
      const { providerRefundId } = outcome;
      return { ...open, status: 'PENDING', providerRefundId, acceptedAt: context.now };
    }
    case 'FAILED': {
      const { failureCode, providerCode, providerMessage } = outcome;
      const failure = { failureCode, providerCode, providerMessage };
      return refund.sends > 1
        ? { ...open, status: 'UNKNOWN' }
        : { ...open, status: 'FAILED', failure, nextLookAt: null };
    }
    case 'NOT_SENT':
      return { ...open, status: refund.status, resend: true };
    case 'UNKNOWN':
      return { ...open, status: 'UNKNOWN' };
  }
};

/** What asking makes of it: the provider's own figure, compared with what it was before. A refund of ours whose answer was lost is known by
 * its amount in the provider's list. */
export const refundRead = (
  refund: LiveRefund,
  reading: RefundReading,
  context: RefundReadContext,
): RefundChange => {
  // What nobody took in is UNKNOWN from the first look on, a dead sender's too.
  const status = refund.acceptedAt === null ? 'UNKNOWN' : refund.status;
  const open = { ...unresolved(refund, context), status };
  if (reading.kind !== 'FOUND') return unseen(refund, open, context);
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
  const isSeen = ours !== undefined || providerRefundId !== refund.providerRefundId;
  // A person's word that it never happened was overtaken.
  if (isSeen) return { ...open, providerRefundId, resendGranted: false };
  const resend = refund.resendGranted || isProvedAbsent(refund, reading, context);
  return resend ? { ...open, resend } : unseen(refund, open, context);
};

/** A person is asked when the looks have run out, as for a charge, and never before absence would be proof. */
const unseen = (
  refund: LiveRefund,
  open: RefundChange,
  context: RefundReadContext,
): RefundChange => {
  const { looksSeconds, quietPeriodSeconds } = context;
  const isStuck = isSilentFor(
    Math.max(quietPeriodSeconds, looksSeconds.at(-1) ?? 0),
    refund,
    context,
  );
  return { ...open, isStuck, status: isStuck ? 'UNKNOWN' : open.status };
};

/** Since its last send, however often it was asked about: looks that were asked for come close together. */
const isSilentFor = (
  seconds: number,
  { sentAt }: LiveRefund,
  { now }: RefundReadContext,
): boolean => sentAt !== null && now >= after(sentAt, seconds);

/** Another figure means that somebody else paid back meanwhile: that says nothing of ours. */
const isProvedAbsent = (
  refund: LiveRefund,
  reading: Extract<RefundReading, { kind: 'FOUND' }>,
  context: RefundReadContext,
): boolean =>
  context.isRepeatable &&
  refund.acceptedAt === null &&
  refund.providerRefundId === null &&
  refund.sends < SENDS_MAX &&
  reading.refundedMinor === refund.refundedBeforeMinor &&
  isSilentFor(context.quietPeriodSeconds, refund, context);

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
