import fc from 'fast-check';
import { after, machineInstant, type MachineInstant } from '#platform/clock';
import type { ProviderPayment, Reading } from '#providers/contract';

import {
  anyPayment,
  attemptOf,
  chargeOf,
  LOOKS_SECONDS,
  NOW,
  paymentOf,
  QUIET_PERIOD_SECONDS,
} from '../../../test/support/charge.builder.js';
import type { Attempt, Charge } from './charge.js';
import { CHARGE_STATES, isLookedAt, mayTransition, type ChargeState } from './charge-state.js';
import { afterLook, isDecisive, judge, type Expected, type Finding } from './look.js';

const expected = (more: Partial<Expected> = {}): Expected => ({
  charge: chargeOf({ state: 'UNKNOWN' }),
  references: [{ reference: 'a'.repeat(32), providerKey: 'customer-key' }],
  knownPaymentId: null,
  bookedPaymentIds: [],
  ...more,
});
const found = (...payments: ProviderPayment[]): Reading<{ payments: ProviderPayment[] }> => ({
  kind: 'FOUND',
  payments,
});
const declined = {
  failureCode: 'DO_NOT_HONOR',
  providerCode: 'F110',
  providerMessage: 'no',
} as const;
const failed = (providerPaymentId = 'imp_1') =>
  paymentOf({ providerPaymentId, status: 'FAILED', capturedMinor: 0, failure: declined });
const pending = (providerPaymentId = 'imp_1') =>
  paymentOf({ providerPaymentId, status: 'PENDING', capturedMinor: 0 });

