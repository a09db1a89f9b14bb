import fc from 'fast-check';
import type { Outcome } from '#providers/contract';
import { NO_RETRY, RETRY_PRESETS, STANDARD_POLICY } from '#dunning';
import { after } from '#platform/clock';

import type { Charge } from './charge.js';
import { mayTransition, type ChargeState } from './charge-state.js';
import { moved, settle, type SettlingContext } from './settlement.js';
import {
  anyOutcome,
  attemptOf,
  BUSINESS_NOW,
  chargeOf,
  LOOKS_SECONDS,
  NOW,
} from '../../../test/support/charge.builder.js';

const context: SettlingContext = {
  now: NOW,
  businessNow: BUSINESS_NOW,
  policy: STANDARD_POLICY,
  looksSeconds: LOOKS_SECONDS,
  cause: 'dispatcher',
  isNegativeBelieved: true,
};
const captured = { amountMinor: 9_900, currency: 'KRW' };
const paid: Outcome = {
  kind: 'SUCCEEDED',
  providerPaymentId: 'imp_1',
  providerChargeId: 'charge-1',
  captured,
};
const declined = (
  failureCode: 'INSUFFICIENT_FUNDS' | 'LOST_OR_STOLEN' | 'EXPIRED_CARD' | 'ISSUER_UNAVAILABLE',
) =>
  ({
    kind: 'DECLINED',
    providerPaymentId: 'imp_1',
    ...{ failureCode, providerCode: 'F116', providerMessage: 'no money' },
  }) as const;
const rejected = (failureCode: 'RATE_LIMITED' | 'CONFIGURATION' | 'PROVIDER_REJECTED') =>
  ({
    kind: 'REJECTED',
    ...{ failureCode, providerCode: null, providerMessage: 'not like this' },
  }) as const;

const settled = (
  outcome: Outcome,
  of: { charge?: Partial<Charge>; attempt?: object; context?: Partial<SettlingContext> } = {},
) => settle(chargeOf(of.charge), attemptOf(of.attempt), { ...context, ...of.context, outcome });

