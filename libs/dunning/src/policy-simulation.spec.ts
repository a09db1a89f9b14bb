import { businessInstant } from '#platform/clock';

import { simulatePolicy } from './policy-simulation.js';
import { RETRY_PRESETS, STANDARD_POLICY } from './retry-policy.js';

const failedAt = businessInstant('2026-01-31T01:00:00Z');
const calendarOf = (...of: Parameters<typeof simulatePolicy>): string[] =>
  simulatePolicy(...of).retries.map(({ at }) => at.toISOString().slice(0, 16));

describe('the calendar of a policy', () => {
  it('is that of each step after the failure before', () => {
    const simulation = simulatePolicy(STANDARD_POLICY, {
      ...{ failureCode: 'INSUFFICIENT_FUNDS', failedAt, network: 'VISA' },
    });
    expect(simulation).toMatchObject({
      retries: [
        { number: 1, at: new Date('2026-02-01T01:00:00Z'), reason: 'retry policy: step 1 of 3' },
        { number: 2, at: new Date('2026-02-04T01:00:00Z') },
        { number: 3, at: new Date('2026-02-11T01:00:00Z') },
      ],
      ...{ atEnd: 'GO_ON', endReason: 'retry policy: every step is used up' },
    });
  });

  it('is told on the clocks of its zone', () => {
    const policy = { ...RETRY_PRESETS.MORNINGS, timeZone: 'America/New_York' };
    const failure = { failureCode: 'DO_NOT_HONOR', failedAt, network: 'VISA' } as const;
    // There it is still the 30th.
    expect(calendarOf(policy, failure)).toEqual([
      '2026-01-31T14:00',
      '2026-02-02T14:00',
      '2026-02-04T14:00',
      '2026-02-06T14:00',
    ]);
  });

  it('stays inside the network’s budget', () => {
    const hourly = Array.from({ length: 12 }, () => ({ afterSeconds: 3_600 }));
    const policy = { ...STANDARD_POLICY, soft: hourly };
    const failure = { failureCode: 'DO_NOT_HONOR', failedAt, network: 'MASTERCARD' } as const;
    const { retries } = simulatePolicy(policy, failure);
    expect(retries).toHaveLength(12);
    expect(retries[8]!.at.toISOString()).toBe('2026-01-31T10:00:00.000Z');
    expect(retries[9]!.at.toISOString()).toBe('2026-02-01T01:00:01.000Z');
    expect(retries[9]!.reason).toContain('MASTERCARD allows 10 declines');
  });

  it('is empty where nothing is tried again', () => {
    for (const failureCode of ['LOST_OR_STOLEN', 'EXPIRED_CARD', 'PROVIDER_REJECTED'] as const)
      expect(calendarOf(STANDARD_POLICY, { failureCode, failedAt, network: 'OTHER' })).toEqual([]);
  });
});
