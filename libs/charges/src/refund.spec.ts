import fc from 'fast-check';
import { newId } from '#kernel';
import { after } from '#platform/clock';
import type { RefundOutcome, RefundReading } from '#providers/contract';

import { LOOKS_SECONDS, NOW } from '../../../test/support/charge.builder.js';
import { refundAnswered, refundRead, type LiveRefund } from './refund.js';

const refundOf = (more: Partial<LiveRefund> = {}): LiveRefund => ({
  ...{
    id: newId(),
    isCounted: true,
    chargeId: newId(),
    attemptId: newId(),
    providerAccountId: newId(),
  },
  ...{ amountMinor: 3_000, status: 'PENDING', refundedBeforeMinor: 1_000, sends: 1, looks: 0 },
  ...{ providerRefundId: null, otherRefundIds: [], providerPaymentId: 'imp_1' },
  ...more,
});
const context = { now: NOW, looksSeconds: LOOKS_SECONDS, isRepeatable: true };
const failed: RefundOutcome = {
  kind: 'FAILED',
  ...{ failureCode: 'PROVIDER_REJECTED', providerCode: '1', providerMessage: 'no' },
};
const read = (
  refundedMinor: number,
  ...refunds: [id: string, status: string][]
): RefundReading => ({
  kind: 'FOUND',
  refundedMinor,
  refunds: refunds.map(([providerRefundId, status]) => ({
    ...{ providerRefundId, amountMinor: 3_000, status: status as 'PENDING' },
  })),
});

describe('what an answer makes of a refund', () => {
  it.each<[string, RefundOutcome, string, boolean]>([
    ['done', { kind: 'SUCCEEDED', providerRefundId: 'r1' }, 'SUCCEEDED', true],
    ['taken in', { kind: 'PENDING', providerRefundId: 'r1' }, 'PENDING', false],
    ['refused', failed, 'FAILED', true],
    ['silence', { kind: 'UNKNOWN', reason: 'timeout' }, 'UNKNOWN', false],
    ['never left', { kind: 'NOT_SENT', reason: 'refused' }, 'PENDING', false],
  ])('%s', (_, outcome, status, isOver) => {
    const change = refundAnswered(refundOf(), outcome, context);
    expect(change.status).toBe(status);
    expect(change.nextLookAt).toEqual(isOver ? null : after(NOW, 10));
  });

  it('keeps what was said, and counts the look', () => {
    const answer = { status: 400, body: { code: 1 } };
    const change = refundAnswered(refundOf({ looks: 2 }), { ...failed, answer }, context);
    expect(change).toMatchObject({
      ...{ answer, looks: 3, isStuck: false, resend: false },
      failure: { failureCode: 'PROVIDER_REJECTED', providerCode: '1', providerMessage: 'no' },
    });
    expect(refundAnswered(refundOf(), failed, context).answer).toBeNull();
  });

  it('does not believe a refusal of a later send: it may be the echo of the first', () => {
    const change = refundAnswered(refundOf({ sends: 2 }), failed, context);
    expect(change).toMatchObject({ status: 'UNKNOWN', failure: null, resend: false });
  });

  it('goes out again only where the first never left', () => {
    const outcome: RefundOutcome = { kind: 'NOT_SENT', reason: 'refused' };
    expect(refundAnswered(refundOf({ sends: 0 }), outcome, context).resend).toBe(true);
    expect(refundAnswered(refundOf({ sends: 1 }), outcome, context).resend).toBe(true);
    expect(refundAnswered(refundOf({ sends: 2 }), outcome, context).resend).toBe(false);
  });
});