describe('what an outcome makes of a charge', () => {
  it.each<[string, Outcome, ChargeState | null, string]>([
    ['a capture of the amount asked for', paid, 'SUCCEEDED', 'SUCCEEDED'],
    ['a soft decline', declined('INSUFFICIENT_FUNDS'), 'RETRY_SCHEDULED', 'DECLINED'],
    ['a hard decline', declined('LOST_OR_STOLEN'), 'FAILED', 'DECLINED'],
    ['a key that needs a new card', declined('EXPIRED_CARD'), 'FAILED', 'DECLINED'],
    ['too many requests', rejected('RATE_LIMITED'), 'RETRY_SCHEDULED', 'REJECTED'],
    ['settings that are wrong', rejected('CONFIGURATION'), 'RETRY_SCHEDULED', 'REJECTED'],
    ['a request nobody would take', rejected('PROVIDER_REJECTED'), 'FAILED', 'REJECTED'],
    ['a send that never left', { kind: 'NOT_SENT', reason: 'refused' }, 'SCHEDULED', 'NOT_SENT'],
    [
      'a word that it is under way',
      { kind: 'PENDING', providerPaymentId: 'imp_1' },
      'PROCESSING',
      'PENDING',
    ],
    ['silence', { kind: 'UNKNOWN', reason: 'timeout' }, 'UNKNOWN', 'UNKNOWN'],
  ])('%s', (_, outcome, to, attemptOutcome) => {
    const settlement = settled(outcome);
    expect([settlement.to, settlement.attempt?.outcome]).toEqual([to, attemptOutcome]);
  });

  it('keeps what the provider said of a success', () => {
    expect(settled(paid, { charge: { setbacks: 3, nonSends: 2 } })).toMatchObject({
      ...{ failure: null, nextLookAt: null, sendAt: null, incidents: [] },
      ...{ setbacks: 0, nonSends: 0 },
      attempt: { providerPaymentId: 'imp_1', providerChargeId: 'charge-1', capturedMinor: 9_900 },
    });
  });

  it.each([
    ['another amount', { amountMinor: 9_901, currency: 'KRW' }],
    ['another currency', { amountMinor: 9_900, currency: 'USD' }],
  ])('never takes a capture of %s for success', (_, found) => {
    const settlement = settled({ ...paid, captured: found });
    expect(settlement).toMatchObject({
      to: 'UNKNOWN',
      attempt: { outcome: 'UNKNOWN', providerPaymentId: 'imp_1', capturedMinor: 0 },
      incidents: [{ kind: 'AMOUNT_DIFFERS', detail: { expected: captured, found } }],
    });
    expect(settlement.nextLookAt).toEqual(after(NOW, 10));
  });

  it.each(['FAILED', 'CANCELED', 'SKIPPED', 'RETRY_SCHEDULED'] as const)(
    'opens an incident for a success that comes after %s',
    (state) => {
      expect(settled(paid, { charge: { state } })).toMatchObject({
        to: 'SUCCEEDED',
        incidents: [{ kind: 'LATE_SUCCESS', detail: { from: state } }],
      });
    },
  );

  it.each([declined('LOST_OR_STOLEN'), rejected('CONFIGURATION')])(
    'does not believe a no to a later send: the first may have been executed',
    (outcome) => {
      const settlement = settled(outcome, { context: { isNegativeBelieved: false } });
      expect(settlement).toMatchObject({
        ...{ to: 'UNKNOWN', failure: null },
        attempt: { outcome: 'UNKNOWN', failureCode: null },
        evidence: { reason: `not believed after an earlier send: ${outcome.kind}` },
      });
    },
  );

  it('does not believe that a resend was the only send', () => {
    const settlement = settled({ kind: 'NOT_SENT', reason: 'refused' }, { attempt: { sends: 2 } });
    expect([settlement.to, settlement.sendAt]).toEqual(['UNKNOWN', null]);
  });

  it('tells a decline with the time of the next try on the account’s clock', () => {
    expect(
      settled(declined('INSUFFICIENT_FUNDS'), {
        charge: { declines: 1, setbacks: 2, nonSends: 3 },
      }),
    ).toMatchObject({
      ...{ to: 'RETRY_SCHEDULED', declines: 2, setbacks: 0, nonSends: 0 },
      sendAt: after(BUSINESS_NOW, 3 * 86_400),
      failure: { failureCode: 'INSUFFICIENT_FUNDS', providerCode: 'F116' },
    });
  });

  it('fails at once where no retries are wanted', () => {
    const settlement = settled(declined('INSUFFICIENT_FUNDS'), {
      ...{ charge: { nonSends: 3 }, context: { policy: NO_RETRY } },
    });
    expect(settlement).toMatchObject({ to: 'FAILED', sendAt: null, declines: 0, nonSends: 0 });
  });

  it('waits as long as the provider asks when it is asked too often, and uses up no step', () => {
    const outcome = { ...rejected('RATE_LIMITED'), retryAfterSeconds: 17 };
    const charge = { declines: 1, setbacks: 2, nonSends: 3 };
    expect(settled(outcome, { charge, context: { policy: NO_RETRY } })).toMatchObject({
      ...{ to: 'RETRY_SCHEDULED', sendAt: after(BUSINESS_NOW, 17) },
      ...{ declines: 1, setbacks: 2, nonSends: 4 },
      retry: { reason: 'rate limited, not executed', atEnd: null },
    });
  });

  it('takes a decline for its number for what it says: somebody read it', () => {
    const outcome: Outcome = { ...declined('ISSUER_UNAVAILABLE'), failureCode: 'RATE_LIMITED' };
    expect(settled(outcome, { charge: { nonSends: 2 } })).toMatchObject({
      ...{ setbacks: 1, nonSends: 0, retry: { reason: 'passing failure: step 1 of 9' } },
    });
  });

  it.each([
    ['this failure where it is the first', null, '2027-07-01T09:00:00.000Z'],
    ['the first failure, a day ago', after(BUSINESS_NOW, -86_400), '2027-07-02T09:00:00.000Z'],
    ['the first failure, a week ago', after(BUSINESS_NOW, -7 * 86_400), undefined],
  ])('counts the days of a policy from %s', (_, firstFailedAt, sendAt) => {
    const settlement = settled(declined('INSUFFICIENT_FUNDS'), {
      ...{ charge: { firstFailedAt }, context: { policy: RETRY_PRESETS.MORNINGS } },
    });
    expect(settlement.sendAt?.toISOString()).toBe(sendAt);
  });

  it('waits longer each time it is asked too often, where the provider does not say how long', () => {
    const settlement = settled(rejected('RATE_LIMITED'), { charge: { setbacks: 5, nonSends: 2 } });
    expect(settlement.sendAt).toEqual(after(BUSINESS_NOW, 8));
  });

  it.each([
    ['a passing failure', declined('ISSUER_UNAVAILABLE'), 'passing failure: step 1 of 9', 60],
    ['wrong settings', rejected('CONFIGURATION'), 'account settings: step 1 of 5', 600],
  ])('has %s take its first step, however often it was not sent', (_, outcome, reason, seconds) => {
    const notSent: Outcome = { kind: 'NOT_SENT', reason: 'refused' };
    let charge = chargeOf({ state: 'SUBMITTING' });
    for (const each of [notSent, rejected('RATE_LIMITED'), notSent, notSent, notSent]) {
      const { setbacks, nonSends } = settle(charge, attemptOf(), { ...context, outcome: each });
      charge = { ...charge, setbacks, nonSends };
    }
    expect(charge).toMatchObject({ setbacks: 0, nonSends: 5 });
    expect(settle(charge, attemptOf(), { ...context, outcome })).toMatchObject({
      ...{ setbacks: 1, nonSends: 0, retry: { reason } },
      sendAt: after(BUSINESS_NOW, seconds),
    });
  });

  it('tells a person about settings that are wrong', () => {
    expect(settled(rejected('CONFIGURATION')).incidents).toMatchObject([{ kind: 'CONFIGURATION' }]);
  });

  it.each([
    [0, 2],
    [1, 4],
    [7, 300],
    [50, 300],
  ])('waits longer with each non-send: after %d it is %d s', (nonSends, seconds) => {
    const charge = { setbacks: 1, nonSends };
    const settlement = settled({ kind: 'NOT_SENT', reason: 'refused' }, { charge });
    expect(settlement.sendAt).toEqual(after(BUSINESS_NOW, seconds));
    expect(settlement).toMatchObject({ setbacks: 1, nonSends: nonSends + 1 });
  });

  it('goes back to where it waited when it was not sent: a charge that failed before, to its retry', () => {
    const outcome: Outcome = { kind: 'NOT_SENT', reason: 'refused' };
    const failedBefore = { failureCode: 'DO_NOT_HONOR', attemptCount: 2 } as const;
    const second = { attempt: { number: 2 } };
    expect(settled(outcome, { charge: failedBefore, ...second }).to).toBe('RETRY_SCHEDULED');
    expect(settled(outcome, { charge: { attemptCount: 2 }, ...second }).to).toBe('SCHEDULED');
  });

  it('keeps the payment that was known where the answer names none, and the answer’s where it does', () => {
    const attempt = { providerPaymentId: 'imp_known' };
    const paymentAfter = (outcome: Outcome) =>
      settled(outcome, { attempt }).attempt?.providerPaymentId;
    const named = { providerPaymentId: 'imp_1' };
    const unnamed = { providerPaymentId: null };
    expect(paymentAfter({ kind: 'PENDING', ...named })).toBe('imp_1');
    expect(paymentAfter({ kind: 'PENDING', ...unnamed })).toBe('imp_known');
    expect(paymentAfter({ kind: 'UNKNOWN', reason: 'timeout', ...named })).toBe('imp_1');
    expect(paymentAfter({ kind: 'UNKNOWN', reason: 'timeout' })).toBe('imp_known');
    expect(paymentAfter(declined('INSUFFICIENT_FUNDS'))).toBe('imp_1');
    expect(paymentAfter({ ...declined('INSUFFICIENT_FUNDS'), ...unnamed })).toBe('imp_known');
    expect(paymentAfter(rejected('CONFIGURATION'))).toBe('imp_known');
    expect(paymentAfter({ kind: 'NOT_SENT', reason: 'refused' })).toBe('imp_known');
    expect(paymentAfter(paid)).toBe('imp_1');
  });

  it('tells what was said as evidence, and keeps the provider’s answer with the attempt alone', () => {
    const answer = { status: 200, body: { code: 0 } };
    const settlement = settled({ kind: 'UNKNOWN', reason: 'timeout', answer });
    expect(settlement.evidence).toEqual({ kind: 'UNKNOWN', reason: 'timeout' });
    expect(settlement.attempt?.answer).toEqual(answer);
    expect(settled({ kind: 'UNKNOWN', reason: 'timeout' }).attempt?.answer).toBeNull();
    expect(settled(declined('LOST_OR_STOLEN')).evidence).toMatchObject({
      ...{ kind: 'DECLINED', failureCode: 'LOST_OR_STOLEN', retry: expect.any(String) },
    });
    const resend = settled({ kind: 'NOT_SENT', reason: 'refused' }, { attempt: { sends: 2 } });
    expect(resend.evidence).toMatchObject({ reason: 'the resend failed: refused' });
  });

  it('tells a failure word for word, with the policy that decided and what it wants at the end', () => {
    const said = { providerCode: 'F116', providerMessage: 'no money' };
    const over = settled(declined('LOST_OR_STOLEN'), { charge: { setbacks: 2, declines: 1 } });
    expect(over).toMatchObject({
      ...{ failure: { failureCode: 'LOST_OR_STOLEN', ...said }, setbacks: 0, declines: 1 },
      ...{ attempt: { failureCode: 'LOST_OR_STOLEN', ...said, capturedMinor: 0 }, incidents: [] },
      retry: { policyVersion: STANDARD_POLICY.version, atEnd: STANDARD_POLICY.atEnd },
    });
    expect(settled(declined('INSUFFICIENT_FUNDS')).retry).toMatchObject({
      ...{ policyVersion: STANDARD_POLICY.version, atEnd: null },
    });
    expect(settled(rejected('CONFIGURATION')).incidents).toEqual([
      {
        kind: 'CONFIGURATION',
        detail: {
          ...{ failureCode: 'CONFIGURATION', providerCode: null },
          providerMessage: 'not like this',
        },
      },
    ]);
  });

  it('tells a late success by its payment, and a difference with both amounts', () => {
    expect(settled(paid, { charge: { state: 'FAILED' } }).incidents).toEqual([
      { kind: 'LATE_SUCCESS', detail: { from: 'FAILED', providerPaymentId: 'imp_1' } },
    ]);
    const found = { amountMinor: 1, currency: 'USD' };
    const differing = settled({ ...paid, captured: found });
    expect(differing.incidents).toEqual([
      {
        kind: 'AMOUNT_DIFFERS',
        detail: { expected: captured, found, providerPaymentId: 'imp_1' },
      },
    ]);
    expect(differing.evidence).toMatchObject({ reason: 'the captured amount differs' });
  });

  it('leaves a charge where it is when it is there, and with the person who looks at it', () => {
    const silence: Outcome = { kind: 'UNKNOWN', reason: 'timeout' };
    const toAfter = (outcome: Outcome, state: ChargeState) =>
      settled(outcome, { charge: { state } }).to;
    expect(toAfter(silence, 'UNKNOWN')).toBeNull();
    expect(toAfter(silence, 'NEEDS_REVIEW')).toBeNull();
    expect(toAfter(silence, 'PROCESSING')).toBe('UNKNOWN');
    const pending: Outcome = { kind: 'PENDING', providerPaymentId: null };
    expect(toAfter(pending, 'PROCESSING')).toBeNull();
    expect(toAfter(pending, 'NEEDS_REVIEW')).toBe('PROCESSING');
    expect(() => toAfter(pending, 'REFUNDED')).toThrow(
      'expected an allowed transition, found REFUNDED → PROCESSING',
    );
  });

  it('waits as long as a non-send says', () => {
    const outcome: Outcome = { kind: 'NOT_SENT', reason: 'busy', retryAfterSeconds: 17 };
    expect(settled(outcome, { charge: { setbacks: 4, nonSends: 2 } })).toMatchObject({
      ...{ to: 'SCHEDULED', sendAt: after(BUSINESS_NOW, 17), nextLookAt: null },
      ...{ setbacks: 4, nonSends: 3 },
      evidence: { kind: 'NOT_SENT', reason: 'busy' },
    });
  });

  it('begins the looks anew with each answer', () => {
    const charge = { looks: 4, absents: 2, firstAbsentAt: NOW };
    for (const outcome of [paid, { kind: 'UNKNOWN', reason: 'timeout' } as const])
      expect(settled(outcome, { charge })).toMatchObject({
        ...{ looks: 0, absents: 0, firstAbsentAt: null },
      });
    const atOnce = settled({ kind: 'UNKNOWN', reason: 'x' }, { context: { looksSeconds: [] } });
    expect(atOnce.nextLookAt).toEqual(NOW);
  });

  it('leaves what went out in bulk to the poller', () => {
    const outcome: Outcome = { kind: 'PENDING', providerPaymentId: null };
    expect(settled(outcome, { attempt: { kind: 'BULK' } }).nextLookAt).toBeNull();
    expect(settled(outcome).nextLookAt).toEqual(after(NOW, 10));
  });

  it('says what was asked for where it is nobody’s answer', () => {
    const charge = chargeOf({ state: 'SCHEDULED', declines: 2, setbacks: 1, nonSends: 3 });
    expect(moved({ charge }, 'CANCELED', 'a person: canceled')).toMatchObject({
      ...{ to: 'CANCELED', cause: 'a person: canceled', attempt: null },
      ...{ declines: 2, setbacks: 1, nonSends: 3 },
    });
    expect(moved({ charge }, 'CANCELED', 'a person: canceled')).toEqual({
      ...{ charge, attemptId: '', to: 'CANCELED', cause: 'a person: canceled', evidence: {} },
      ...{ sendAt: null, nextLookAt: null, looks: 0, absents: 0, firstAbsentAt: null },
      ...{ declines: 2, setbacks: 1, nonSends: 3, failure: null, retry: null },
      ...{ attempt: null, incidents: [] },
    });
  });
});

