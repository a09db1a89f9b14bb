import fc from 'fast-check';
import type { ProviderPayment, Reading } from '#providers/contract';

import { anyPayment, chargeOf, paymentOf } from '../../../test/support/charge.builder.js';
import { CHARGE_STATES, isLookedAt } from './charge-state.js';
import { isDecisive, judge, type Expected } from './look.js';

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