describe('what the provider’s answer says of a charge', () => {
  it('is success when the one payment is ours, whole', () => {
    expect(judge(found(paymentOf()), expected())).toMatchObject({
      kind: 'VERDICT',
      outcome: {
        ...{ kind: 'SUCCEEDED', providerPaymentId: 'imp_1' },
        captured: { amountMinor: 9_900, currency: 'KRW' },
      },
      incidents: [],
    });
  });

  describe('on a card that was changed since', () => {
    const references = [
      { reference: 'old-reference', providerKey: 'old-key' },
      { reference: 'new-reference', providerKey: 'new-key' },
    ];
    const changed = (more: Partial<Expected> = {}) => expected({ references, ...more });
    const old = paymentOf({ reference: 'old-reference', providerKey: 'old-key' });

    it('is success by the key that its reference was sent with, then or now', () => {
      const now = paymentOf({ reference: 'new-reference', providerKey: 'new-key' });
      for (const payment of [old, now])
        expect(judge(found(payment), changed())).toMatchObject({
          ...{ kind: 'VERDICT', outcome: { kind: 'SUCCEEDED' }, incidents: [] },
        });
    });

    it('is a duplicate beside the payment that counts, of the old key too', () => {
      const now = paymentOf({
        ...{ providerPaymentId: 'imp_2', reference: 'new-reference', providerKey: 'new-key' },
      });
      expect(judge(found(old, now), changed({ knownPaymentId: 'imp_2' }))).toMatchObject({
        outcome: { providerPaymentId: 'imp_2' },
        incidents: [{ kind: 'DUPLICATE_CAPTURE', detail: { providerPaymentId: 'imp_1' } }],
      });
    });

    it.each([
      ['a reference with the other key', { reference: 'old-reference', providerKey: 'new-key' }],
      ['a reference with a stranger’s', { reference: 'new-reference', providerKey: 'other-key' }],
      ['no reference and a stranger’s', { reference: null, providerKey: 'other-key' }],
      ['another reference and a stranger’s', { reference: 'them', providerKey: 'other-key' }],
    ])('is a stranger’s by %s', (_, of) => {
      expect(judge(found(paymentOf(of)), changed())).toMatchObject({
        ...{ kind: 'INCONCLUSIVE', incidents: [{ kind: 'FOREIGN_PAYMENT' }] },
      });
    });

    it.each([null, 'them'])('may be of either key under reference %s', (reference) => {
      for (const providerKey of ['old-key', 'new-key'])
        expect(judge(found(paymentOf({ reference, providerKey })), changed()).kind).toBe('VERDICT');
    });
  });

  it('is success also where it was paid back since: that is another story', () => {
    const refunded = paymentOf({ status: 'CANCELED', refundedMinor: 9_900 });
    expect(judge(found(refunded), expected())).toMatchObject({ outcome: { kind: 'SUCCEEDED' } });
  });

  it('is a decline, a word that it is under way, or nothing', () => {
    expect(judge(found(failed()), expected())).toMatchObject({
      kind: 'VERDICT',
      outcome: { kind: 'DECLINED', providerPaymentId: 'imp_1', failureCode: 'DO_NOT_HONOR' },
    });
    expect(judge(found(pending()), expected())).toMatchObject({ kind: 'PENDING' });
    expect(judge({ kind: 'ABSENT' }, expected())).toEqual({ kind: 'ABSENT' });
    expect(judge({ kind: 'UNAVAILABLE', reason: 'HTTP 503' }, expected())).toEqual({
      ...{ kind: 'INCONCLUSIVE', reason: 'HTTP 503', incidents: [] },
    });
  });

  it('believes money before words: captured, then undecided, then failed', () => {
    const all = [failed('imp_1'), pending('imp_2'), paymentOf({ providerPaymentId: 'imp_3' })];
    expect(judge(found(...all), expected())).toMatchObject({
      outcome: { kind: 'SUCCEEDED', providerPaymentId: 'imp_3' },
    });
    expect(judge(found(...all.slice(0, 2)), expected())).toMatchObject({ kind: 'PENDING' });
  });

  it('does not take the failure of an earlier attempt for one of this', () => {
    const earlier = expected({ bookedPaymentIds: ['imp_1'] });
    expect(judge(found(failed('imp_1')), earlier)).toEqual({ kind: 'ABSENT' });
    expect(judge(found(failed('imp_1'), failed('imp_2')), earlier)).toMatchObject({
      outcome: { kind: 'DECLINED', providerPaymentId: 'imp_2' },
    });
  });

  it('sees that an earlier attempt was paid after all', () => {
    expect(judge(found(paymentOf()), expected({ bookedPaymentIds: ['imp_1'] }))).toMatchObject({
      outcome: { kind: 'SUCCEEDED', providerPaymentId: 'imp_1' },
      incidents: [{ kind: 'LATE_SUCCESS', detail: { providerPaymentId: 'imp_1' } }],
    });
  });

  it('counts the payment it knew, and tells of every other capture', () => {
    const known = expected({ knownPaymentId: 'imp_2' });
    const finding = judge(
      found(
        paymentOf(),
        paymentOf({ providerPaymentId: 'imp_2' }),
        paymentOf({ providerPaymentId: 'imp_3' }),
      ),
      known,
    );
    expect(finding).toMatchObject({
      outcome: { providerPaymentId: 'imp_2' },
      incidents: [
        { kind: 'DUPLICATE_CAPTURE', detail: { providerPaymentId: 'imp_1' } },
        { kind: 'DUPLICATE_CAPTURE', detail: { providerPaymentId: 'imp_3' } },
      ],
    });
  });

  it('puts no other capture in the place of the one that counts, when that one is not shown', () => {
    const known = { knownPaymentId: 'imp_2' };
    const asked = { ...expected(known), charge: chargeOf({ state: 'REFUNDED' }) };
    expect(judge(found(paymentOf()), asked)).toMatchObject({
      kind: 'INCONCLUSIVE',
      incidents: [{ kind: 'DUPLICATE_CAPTURE', detail: { providerPaymentId: 'imp_1' } }],
    });
    const failedThen = { ...expected(known), charge: chargeOf({ state: 'FAILED' }) };
    expect(judge(found(paymentOf()), failedThen)).toMatchObject({ kind: 'VERDICT' });
  });

  it.each<[string, Partial<ProviderPayment>, string]>([
    [
      'another amount',
      { amount: { amountMinor: 500, currency: 'KRW' }, capturedMinor: 500 },
      'AMOUNT_DIFFERS',
    ],
    ['another currency', { amount: { amountMinor: 9_900, currency: 'USD' } }, 'AMOUNT_DIFFERS'],
    ['only a part of it captured', { capturedMinor: 500 }, 'AMOUNT_DIFFERS'],
    ['another key', { providerKey: 'other-key' }, 'FOREIGN_PAYMENT'],
  ])('never calls a payment of %s ours', (_, more, kind) => {
    const detail = { providerPaymentId: 'imp_1' };
    expect(judge(found(paymentOf(more)), expected())).toMatchObject({
      ...{ kind: 'INCONCLUSIVE', incidents: [{ kind, detail }] },
    });
    const ours = paymentOf({ providerPaymentId: 'imp_2' });
    expect(judge(found(paymentOf(more), ours), expected())).toMatchObject({
      outcome: { kind: 'SUCCEEDED', providerPaymentId: 'imp_2' },
      incidents: [{ kind, detail }],
    });
  });

  it('takes a payment without a key for ours: older recordings leave it out', () => {
    expect(judge(found(paymentOf({ providerKey: null })), expected())).toMatchObject({
      outcome: { kind: 'SUCCEEDED' },
    });
  });

  it('has success only for exactly what was asked, whatever payments there are', () => {
    fc.assert(
      fc.property(fc.array(anyPayment, { maxLength: 4 }), (payments) => {
        const finding = judge(found(...payments), expected());
        if (finding.kind !== 'VERDICT' || finding.outcome.kind !== 'SUCCEEDED') return true;
        const { captured } = finding.outcome;
        return captured.amountMinor === 9_900 && captured.currency === 'KRW';
      }),
      { numRuns: 500 },
    );
  });

  it('never speaks of absence or decline while money moved, and tells of all of it', () => {
    fc.assert(
      fc.property(fc.array(anyPayment, { minLength: 1, maxLength: 4 }), (payments) => {
        const captures = payments.filter(({ capturedMinor }) => capturedMinor > 0);
        const finding = judge(found(...payments), expected());
        if (captures.length === 0) return finding.kind !== 'INCONCLUSIVE';
        const incidents = 'incidents' in finding ? finding.incidents.length : 0;
        const counted = finding.kind === 'VERDICT' ? 1 : 0;
        return (
          !(finding.kind === 'VERDICT' && finding.outcome.kind === 'DECLINED') &&
          counted + incidents === captures.length
        );
      }),
      { numRuns: 500 },
    );
  });
});

