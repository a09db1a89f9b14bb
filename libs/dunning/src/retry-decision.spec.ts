import fc from 'fast-check';
import { classOf, FAILURE_CODES, type FailureCode } from '#kernel';
import { after, businessInstant } from '#platform/clock';

import { decideRetry, type RetryDecision } from './retry-decision.js';
import { NO_RETRY, RETRY_PRESETS, STANDARD_POLICY, type RetryPolicy } from './retry-policy.js';

const DAY = 86_400;
const FAILED_AT = businessInstant('2026-03-01T03:00:00Z');
const decide = (
  failureCode: FailureCode,
  {
    policy = STANDARD_POLICY,
    ...history
  }: {
    declines?: number;
    setbacks?: number;
    policy?: RetryPolicy;
    failedAt?: typeof FAILED_AT;
  } = {},
): RetryDecision =>
  decideRetry(
    {
      ...{ failureCode, declines: 0, setbacks: 0, failedAt: FAILED_AT, firstFailedAt: FAILED_AT },
      ...history,
    },
    policy,
  );
const timeOf = (decision: RetryDecision): string | undefined =>
  decision.retry ? decision.at.toISOString() : undefined;

describe('after a failed charge', () => {
  it.each([
    [0, 1],
    [1, 3],
    [2, 7],
  ])('a soft decline takes the next step: after %d it is %d days', (declines, days) => {
    expect(decide('INSUFFICIENT_FUNDS', { declines, setbacks: 4 })).toEqual({
      ...{ retry: true, at: after(FAILED_AT, days * DAY), declines: declines + 1, setbacks: 0 },
      reason: `retry policy: step ${declines + 1} of 3`,
    });
  });

  it('ends when every step is used up, as the policy says', () => {
    const policy = { ...STANDARD_POLICY, atEnd: 'CANCEL_SCHEDULE' } as const;
    expect(decide('DO_NOT_HONOR', { declines: 3, policy })).toEqual({
      ...{ retry: false, atEnd: 'CANCEL_SCHEDULE', reason: 'retry policy: every step is used up' },
    });
    expect(decide('LOST_OR_STOLEN', { policy })).toMatchObject({ atEnd: 'CANCEL_SCHEDULE' });
  });

  it.each(['EXPIRED_CARD', 'ISSUER_UNAVAILABLE', 'CONFIGURATION', 'PROVIDER_REJECTED'] as const)(
    'leaves the schedule alone after %s, which is not what the bank said for good',
    (failureCode) => {
      const policy = { ...STANDARD_POLICY, atEnd: 'CANCEL_SCHEDULE' } as const;
      const decision = decide(failureCode, { setbacks: 9, policy });
      expect(decision).toMatchObject({ retry: false, atEnd: 'GO_ON' });
    },
  );

  it.each(FAILURE_CODES)('%s is tried again by its class', (code) => {
    const decision = decide(code, { declines: 1, setbacks: 1 });
    const isOver = ['HARD', 'KEY'].includes(classOf(code)) || code === 'PROVIDER_REJECTED';
    expect(decision.retry).toBe(!isOver);
    expect(decision.reason).not.toBe('');
    if (!decision.retry) return;
    const isSoft = classOf(code) === 'SOFT';
    expect([decision.declines, decision.setbacks]).toEqual(isSoft ? [2, 0] : [1, 2]);
  });

  it.each([
    ['ISSUER_UNAVAILABLE', 'passing failure', 2, 900, 9],
    ['CONFIGURATION', 'account settings', 2, 6 * 3_600, 5],
  ] as const)(
    '%s says which step of %s it takes',
    (failureCode, told, setbacks, seconds, steps) => {
      expect(decide(failureCode, { declines: 2, setbacks })).toEqual({
        ...{ retry: true, at: after(FAILED_AT, seconds), declines: 2, setbacks: 3 },
        reason: `${told}: step 3 of ${steps}`,
      });
      expect(decide(failureCode, { setbacks: steps - 1 }).retry).toBe(true);
      expect(decide(failureCode, { setbacks: steps })).toEqual({
        ...{ retry: false, atEnd: 'GO_ON', reason: `${told}: every step is used up` },
      });
    },
  );

  it.each([
    ['LOST_OR_STOLEN', 'LOST_OR_STOLEN is never tried again on the same key'],
    ['EXPIRED_CARD', 'EXPIRED_CARD waits for another card, until 30 days past due'],
    ['PROVIDER_REJECTED', 'the provider refused the request itself'],
  ] as const)('%s says why it is not tried again', (failureCode, reason) => {
    expect(decide(failureCode)).toEqual({ retry: false, atEnd: 'GO_ON', reason });
  });

  it('nothing is tried again where no policy is wanted', () => {
    for (const failureCode of FAILURE_CODES)
      expect(decide(failureCode, { policy: NO_RETRY })).toMatchObject({
        ...{ retry: false, atEnd: 'GO_ON' },
      });
    expect(decide('DO_NOT_HONOR', { policy: NO_RETRY }).reason).toBe('no retry policy');
  });

  it('what is nobody’s fault is tried soon and slower each time, for about three days', () => {
    const seconds = Array.from({ length: 20 }, (_, setbacks) =>
      decide('ISSUER_UNAVAILABLE', { setbacks }),
    ).flatMap((wait) => (wait.retry ? [(wait.at.getTime() - FAILED_AT.getTime()) / 1_000] : []));
    expect(seconds[0]).toBe(60);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    const total = seconds.reduce((sum, each) => sum + each, 0);
    expect(total / DAY).toBeGreaterThan(2);
    expect(total / DAY).toBeLessThan(4);
  });

  it('has an end, whatever happens', () => {
    const anyStep = fc.oneof(
      fc.record({ afterSeconds: fc.integer({ min: 60, max: 60 * DAY }) }),
      fc.record({ day: fc.integer({ min: 1, max: 60 }), timeOfDay: fc.constant('09:00') }),
    );
    const steps = fc.array(anyStep, { maxLength: 20 });
    const anyPolicy: fc.Arbitrary<RetryPolicy> = fc.record({
      ...{ version: fc.constant(1), soft: steps, transient: steps, configuration: steps },
      ...{ timeZone: fc.constant('Asia/Seoul'), atEnd: fc.constant('GO_ON') },
    });
    const anyFailures = fc.infiniteStream(fc.constantFrom(...FAILURE_CODES));
    fc.assert(
      fc.property(anyPolicy, anyFailures, (policy, failures) => {
        let [declines, setbacks, tries, failedAt] = [0, 0, 0, FAILED_AT];
        for (const failureCode of failures) {
          const decision = decide(failureCode, { declines, setbacks, failedAt, policy });
          if (!decision.retry) return true;
          if (decision.at <= failedAt) return false;
          ({ declines, setbacks, at: failedAt } = decision);
          tries += 1;
          if (tries > 21 * 21) return false;
        }
        return true;
      }),
    );
  });
});

