import fc from 'fast-check';
import { newId } from '#kernel';
import { after, machineInstant } from '#platform/clock';
import type { RefundOutcome, RefundReading } from '#providers/contract';

import { LOOKS_SECONDS, NOW, QUIET_PERIOD_SECONDS } from '../../../test/support/charge.builder.js';
import { refundAnswered, refundRead, type LiveRefund } from './refund.js';

/** When the looks have run out. */
const REVIEW_SECONDS = 1_800;
const ago = (seconds: number) => machineInstant(NOW.getTime() - seconds * 1_000);

const refundOf = (more: Partial<LiveRefund> = {}): LiveRefund => ({
  ...{
    id: newId(),
    isCounted: true,
    chargeId: newId(),
    attemptId: newId(),
    providerAccountId: newId(),
  },
  ...{ amountMinor: 3_000, status: 'PENDING', refundedBeforeMinor: 1_000, sends: 1, looks: 0 },
  ...{ sentAt: ago(QUIET_PERIOD_SECONDS - 1), acceptedAt: null, resendGranted: false },
  ...{ providerRefundId: null, otherRefundIds: [], providerPaymentId: 'imp_1' },
  ...more,
});
/** Its answer was lost, and the quiet period is over. */
const lostRefund = (more: Partial<LiveRefund> = {}): LiveRefund =>
  refundOf({ status: 'UNKNOWN', sentAt: ago(QUIET_PERIOD_SECONDS), ...more });
/** The looks have run out, too. */
const lostForLong = (more: Partial<LiveRefund> = {}): LiveRefund =>
  lostRefund({ sentAt: ago(REVIEW_SECONDS), ...more });
const context = {
  ...{ now: NOW, looksSeconds: LOOKS_SECONDS, quietPeriodSeconds: QUIET_PERIOD_SECONDS },
  isRepeatable: true,
};
const failed: RefundOutcome = {
  kind: 'FAILED',
  ...{ failureCode: 'PROVIDER_REJECTED', providerCode: '1', providerMessage: 'no' },
};
const silent: RefundReading = { kind: 'UNAVAILABLE', reason: 'HTTP 503' };
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

  it('is taken back where it never left, whichever send it was', () => {
    const outcome: RefundOutcome = { kind: 'NOT_SENT', reason: 'refused' };
    expect(refundAnswered(refundOf(), outcome, context)).toMatchObject({
      ...{ status: 'PENDING', resend: true, acceptedAt: null },
    });
    expect(refundAnswered(lostRefund({ sends: 2 }), outcome, context)).toMatchObject({
      ...{ status: 'UNKNOWN', resend: true },
    });
  });

  it('is kept as taken in by that answer alone', () => {
    const taken: RefundOutcome = { kind: 'PENDING', providerRefundId: null };
    expect(refundAnswered(refundOf(), taken, context)).toEqual({
      ...{ status: 'PENDING', providerRefundId: null, acceptedAt: NOW, failure: null },
      ...{ answer: null, looks: 1, nextLookAt: after(NOW, 10), resend: false, isStuck: false },
      resendGranted: false,
    });
    for (const outcome of [failed, { kind: 'UNKNOWN', reason: 'timeout' } as const])
      expect(refundAnswered(refundOf(), outcome, context).acceptedAt).toBeNull();
    const before = refundOf({ acceptedAt: ago(5), sends: 2 });
    expect(refundAnswered(before, failed, context).acceptedAt).toEqual(ago(5));
  });

  it('is asked about at growing intervals, then hourly', () => {
    const unclear: RefundOutcome = { kind: 'UNKNOWN', reason: 'timeout' };
    const waits = [0, 1, 5, 6, 60].map(
      (looks) => refundAnswered(refundOf({ looks }), unclear, context).nextLookAt,
    );
    expect(waits).toEqual([10, 30, 1_800, 3_600, 3_600].map((seconds) => after(NOW, seconds)));
  });
});