const look = (
  finding: Finding,
  of: {
    charge?: Partial<Charge>;
    attempt?: Partial<Attempt>;
    now?: MachineInstant;
    lookUp?: 'CONCLUSIVE' | 'POSITIVE_ONLY';
    replay?: 'ENFORCED' | 'UNPROVEN' | 'NONE';
  } = {},
) =>
  afterLook(chargeOf({ state: 'UNKNOWN', ...of.charge }), attemptOf(of.attempt), {
    now: of.now ?? after(NOW, 10),
    looksSeconds: LOOKS_SECONDS,
    quietPeriodSeconds: QUIET_PERIOD_SECONDS,
    lookUp: of.lookUp ?? 'CONCLUSIVE',
    replay: of.replay ?? 'NONE',
    cause: 'resolver',
    finding,
  });
const absent: Finding = { kind: 'ABSENT' };
const silent: Finding = { kind: 'INCONCLUSIVE', reason: 'HTTP 503', incidents: [] };
const underWay: Finding = {
  kind: 'PENDING',
  outcome: { kind: 'PENDING', providerPaymentId: 'imp_1' },
};
const afterQuiet = after(NOW, QUIET_PERIOD_SECONDS);
const twiceAbsent = { absents: 2, looks: 4, firstAbsentAt: after(NOW, 30) };