describe('a step at a time of day', () => {
  const mornings = { ...RETRY_PRESETS.MORNINGS, timeZone: 'Europe/Oslo' };
  // Sunday 22 March 2026, late in the evening; the clocks go forward on the 29th.
  const failedAt = businessInstant('2026-03-22T22:30:00Z');
  const on = (declines: number, of: { failedAt?: typeof FAILED_AT; timeZone?: string } = {}) =>
    timeOf(
      decideRetry(
        {
          ...{ failureCode: 'INSUFFICIENT_FUNDS', declines, setbacks: 0 },
          ...{ failedAt: of.failedAt ?? failedAt, firstFailedAt: failedAt },
        },
        { ...mornings, timeZone: of.timeZone ?? mornings.timeZone },
      ),
    );

  it('counts its days from the day of the first failure, where the customer is', () => {
    expect([0, 1, 2, 3].map((declines) => on(declines))).toEqual([
      '2026-03-23T08:00:00.000Z',
      '2026-03-25T08:00:00.000Z',
      '2026-03-27T08:00:00.000Z',
      '2026-03-29T07:00:00.000Z',
    ]);
    expect(on(0, { timeZone: 'Asia/Seoul' })).toBe('2026-03-24T00:00:00.000Z');
  });

  it('that has gone by when the failure is learned gives way to the next', () => {
    const step = businessInstant('2026-03-23T08:00:00Z');
    expect(on(0, { failedAt: after(step, -0.001) })).toBe('2026-03-23T08:00:00.000Z');
    expect(on(0, { failedAt: step })).toBe('2026-03-25T08:00:00.000Z');
    const learnedAt = businessInstant('2026-03-26T12:00:00Z');
    expect(on(1, { failedAt: learnedAt })).toBe('2026-03-27T08:00:00.000Z');
    const decision = decide('DO_NOT_HONOR', {
      ...{ policy: mornings, declines: 1, failedAt: businessInstant('2026-03-06T12:00:00Z') },
    });
    expect(decision).toMatchObject({ declines: 4, reason: 'retry policy: step 4 of 4' });
  });

  it('of which none is left ends the case', () => {
    const late = businessInstant('2026-05-01T00:00:00Z');
    expect(decide('DO_NOT_HONOR', { policy: mornings, failedAt: late }).retry).toBe(false);
  });
});