describe('whatever the outcome', () => {
  const sent = fc.constantFrom<ChargeState>('SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW');
  const anySettling = fc.record({
    outcome: anyOutcome,
    state: sent,
    sends: fc.integer({ min: 1, max: 3 }),
    isNegativeBelieved: fc.boolean(),
    declines: fc.integer({ min: 0, max: 4 }),
    setbacks: fc.integer({ min: 0, max: 12 }),
  });
  const run = (of: typeof anySettling extends fc.Arbitrary<infer T> ? T : never) => {
    // A non-send is only ever told of what is being sent.
    const state = of.outcome.kind === 'NOT_SENT' && of.sends === 1 ? 'SUBMITTING' : of.state;
    const { declines, setbacks, isNegativeBelieved, sends } = of;
    const charge = { state, declines, setbacks };
    return {
      state,
      settlement: settled(of.outcome, {
        charge,
        attempt: { sends },
        context: { isNegativeBelieved },
      }),
    };
  };

  it('no edge is taken that the table does not have', () => {
    fc.assert(
      fc.property(anySettling, (of) => {
        const { state, settlement } = run(of);
        return settlement.to === null || mayTransition(state, settlement.to);
      }),
      { numRuns: 500 },
    );
  });

  it('nothing waits for ever: it is over, or is sent or looked at again', () => {
    fc.assert(
      fc.property(anySettling, (of) => {
        const { settlement, state } = run(of);
        const to = settlement.to ?? state;
        const isOver = to === 'SUCCEEDED' || to === 'FAILED';
        const isAwaited = settlement.sendAt !== null || settlement.nextLookAt !== null;
        return isOver !== isAwaited;
      }),
      { numRuns: 500 },
    );
  });

  it('succeeded only if exactly this was captured', () => {
    fc.assert(
      fc.property(anySettling, (of) => {
        const { settlement } = run(of);
        const isExact =
          of.outcome.kind === 'SUCCEEDED' &&
          of.outcome.captured.amountMinor === 9_900 &&
          of.outcome.captured.currency === 'KRW';
        return (settlement.to === 'SUCCEEDED') === isExact;
      }),
      { numRuns: 500 },
    );
  });

  it('is sent again only after a no that proves something', () => {
    fc.assert(
      fc.property(anySettling, (of) => {
        const { settlement } = run(of);
        if (settlement.sendAt === null) return true;
        const { kind } = of.outcome;
        if (kind === 'NOT_SENT') return of.sends === 1;
        return (kind === 'DECLINED' || kind === 'REJECTED') && of.isNegativeBelieved;
      }),
      { numRuns: 500 },
    );
  });
});