describe('a look that decided nothing', () => {
  it('comes again at its time, counted from when it became unclear', () => {
    const times = [0, 1, 2, 3, 4].map(
      (looks) => look(silent, { charge: { looks }, now: NOW }).nextLookAt,
    );
    expect(times).toEqual([30, 120, 300, 600, 1_800].map((seconds) => after(NOW, seconds)));
  });

  it('asks a person after the last, and goes on each hour', () => {
    const last = { looks: 5, unresolvedSince: NOW };
    const now = after(NOW, 1_800);
    expect(look(silent, { charge: last, now })).toMatchObject({
      ...{ to: 'NEEDS_REVIEW', nextLookAt: after(now, 3_600) },
    });
    const asked = { ...last, state: 'NEEDS_REVIEW', looks: 9 } as const;
    expect(look(silent, { charge: asked, now })).toMatchObject({
      ...{ to: null, nextLookAt: after(now, 3_600) },
    });
  });

  it('is never due at once again, also when the process slept past several', () => {
    const now = after(NOW, 5_000);
    expect(look(silent, { charge: { looks: 1 }, now }).nextLookAt).toEqual(after(now, 10));
  });

  it.each<[ChargeState, Finding, ChargeState | null]>([
    ['SUBMITTING', silent, 'UNKNOWN'],
    ['SUBMITTING', absent, 'UNKNOWN'],
    ['SUBMITTING', underWay, 'PROCESSING'],
    ['UNKNOWN', underWay, 'PROCESSING'],
    ['PROCESSING', underWay, null],
    ['PROCESSING', silent, null],
    ['PROCESSING', absent, 'UNKNOWN'],
    ['NEEDS_REVIEW', underWay, null],
    ['REGISTERED', absent, null],
    ['REGISTERED', { kind: 'REVOKED' }, 'SKIPPED'],
    ['UNKNOWN', { kind: 'REVOKED' }, null],
  ])('moves %s by %j to %s', (state, finding, to) => {
    expect(look(finding, { charge: { state } }).to).toBe(to);
  });

  it('counts a word that it is under way as a look, so that a person is asked in the end', () => {
    const first = look(underWay);
    expect(first).toMatchObject({
      looks: 1,
      attempt: { outcome: 'PENDING', providerPaymentId: 'imp_1' },
    });
    const last = look(underWay, { charge: { state: 'PROCESSING', looks: 5 } });
    expect(last.to).toBe('NEEDS_REVIEW');
  });

  it.each(CHARGE_STATES.filter((state) => !isLookedAt(state)))(
    'changes nothing of a charge that is %s',
    (state) => {
      const charge = { state, looks: 2, declines: 1, setbacks: 3 };
      for (const finding of [absent, silent, underWay, { kind: 'REVOKED' } as const])
        expect(look(finding, { charge })).toMatchObject({
          ...{ to: null, looks: 2, declines: 1, setbacks: 3, attempt: null, failure: null },
          ...{ sendAt: null, nextLookAt: null, resend: false },
        });
    },
  );

  it('leaves an item of a bulk operation to the poller', () => {
    expect(
      look(absent, { charge: { state: 'PROCESSING' }, attempt: { kind: 'BULK' } }),
    ).toMatchObject({ to: null, nextLookAt: null, resend: false });
  });
});

