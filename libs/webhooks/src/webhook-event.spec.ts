import { CHARGE_STATES, type ChargeState } from '#charges';
import { after, machineInstant } from '#platform/clock';
import { afterAsking, decide, nextTry, type ChargeSubject, type Claims } from './webhook-event.js';

const charge = (more: Partial<ChargeSubject> = {}): ChargeSubject => ({
  kind: 'CHARGE',
  chargeId: 'charge',
  state: 'UNKNOWN',
  isLeased: false,
  attemptId: 'attempt',
  attemptKind: 'CHARGE',
  providerOperationId: null,
  paymentIds: ['known'],
  ...more,
});
const event = (claims: Claims, providerPaymentId: string | null = 'known') => ({
  claims,
  providerPaymentId,
});

describe('deciding about an event', () => {
  it.each(['UNKNOWN', 'NEEDS_REVIEW', 'REGISTERED', 'PROCESSING', 'SUBMITTING'] as const)(
    'asks about a charge that is %s and nobody is sending',
    (state) => {
      for (const claims of ['CAPTURED', 'FAILED', 'REFUNDED'] as const)
        expect(decide(event(claims), charge({ state }))).toEqual({ kind: 'ASK_CHARGE' });
    },
  );

  it('leaves a charge to its sender while that one waits for the answer', () => {
    const sending = charge({ state: 'SUBMITTING', isLeased: true });
    expect(decide(event('CAPTURED'), sending)).toMatchObject({ kind: 'END', status: 'APPLIED' });
  });

  it('asks for a poll, not for the payment, while a charge is in a bulk operation', () => {
    const inBulk = { attemptKind: 'BULK', providerOperationId: 'operation' } as const;
    for (const state of ['SUBMITTING', 'PROCESSING'] as const)
      expect(decide(event('FAILED'), charge({ state, ...inBulk }))).toMatchObject({
        kind: 'POLL_OPERATION',
        providerOperationId: 'operation',
      });
  });

  it.each(['FAILED', 'RETRY_SCHEDULED', 'CANCELED', 'SKIPPED'] as const)(
    'asks about a late capture of a charge that is %s, and about nothing else',
    (state) => {
      expect(decide(event('CAPTURED'), charge({ state }))).toEqual({ kind: 'ASK_CHARGE' });
      expect(decide(event('FAILED'), charge({ state }))).toMatchObject({ kind: 'END' });
      const unsent = charge({ state, attemptId: null });
      expect(decide(event('CAPTURED'), unsent)).toEqual({ kind: 'PARK' });
    },
  );

  it('has nothing to do for what is captured, but to ask about a second payment', () => {
    const captured = charge({ state: 'SUCCEEDED' });
    expect(decide(event('CAPTURED'), captured)).toMatchObject({ kind: 'END', status: 'APPLIED' });
    expect(decide(event('FAILED'), captured)).toMatchObject({ kind: 'END', status: 'APPLIED' });
    expect(decide(event('CAPTURED', 'another'), captured)).toEqual({ kind: 'ASK_CHARGE' });
  });

  it('looks for refunds when one is told of a captured charge', () => {
    for (const state of ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'] as const)
      expect(decide(event('REFUNDED'), charge({ state }))).toMatchObject({
        kind: 'LOOK_FOR_REFUND',
      });
  });

  it('parks what it finds nothing of, and a capture of what was not sent', () => {
    for (const claims of ['CAPTURED', 'FAILED', 'REFUNDED', 'REGISTERED'] as const)
      expect(decide(event(claims), undefined)).toEqual({ kind: 'PARK' });
    expect(decide(event('CAPTURED'), charge({ state: 'SCHEDULED' }))).toEqual({ kind: 'PARK' });
  });

  it('ignores what tells nothing of an outcome, whatever the state', () => {
    for (const state of CHARGE_STATES)
      expect(decide(event('OTHER'), charge({ state }))).toMatchObject({ status: 'IGNORED' });
    expect(decide(event('OTHER'), undefined)).toMatchObject({ status: 'IGNORED' });
  });

  it('asks about an open registration once a card was typed', () => {
    const open = { kind: 'REGISTRATION', registrationId: 'r', isOpen: true } as const;
    expect(decide(event('REGISTERED'), open)).toEqual({ kind: 'ASK_REGISTRATION' });
    expect(decide(event('OTHER'), open)).toMatchObject({ status: 'IGNORED' });
    expect(decide(event('REGISTERED'), { ...open, isOpen: false })).toMatchObject({ kind: 'END' });
  });
});

describe('a parked event', () => {
  const receivedAt = machineInstant(Date.UTC(2026, 0, 31));

  it('is tried again at growing gaps, the last time after a day', () => {
    let now = receivedAt;
    const tried: number[] = [];
    for (let tries = 0; ; tries += 1) {
      const next = nextTry({ tries, receivedAt }, now);
      if (!next) break;
      tried.push((next.getTime() - receivedAt.getTime()) / 1_000);
      now = next;
    }
    expect(tried.slice(0, 4)).toEqual([5, 20, 80, 380]);
    expect(tried.at(-1)).toBe(86_400);
    expect(tried.length).toBeLessThan(12);
    expect(nextTry({ tries: 0, receivedAt }, after(receivedAt, 86_401))).toBeNull();
  });
});

describe('after asking', () => {
  it('asks again about a capture that is not confirmed, three times', () => {
    const asked = (tries: number, state: ChargeState = 'FAILED') =>
      afterAsking({ ...event('CAPTURED'), tries }, state);
    expect([1, 2, 3].map((tries) => asked(tries))).toEqual([
      { againAfterSeconds: 10 },
      { againAfterSeconds: 60 },
      { againAfterSeconds: 600 },
    ]);
    expect(asked(4)).toMatchObject({ note: expect.stringContaining('does not confirm') });
    expect(asked(1, 'SUCCEEDED')).toMatchObject({ note: expect.stringContaining('SUCCEEDED') });
    expect(asked(1, 'UNKNOWN')).toHaveProperty('note');
  });
});
