import { machineInstant } from '#platform/clock';
import { learnedFrom, type Decided } from './event-change.js';
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
