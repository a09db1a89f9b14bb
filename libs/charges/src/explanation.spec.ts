import { chargeOf } from '../../../test/support/charge.builder.js';
import { PARKED_UNTIL } from './charge.js';
import { CHARGE_STATES } from './charge-state.js';
import type { ChargeView } from './charge-view.repository.js';
import { explain } from './explanation.js';

const view = (more: Partial<ChargeView>): ChargeView => ({
  ...chargeOf(),
  ...{ providerCode: null, providerMessage: null, nextLookAt: null, refundedMinor: 0 },
  ...{
    retryReason: null,
    waitReason: null,
    requestHash: null,
    createdAt: new Date(0),
    settledAt: null,
  },
  ...more,
});

describe('an explanation', () => {
  it.each(CHARGE_STATES)('says in one sentence what %s means for the amount', (state) => {
    const sentence = explain(view({ state }));
    expect(sentence).toMatch(/^.*9900 KRW.*\.$/);
    expect(sentence).not.toMatch(/null|undefined|\n/);
  });

  it('names why it failed in the provider’s own words, and when it is tried again', () => {
    const declined = { failureCode: 'INSUFFICIENT_FUNDS', providerMessage: '잔액부족' } as const;
    const step = { retryReason: 'retry policy: step 2 of 3' };
    expect(explain(view({ state: 'RETRY_SCHEDULED', ...declined, ...step }))).toBe(
      'The last attempt to charge 9900 KRW failed with INSUFFICIENT_FUNDS (“잔액부족”); ' +
        'it is tried again at 2027-06-30 09:00 UTC (retry policy: step 2 of 3).',
    );
    const retryReason = 'retry policy: every step is used up';
    expect(explain(view({ state: 'FAILED', ...declined, retryReason }))).toBe(
      '9900 KRW was not charged: INSUFFICIENT_FUNDS (“잔액부족”); ' +
        'it is not tried again unless someone asks (retry policy: every step is used up).',
    );
  });

  it('does not call failed what a person found never to have happened', () => {
    expect(explain(view({ state: 'RETRY_SCHEDULED' }))).toContain('never reached the provider');
  });

  it('says of what is unclear that nothing is sent before it is known', () => {
    const nextLookAt = new Date('2026-03-01T12:00:30Z');
    expect(explain(view({ state: 'UNKNOWN', nextLookAt }))).toBe(
      'Whether 9900 KRW was charged is not known: the provider is asked again at ' +
        '2026-03-01 12:00 UTC, and nothing is sent before it is.',
    );
  });

  it('promises no time while its schedule may not go on', () => {
    expect(explain(view({ state: 'SCHEDULED', sendAt: PARKED_UNTIL }))).toBe(
      '9900 KRW is charged only if its schedule goes on, which is paused or ends before 2027-06-30 09:00 UTC.',
    );
  });

  it('names the hold it waits under, and no hold once nothing waits', () => {
    const hold = { reason: 'wrong prices' };
    expect(explain(view({ state: 'SCHEDULED' }), hold)).toMatch(/held \(“wrong prices”\)/);
    expect(explain(view({ state: 'SUCCEEDED' }), hold)).not.toContain('held');
  });

  it('counts in the currency’s own decimals', () => {
    const partly = { state: 'PARTIALLY_REFUNDED', currency: 'SEK', refundedMinor: 50 } as const;
    expect(explain(view({ ...partly, amountMinor: 1_050 }))).toBe(
      '10.50 SEK was charged, and 0.50 SEK of it refunded.',
    );
  });
});
