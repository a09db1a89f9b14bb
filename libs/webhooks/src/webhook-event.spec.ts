import { CHARGE_STATES, type ChargeState } from '#charges';
import { after, machineInstant } from '#platform/clock';
import {
  afterAsking,
  decide,
  nextLook,
  paymentsNamed,
  type ChargeSubject,
  type Claims,
} from './webhook-event.js';

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
  tries: 0,
  waitedSeconds: 0,
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

  it('looks again at a capture that the poll of an open operation may not name, and asks at last', () => {
    const inBulk = charge({
      ...{ state: 'PROCESSING', attemptKind: 'BULK', providerOperationId: 'operation' },
      paymentIds: [],
    });
    const poll = { kind: 'POLL_OPERATION', isAwaited: true };
    expect(decide(event('CAPTURED', 'earlier'), inBulk)).toMatchObject(poll);
    expect(decide(event('CAPTURED', null), inBulk)).toMatchObject({ ...poll, isAwaited: false });
    const long = { ...event('CAPTURED', 'earlier'), waitedSeconds: 43_200 };
    expect(decide(long, inBulk)).toEqual({ kind: 'ASK_CHARGE' });
  });

  it('looks again at a capture that came while an attempt was being sent', () => {
    const sending = charge({ state: 'SUBMITTING', isLeased: true, paymentIds: [] });
    expect(decide(event('CAPTURED', 'earlier'), sending)).toMatchObject({ kind: 'PARK' });
    expect(decide(event('FAILED', 'earlier'), sending)).toMatchObject({ kind: 'END' });
  });

  it.each(['FAILED', 'RETRY_SCHEDULED', 'CANCELED', 'SKIPPED'] as const)(
    'asks about a late capture of a charge that is %s, and about nothing else',
    (state) => {
      expect(decide(event('CAPTURED'), charge({ state }))).toEqual({ kind: 'ASK_CHARGE' });
      expect(decide(event('FAILED'), charge({ state }))).toMatchObject({ kind: 'END' });
      const unsent = charge({ state, attemptId: null });
      expect(decide(event('CAPTURED'), unsent)).toMatchObject({ kind: 'PARK' });
    },
  );

  it('has nothing to do for what is captured, but to ask about a second payment', () => {
    const captured = charge({ state: 'SUCCEEDED' });
    expect(decide(event('CAPTURED'), captured)).toMatchObject({ kind: 'END', status: 'APPLIED' });
    expect(decide(event('FAILED'), captured)).toMatchObject({ kind: 'END', status: 'APPLIED' });
    for (const state of ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'] as const)
      expect(decide(event('CAPTURED', 'another'), charge({ state }))).toEqual({
        kind: 'ASK_CHARGE',
      });
  });

  it('looks for refunds when one is told of a captured charge', () => {
    for (const state of ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'] as const)
      expect(decide(event('REFUNDED'), charge({ state }))).toMatchObject({
        kind: 'LOOK_FOR_REFUND',
      });
  });

  it('parks what it finds nothing of, and a capture of what was not sent', () => {
    for (const claims of ['CAPTURED', 'FAILED', 'REFUNDED', 'REGISTERED'] as const)
      expect(decide(event(claims), undefined)).toMatchObject({ kind: 'PARK' });
    expect(decide(event('CAPTURED'), charge({ state: 'SCHEDULED' }))).toMatchObject({
      kind: 'PARK',
    });
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

  it('is looked at again at growing gaps, the last time after a day', () => {
    let now = receivedAt;
    const looked: number[] = [];
    for (;;) {
      const next = nextLook({ receivedAt }, now);
      if (!next) break;
      looked.push((next.getTime() - receivedAt.getTime()) / 1_000);
      now = next;
    }
    expect(looked.slice(0, 5)).toEqual([0.25, 0.75, 2.25, 6.75, 20.25]);
    expect(looked.at(-1)).toBe(86_400);
    expect(looked.length).toBeLessThan(14);
    expect(nextLook({ receivedAt }, after(receivedAt, 86_401))).toBeNull();
  });
});

describe('the payments that are read', () => {
  it('are those said to be captured or refunded, each once and at most five', () => {
    const of = (claims: Claims, id: string | null) => ({ event: event(claims, id), chargeId: 'c' });
    const told = [of('CAPTURED', 'a'), of('REFUNDED', 'b'), of('CAPTURED', 'a'), of('FAILED', 'f')];
    expect(paymentsNamed([...told, of('CAPTURED', null)]).get('c')).toEqual(['a', 'b']);
    const many = Array.from({ length: 9 }, (_, i) => of('CAPTURED', `p${i}`));
    expect(paymentsNamed(many).get('c')).toHaveLength(5);
    expect(paymentsNamed([of('FAILED', 'f')]).get('c')).toEqual([]);
  });
});

describe('after asking', () => {
  const asked = (
    tries: number,
    state: ChargeState = 'FAILED',
    { before = state, shown = [] as string[] | undefined } = {},
  ) => afterAsking({ ...event('CAPTURED'), tries }, { before, after: state, shown });

  it('asks again about a capture that is not confirmed, three times', () => {
    expect([0, 1, 2].map((tries) => asked(tries))).toEqual([
      { againAfterSeconds: 10 },
      { againAfterSeconds: 60 },
      { againAfterSeconds: 600 },
    ]);
    expect(asked(3)).toMatchObject({ note: expect.stringContaining('does not confirm') });
    const captured = asked(0, 'SUCCEEDED', { before: 'UNKNOWN' });
    expect(captured).toMatchObject({ note: expect.stringContaining('SUCCEEDED') });
    expect(asked(0, 'UNKNOWN')).toHaveProperty('note');
  });

  it('asks again about a second payment until the provider shows it', () => {
    expect(asked(0, 'SUCCEEDED')).toEqual({ againAfterSeconds: 10 });
    expect(asked(0, 'SUCCEEDED', { shown: ['known'] })).toHaveProperty('note');
  });

  it('parks a capture of a charge that somebody else was asking about, or got no answer for', () => {
    const none = { before: 'SUCCEEDED', after: 'SUCCEEDED', shown: undefined } as const;
    expect(afterAsking({ ...event('CAPTURED'), tries: 0 }, none)).toEqual({ park: true });
    expect(afterAsking({ ...event('FAILED'), tries: 0 }, none)).toHaveProperty('note');
  });

  it('looks for the refund once the capture behind it is known', () => {
    const told = { ...event('REFUNDED'), tries: 0 };
    const now = { before: 'UNKNOWN', after: 'SUCCEEDED', shown: ['known'] } as const;
    expect(afterAsking(told, now)).toEqual({ againAfterSeconds: 1 });
  });
});