describe('what asking makes of a refund', () => {
  it('is done when the provider says so of this one', () => {
    const known = refundOf({ providerRefundId: 'r1' });
    expect(refundRead(known, read(4_000, ['r1', 'SUCCEEDED']), context).status).toBe('SUCCEEDED');
    expect(refundRead(known, read(1_000, ['r1', 'PENDING']), context).status).toBe('PENDING');
    expect(refundRead(known, read(1_000, ['r1', 'FAILED']), context)).toMatchObject({
      ...{ status: 'FAILED', nextLookAt: null, failure: { failureCode: 'PROVIDER_REJECTED' } },
    });
  });

  it('is told from the payment’s other refunds by its id', () => {
    const known = refundOf({ providerRefundId: 'r2' });
    const others = read(1_000, ['r1', 'SUCCEEDED'], ['r2', 'PENDING']);
    expect(refundRead(known, others, context)).toMatchObject({
      ...{ status: 'PENDING', providerRefundId: 'r2', isStuck: false },
    });
  });

  it('takes only a refund of its own amount, and in the wanted state, for its own', () => {
    const lost = refundOf({ status: 'UNKNOWN', amountMinor: 2_500 });
    expect(refundRead(lost, read(1_000, ['r1', 'PENDING']), context).providerRefundId).toBeNull();
    const done = refundOf({ status: 'UNKNOWN' });
    const listed = read(4_000, ['r1', 'PENDING'], ['r2', 'SUCCEEDED']);
    expect(refundRead(done, listed, context)).toMatchObject({
      ...{ status: 'SUCCEEDED', providerRefundId: 'r2', isStuck: false },
    });
  });

  it('is done when the figure has moved by it from what it was before', () => {
    const lost = refundOf({ status: 'UNKNOWN' });
    expect(refundRead(lost, read(4_000), context)).toMatchObject({ status: 'SUCCEEDED' });
    expect(refundRead(lost, read(3_999), context)).toMatchObject({
      status: 'UNKNOWN',
      resend: false,
    });
  });

  it('goes out again when the figure stands still to the last look, never on silence', () => {
    const last = { status: 'UNKNOWN', looks: LOOKS_SECONDS.length - 1 } as const;
    expect(refundRead(refundOf(last), read(1_000), context).resend).toBe(true);
    expect(refundRead(refundOf({ ...last, looks: 2 }), read(1_000), context).resend).toBe(false);
    const named = refundOf({ ...last, providerRefundId: 'r1' });
    expect(refundRead(named, read(1_000), context).resend).toBe(false);
    const silent = { kind: 'UNAVAILABLE', reason: 'HTTP 503' } as const;
    expect(refundRead(refundOf(last), silent, context)).toMatchObject({
      ...{ status: 'UNKNOWN', resend: false, nextLookAt: after(NOW, 1_800) },
    });
  });

  it('takes a pending one of its amount for its own, and does not go out again', () => {
    const lost = refundOf({ status: 'UNKNOWN', looks: LOOKS_SECONDS.length - 1 });
    const listed = read(1_000, ['r1', 'PENDING']);
    expect(refundRead(lost, listed, context)).toMatchObject({
      ...{ status: 'UNKNOWN', providerRefundId: 'r1', resend: false, isStuck: false },
    });
    const another = { ...lost, otherRefundIds: ['r1'] };
    expect(refundRead(another, listed, context)).toMatchObject({
      ...{ providerRefundId: null, resend: true },
    });
    expect(refundRead(lost, read(4_000, ['r1', 'SUCCEEDED']), context)).toMatchObject({
      ...{ status: 'SUCCEEDED', providerRefundId: 'r1' },
    });
  });

  it('is left to a person where a second send could be a second refund', () => {
    const lost = refundOf({ status: 'UNKNOWN', looks: LOOKS_SECONDS.length - 1 });
    const change = refundRead(lost, read(1_000), { ...context, isRepeatable: false });
    expect(change).toMatchObject({ status: 'UNKNOWN', resend: false, isStuck: true });
  });

  it('is left to a person where somebody else paid back meanwhile: the figures say nothing of ours', () => {
    const lost = refundOf({ status: 'UNKNOWN', looks: LOOKS_SECONDS.length - 1 });
    expect(refundRead(lost, read(1_500), context)).toMatchObject({
      ...{ status: 'UNKNOWN', resend: false, isStuck: true },
    });
    const early = refundOf({ status: 'UNKNOWN', looks: LOOKS_SECONDS.length - 2 });
    expect(refundRead(early, read(1_500), context)).toMatchObject({
      ...{ status: 'UNKNOWN', resend: false, isStuck: false, looks: early.looks + 1 },
    });
  });

  it('never says that money went back when the figure says otherwise', () => {
    const anyReading = fc.record({
      refundedMinor: fc.integer({ min: 0, max: 10_000 }),
      looks: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(anyReading, ({ refundedMinor, looks }) => {
        const change = refundRead(
          refundOf({ looks, status: 'UNKNOWN' }),
          read(refundedMinor),
          context,
        );
        const isBack = refundedMinor >= 4_000;
        return (change.status === 'SUCCEEDED') === isBack && !(isBack && change.resend);
      }),
    );
  });
});