describe('proof that nothing arrived', () => {
  it('is three absents in a row, the quiet period over, at a provider that would know', () => {
    const third = look(absent, { charge: twiceAbsent, now: afterQuiet });
    expect(third).toMatchObject({ resend: true, to: null, absents: 3 });
  });

  it.each<[string, Parameters<typeof look>]>([
    ['the second absent', [absent, { charge: { ...twiceAbsent, absents: 1 }, now: afterQuiet }]],
    ['within the quiet period', [absent, { charge: twiceAbsent, now: after(afterQuiet, -1) }]],
    ['no answer at all', [silent, { charge: twiceAbsent, now: afterQuiet }]],
    [
      'a provider whose silence proves nothing',
      [
        absent,
        { charge: twiceAbsent, now: afterQuiet, lookUp: 'POSITIVE_ONLY', replay: 'UNPROVEN' },
      ],
    ],
    [
      'what was registered with the provider',
      [absent, { charge: twiceAbsent, now: afterQuiet, attempt: { kind: 'SCHEDULE' } }],
    ],
    [
      'what went out in bulk',
      [absent, { charge: twiceAbsent, now: afterQuiet, attempt: { kind: 'BULK' } }],
    ],
    [
      'a payment the provider once named',
      [absent, { charge: twiceAbsent, now: afterQuiet, attempt: { providerPaymentId: 'imp_1' } }],
    ],
    [
      'what the provider has by its own word',
      [absent, { charge: { ...twiceAbsent, state: 'PROCESSING' }, now: afterQuiet }],
    ],
  ])('is not %s', (_, [finding, of]) => {
    expect(look(finding, of).resend).toBe(false);
  });

  it('is enough no more once it was sent ten times: then a person is asked', () => {
    const of = { charge: twiceAbsent, now: afterQuiet };
    expect(look(absent, { ...of, attempt: { sends: 9 } }).resend).toBe(true);
    const tenth = { ...of, attempt: { sends: 10 } };
    expect(look(absent, tenth)).toMatchObject({ resend: false, to: null });
    const last = { ...twiceAbsent, looks: LOOKS_SECONDS.length };
    expect(look(absent, { ...tenth, charge: last })).toMatchObject({
      ...{ resend: false, to: 'NEEDS_REVIEW' },
    });
  });

  it('may be the replay that a provider answers without executing it again', () => {
    const of = {
      charge: twiceAbsent,
      now: afterQuiet,
      lookUp: 'POSITIVE_ONLY',
      replay: 'ENFORCED',
    };
    expect(look(absent, of as Parameters<typeof look>[1]).resend).toBe(true);
  });

  it('begins anew after anything but an absent', () => {
    const seen = look(silent, { charge: twiceAbsent, now: afterQuiet });
    expect(seen).toMatchObject({ absents: 0, firstAbsentAt: null });
  });
});

describe('any row of looks', () => {
  const anyFinding = fc.constantFrom<Finding>(absent, absent, absent, silent, underWay);
  const story = fc.record({
    findings: fc.array(anyFinding, { minLength: 1, maxLength: 12 }),
    state: fc.constantFrom<ChargeState>('SUBMITTING', 'UNKNOWN', 'PROCESSING', 'NEEDS_REVIEW'),
    lateBySeconds: fc.integer({ min: 0, max: 400 }),
  });

  it('takes only edges of the table, and ends in a resend only after three absents and the quiet period', () => {
    fc.assert(
      fc.property(story, ({ findings, state, lateBySeconds }) => {
        let charge = chargeOf({ state, unresolvedSince: NOW });
        let now = after(NOW, LOOKS_SECONDS[0]!);
        let absentsInARow = 0;
        for (const finding of findings) {
          absentsInARow = finding.kind === 'ABSENT' ? absentsInARow + 1 : 0;
          const settlement = look(finding, { charge, now });
          if (settlement.to !== null && !mayTransition(charge.state, settlement.to)) return false;
          if (settlement.nextLookAt!.getTime() <= now.getTime()) return false;
          if (settlement.resend)
            return (
              absentsInARow >= 3 &&
              now.getTime() - NOW.getTime() >= QUIET_PERIOD_SECONDS * 1_000 &&
              mayTransition(charge.state, 'SUBMITTING')
            );
          const { looks, absents, firstAbsentAt } = settlement;
          charge = {
            ...charge,
            state: settlement.to ?? charge.state,
            looks,
            absents,
            firstAbsentAt,
          };
          now = machineInstant(settlement.nextLookAt!.getTime() + lateBySeconds * 1_000);
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });
});

describe('a verdict', () => {
  const verdict = (kind: 'SUCCEEDED' | 'DECLINED') =>
    judge(found(kind === 'SUCCEEDED' ? paymentOf() : failed()), expected());

  it.each(CHARGE_STATES)('of a charge that is %s decides only what is news', (state) => {
    const charge = chargeOf({ state });
    const isOver = ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'SCHEDULED'].includes(state);
    expect(isDecisive(charge, verdict('SUCCEEDED'))).toBe(!isOver);
    expect(isDecisive(charge, verdict('DECLINED'))).toBe(isLookedAt(state));
  });
});