describe('what asking makes of a refund', () => {
  it('is done when the provider says so of this one', () => {
    const known = refundOf({ providerRefundId: 'r1', acceptedAt: NOW });
    expect(refundRead(known, read(4_000, ['r1', 'SUCCEEDED']), context)).toEqual({
      ...{ status: 'SUCCEEDED', providerRefundId: 'r1', acceptedAt: NOW, failure: null },
      ...{ answer: null, looks: 1, nextLookAt: null, resend: false, isStuck: false },
      resendGranted: false,
    });
    expect(refundRead(known, read(1_000, ['r1', 'PENDING']), context).status).toBe('PENDING');
    expect(refundRead(known, read(1_000, ['r1', 'FAILED']), context)).toMatchObject({
      ...{ status: 'FAILED', nextLookAt: null },
      failure: { failureCode: 'PROVIDER_REJECTED', providerCode: null, providerMessage: null },
    });
  });

  it('is not done where the figure moved while its own is still under way', () => {
    const known = refundOf({ providerRefundId: 'r1', acceptedAt: NOW });
    const others = read(4_000, ['r1', 'PENDING'], ['r2', 'SUCCEEDED']);
    expect(refundRead(known, others, context)).toMatchObject({
      ...{ status: 'PENDING', providerRefundId: 'r1', nextLookAt: after(NOW, 10) },
    });
  });

  it('is told from the payment’s other refunds by its id', () => {
    const known = refundOf({ providerRefundId: 'r2', acceptedAt: NOW });
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

  it('is UNKNOWN from the first look on where nobody took it in: its sender may be dead', () => {
    expect(refundRead(refundOf(), read(1_000), context)).toMatchObject({
      ...{ status: 'UNKNOWN', looks: 1, nextLookAt: after(NOW, 10), resend: false, isStuck: false },
    });
    expect(refundRead(refundOf(), silent, context).status).toBe('UNKNOWN');
    const taken = refundOf({ acceptedAt: NOW });
    expect(refundRead(taken, read(1_000), context).status).toBe('PENDING');
    expect(refundRead(taken, silent, context).status).toBe('PENDING');
  });

  it('goes out again when the figure stood still for the quiet period since its send, however often it was asked about', () => {
    for (const looks of [0, 1, 60]) {
      expect(refundRead(lostRefund({ looks }), read(1_000), context).resend).toBe(true);
      const early = { looks, sentAt: ago(QUIET_PERIOD_SECONDS - 1) };
      expect(refundRead(lostRefund(early), read(1_000), context).resend).toBe(false);
    }
    const unwritten = lostRefund({ sentAt: null });
    expect(refundRead(unwritten, read(1_000), context)).toMatchObject({
      ...{ resend: false, isStuck: false },
    });
    expect(refundRead(lostRefund(), silent, context)).toMatchObject({
      ...{ status: 'UNKNOWN', resend: false, isStuck: false },
    });
  });

  it('never goes out again by itself once the provider took it in: a person is asked when the looks have run out', () => {
    for (const taken of [{ acceptedAt: ago(1_700) }, { providerRefundId: 'r1' }]) {
      const waiting = { status: 'PENDING' as const, ...taken, sentAt: ago(REVIEW_SECONDS - 1) };
      expect(refundRead(lostRefund(waiting), read(1_000), context)).toMatchObject({
        ...{ resend: false, isStuck: false },
      });
      const lost = { ...waiting, sentAt: ago(REVIEW_SECONDS) };
      expect(refundRead(lostRefund(lost), read(1_000), context)).toMatchObject({
        ...{ status: 'UNKNOWN', resend: false, isStuck: true, nextLookAt: after(NOW, 10) },
      });
    }
  });

  it('waits without a person while the provider shows it under way, however long', () => {
    const known = lostForLong({ status: 'PENDING', acceptedAt: NOW, providerRefundId: 'r1' });
    expect(refundRead(known, read(1_000, ['r1', 'PENDING']), context)).toMatchObject({
      ...{ status: 'PENDING', resend: false, isStuck: false },
    });
  });

  it('takes a pending one of its amount for its own, and does not go out again', () => {
    const listed = read(1_000, ['r1', 'PENDING']);
    expect(refundRead(lostForLong(), listed, context)).toMatchObject({
      ...{ status: 'UNKNOWN', providerRefundId: 'r1', resend: false, isStuck: false },
    });
    const another = lostRefund({ otherRefundIds: ['r1'] });
    expect(refundRead(another, listed, context)).toMatchObject({
      ...{ providerRefundId: null, resend: true },
    });
    expect(refundRead(lostRefund(), read(4_000, ['r1', 'SUCCEEDED']), context)).toMatchObject({
      ...{ status: 'SUCCEEDED', providerRefundId: 'r1' },
    });
  });

  it('is left to a person where a second send could be a second refund', () => {
    const once = { ...context, isRepeatable: false };
    const early = lostRefund({ sentAt: ago(REVIEW_SECONDS - 1) });
    expect(refundRead(early, read(1_000), once)).toMatchObject({ resend: false, isStuck: false });
    expect(refundRead(lostForLong(), read(1_000), once)).toMatchObject({
      ...{ status: 'UNKNOWN', resend: false, isStuck: true },
    });
  });

  it('is left to a person where somebody else paid back meanwhile: the figures say nothing of ours', () => {
    for (const refundedMinor of [999, 1_001, 1_500, 3_999]) {
      expect(refundRead(lostForLong(), read(refundedMinor), context)).toMatchObject({
        ...{ status: 'UNKNOWN', resend: false, isStuck: true },
      });
      expect(refundRead(lostRefund({ looks: 4 }), read(refundedMinor), context)).toMatchObject({
        ...{ status: 'UNKNOWN', resend: false, isStuck: false, looks: 5 },
      });
    }
  });

  it('is left to a person where the provider cannot be asked, or knows no such payment', () => {
    for (const reading of [silent, { kind: 'ABSENT' } as const]) {
      expect(refundRead(lostForLong(), reading, context)).toMatchObject({
        ...{ status: 'UNKNOWN', resend: false, isStuck: true },
      });
      const early = lostRefund({ sentAt: ago(REVIEW_SECONDS - 1) });
      expect(refundRead(early, reading, context).isStuck).toBe(false);
    }
  });

  it('is left to a person after ten sends of which none arrived', () => {
    expect(refundRead(lostForLong({ sends: 9 }), read(1_000), context).resend).toBe(true);
    expect(refundRead(lostForLong({ sends: 10 }), read(1_000), context)).toMatchObject({
      ...{ resend: false, isStuck: true },
    });
  });

  it('asks no person before absence would be proof, however short the looks are', () => {
    const short = { ...context, looksSeconds: [1, 2], isRepeatable: false };
    expect(refundRead(refundOf(), read(1_000), short).isStuck).toBe(false);
    expect(refundRead(lostRefund(), read(1_000), short).isStuck).toBe(true);
    const none = { ...short, looksSeconds: [], quietPeriodSeconds: 0 };
    expect(refundRead(refundOf({ sentAt: NOW }), read(1_000), none)).toMatchObject({
      ...{ isStuck: true, nextLookAt: after(NOW, 3_600) },
    });
  });

  it('goes out again on a person’s word that it never happened, unless the provider shows it after all', () => {
    const granted = refundOf({ status: 'UNKNOWN', resendGranted: true, sends: 10, sentAt: NOW });
    const once = { ...context, isRepeatable: false };
    expect(refundRead(granted, read(1_500), once)).toMatchObject({ resend: true, isStuck: false });
    expect(refundRead(granted, read(4_000), once)).toMatchObject({
      ...{ status: 'SUCCEEDED', resend: false },
    });
    expect(refundRead(granted, read(1_000, ['r1', 'PENDING']), once)).toMatchObject({
      ...{ providerRefundId: 'r1', resend: false, resendGranted: false },
    });
    expect(refundRead(granted, silent, once)).toMatchObject({ resend: false, resendGranted: true });
  });

  it('never says that money went back when the figure says otherwise', () => {
    const anyReading = fc.record({
      refundedMinor: fc.integer({ min: 0, max: 10_000 }),
      age: fc.integer({ min: 0, max: 3_600 }),
    });
    fc.assert(
      fc.property(anyReading, ({ refundedMinor, age }) => {
        const change = refundRead(lostRefund({ sentAt: ago(age) }), read(refundedMinor), context);
        const isBack = refundedMinor >= 4_000;
        return (change.status === 'SUCCEEDED') === isBack && !(isBack && change.resend);
      }),
    );
  });
});
