import { after, machineInstant } from '#platform/clock';
import { askedChange, decidedChange, learnedFrom, type Decided } from './event-change.js';
import type { ChargeSubject, WebhookEvent } from './webhook-event.js';

const receivedAt = machineInstant(Date.UTC(2026, 0, 31));
const event = (more: Partial<WebhookEvent> = {}): WebhookEvent => ({
  ...{ id: 'event', providerAccountId: 'account', event: 'payment.charge.created' },
  ...{ claims: 'CAPTURED', providerPaymentId: 'payment', reference: 'reference', orderId: null },
  ...{ body: {}, status: 'RECEIVED', note: null, chargeId: null, tries: 0 },
  ...{ receivedAt, appliedAt: null },
  ...more,
});
const subject: ChargeSubject = {
  ...{ kind: 'CHARGE', chargeId: 'charge', state: 'UNKNOWN', isLeased: false },
  ...{ attemptId: 'attempt', attemptKind: 'CHARGE', providerOperationId: null, paymentIds: [] },
};
const decided = (
  more: Partial<WebhookEvent> = {},
  kind: 'CHARGE' | 'BULK' = 'CHARGE',
): Decided => ({
  event: event(more),
  subject: { ...subject, attemptKind: kind },
  decision: { kind: 'ASK_CHARGE' },
});

describe('what is learned of a payment', () => {
  it('is its id, for the attempt that went out under the reference beside it', () => {
    const learned = { reference: 'reference', providerPaymentId: 'payment' };
    expect(learnedFrom([decided()])).toEqual([learned]);
    expect(learnedFrom([decided({ reference: null })])).toEqual([]);
  });

  it('is nothing when it failed: that would stand in the way of the proof that it never was', () => {
    for (const claims of ['FAILED', 'REFUNDED', 'OTHER'] as const)
      expect(learnedFrom([decided({ claims })])).toEqual([]);
  });

  it('is nothing for an item whose operation is polled', () => {
    const polled = { providerOperationId: 'operation', note: '', isAwaited: true };
    const inBulk = decided({}, 'BULK');
    expect(learnedFrom([inBulk])).toHaveLength(1);
    const decision = { kind: 'POLL_OPERATION', ...polled } as const;
    expect(learnedFrom([{ ...inBulk, decision }])).toEqual([]);
  });
});

describe('a late capture that waited for a sender', () => {
  const waiting: Decided = { ...decided(), decision: { kind: 'PARK', note: 'being sent' } };
  const overtaken: ChargeSubject = { ...subject, state: 'FAILED' };
  const unconfirmed = {
    ...{ states: new Map(), failures: new Map(), booked: new Set<string>() },
    shown: new Map([['charge', []]]),
  };

  it('is asked about as often as one that did not wait', () => {
    let { event: late } = waiting;
    let now = receivedAt;
    for (let look = 0; look < 4; look += 1) {
      const parked = decidedChange({ ...waiting, event: late }, now, 90);
      late = { ...late, ...parked };
      now = parked.nextApplyAt!;
    }
    const gaps: number[] = [];
    for (;;) {
      const asked = askedChange({ ...decided(late), subject: overtaken }, unconfirmed, now);
      if (!asked.nextApplyAt) break;
      gaps.push((asked.nextApplyAt.getTime() - now.getTime()) / 1_000);
      late = { ...late, ...asked };
      now = asked.nextApplyAt;
    }
    expect(gaps).toEqual([10, 60, 600]);
  });

  it('waits longer, not less often, while the provider gives no answer', () => {
    const now = after(receivedAt, 20);
    const silent = { ...unconfirmed, shown: new Map<string, readonly string[]>() };
    const asked = askedChange({ ...decided(), subject: overtaken }, silent, now);
    expect(asked).toMatchObject({ status: 'RECEIVED', tries: 0, nextApplyAt: after(now, 40) });
  });
});
