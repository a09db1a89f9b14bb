import { after } from '#platform/clock';

import { BUSINESS_NOW, chargeOf } from '../../../test/support/charge.builder.js';
import { CHARGE_STATES } from './charge-state.js';
import { PARKED_UNTIL } from './charge.js';
import type { ChargeView } from './charge-view.repository.js';
import { explain, type Circumstances } from './explanation.js';

const DAY = 86_400;

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
const told = (more: Partial<ChargeView>, circumstances: Partial<Circumstances> = {}): string =>
  explain(view(more), { businessNow: BUSINESS_NOW, ...circumstances });

describe('an explanation', () => {
  it.each(CHARGE_STATES)('says in one sentence what %s means for the amount', (state) => {
    const sentence = told({ state });
    expect(sentence).toMatch(/^.*9900 KRW.*\.$/);
    expect(sentence).not.toMatch(/null|undefined|\n/);
  });

  it('names why it failed in the provider’s own words, and when it is tried again', () => {
    const declined = { failureCode: 'INSUFFICIENT_FUNDS', providerMessage: '잔액부족' } as const;
    const step = { retryReason: 'retry policy: step 2 of 3' };
    expect(told({ state: 'RETRY_SCHEDULED', ...declined, ...step })).toBe(
      'The last attempt to charge 9900 KRW failed with INSUFFICIENT_FUNDS (“잔액부족”); ' +
        'it is tried again at 2027-06-30 09:00 UTC (retry policy: step 2 of 3).',
    );
    const retryReason = 'retry policy: every step is used up';
    expect(told({ state: 'FAILED', ...declined, retryReason })).toBe(
      '9900 KRW was not charged: INSUFFICIENT_FUNDS (“잔액부족”); ' +
        'it is not tried again unless someone asks (retry policy: every step is used up).',
    );
  });

  it('does not call failed what a person found never to have happened', () => {
    expect(told({ state: 'RETRY_SCHEDULED' })).toContain('never reached the provider');
  });

  it('says of what is unclear that nothing is sent before it is known', () => {
    const nextLookAt = new Date('2026-03-01T12:00:30Z');
    expect(told({ state: 'UNKNOWN', nextLookAt })).toBe(
      'Whether 9900 KRW was charged is not known: the provider is asked again at ' +
        '2026-03-01 12:00 UTC, and nothing is sent before it is.',
    );
  });

  it('promises no time while its schedule may not go on', () => {
    expect(told({ state: 'SCHEDULED', sendAt: PARKED_UNTIL })).toBe(
      '9900 KRW is charged only if its schedule, which is to end before, goes on past 2027-06-30 09:00 UTC.',
    );
  });

  it('names the hold it waits under, and no hold once nothing waits', () => {
    const hold = { reason: 'wrong prices' };
    expect(told({ state: 'SCHEDULED' }, { hold })).toMatch(/held \(“wrong prices”\)/);
    expect(told({ state: 'SUCCEEDED' }, { hold })).not.toContain('held');
  });

  it('counts in the currency’s own decimals', () => {
    const partly = { state: 'PARTIALLY_REFUNDED', currency: 'SEK', refundedMinor: 50 } as const;
    expect(told({ ...partly, amountMinor: 1_050 })).toBe(
      '10.50 SEK was charged, and 0.50 SEK of it refunded.',
    );
  });

  it('of a HARD failure says that only another card helps, and until when', () => {
    const retryReason = 'LOST_OR_STOLEN is never tried again on the same key';
    const hard = {
      ...({ state: 'FAILED', failureCode: 'LOST_OR_STOLEN', failureClass: 'HARD' } as const),
      retryReason,
    };
    expect(told(hard)).toBe(
      '9900 KRW was not charged: LOST_OR_STOLEN; it is tried again on another card only, ' +
        'until 30 days past due (LOST_OR_STOLEN is never tried again on the same key).',
    );
    const dueAt = after(BUSINESS_NOW, -31 * DAY);
    expect(told({ ...hard, dueAt })).toMatch(
      /it is not tried again: the time for another card, 30 days past due, is over/,
    );
  });

  it('of a failure that waited for another card says when that time is over', () => {
    const retryReason = 'EXPIRED_CARD waits for another card, until 30 days past due';
    const expired = {
      ...({ state: 'FAILED', failureCode: 'EXPIRED_CARD', failureClass: 'KEY' } as const),
      retryReason,
    };
    const dueAt = after(BUSINESS_NOW, -30 * DAY);
    expect(told({ ...expired, dueAt })).toContain(`unless someone asks (${retryReason}).`);
    expect(told({ ...expired, dueAt: after(dueAt, -1) })).toBe(
      '9900 KRW was not charged: EXPIRED_CARD; it is not tried again unless someone asks ' +
        '(the time for another card, 30 days past due, is over).',
    );
  });

  it('of what the provider refused says that someone may ask again', () => {
    const retryReason = 'the provider refused the request itself';
    const refused = { failureCode: 'PROVIDER_REJECTED', failureClass: 'CONFIGURATION' } as const;
    expect(told({ state: 'FAILED', ...refused, retryReason })).toContain(
      'it is not tried again unless someone asks (the provider refused the request itself).',
    );
  });

  it('says of what was canceled whether it had been sent', () => {
    expect(told({ state: 'CANCELED' })).toContain('canceled before it was sent');
    expect(told({ state: 'CANCELED', failureCode: 'DO_NOT_HONOR' })).toBe(
      'The charge of 9900 KRW was canceled after it had failed with DO_NOT_HONOR; ' +
        'nothing more will happen.',
    );
  });

  it('says of what waits whether its time has come', () => {
    const dueAt = after(BUSINESS_NOW, 60);
    expect(told({ state: 'SCHEDULED', dueAt, sendAt: dueAt })).toBe(
      '9900 KRW will be charged when it falls due at 2027-06-30 09:01 UTC.',
    );
    expect(told({ state: 'SCHEDULED' })).toBe(
      '9900 KRW was due at 2027-06-30 09:00 UTC; it is sent next.',
    );
    expect(told({ state: 'SCHEDULED', sendAt: dueAt })).toContain(
      'could not be sent yet; it is sent at 2027-06-30 09:01 UTC',
    );
  });

  it('names everything that keeps it back', () => {
    const hold = { reason: 'wrong prices' };
    const parked = { state: 'SCHEDULED', sendAt: PARKED_UNTIL } as const;
    const isSchedulePaused = true;
    expect(told({ ...parked, dueAt: after(BUSINESS_NOW, 60) }, { isSchedulePaused })).toBe(
      '9900 KRW is not sent: its schedule is paused; it falls due at 2027-06-30 09:01 UTC.',
    );
    expect(told(parked, { isSchedulePaused, hold })).toBe(
      '9900 KRW is not sent: its schedule is paused, and new sends are held (“wrong prices”); ' +
        'it fell due at 2027-06-30 09:00 UTC, and whoever resumes the schedule says whether it is charged.',
    );
    const waitReason = 'it waits until occurrence 1 is settled';
    expect(told({ ...parked, waitReason }, { hold })).toBe(
      '9900 KRW was due at 2027-06-30 09:00 UTC; it waits until occurrence 1 is settled, ' +
        'and new sends are held (“wrong prices”).',
    );
    expect(told({ ...parked, waitReason }, { isSchedulePaused })).toContain(
      'its schedule is paused, and it waits until occurrence 1 is settled;',
    );
  });

  it.each([
    ['dispatcher: occurrence 1 is not settled', ': occurrence 1 is not settled;'],
    [
      'api: schedule.resumed: it fell due while the schedule was paused',
      ': it fell due while the schedule was paused;',
    ],
    ['api: skipOccurrence', ': someone asked for it (skipOccurrence);'],
    ['resolver', 'was skipped;'],
  ])('tells why an occurrence was skipped: %s', (cause, reason) => {
    expect(told({ state: 'SKIPPED' }, { cause })).toContain(reason);
  });
});
