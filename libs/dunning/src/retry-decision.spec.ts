import fc from 'fast-check';
import { classOf, FAILURE_CODES, type FailureCode } from '#kernel';

import { decideRetry, NO_RETRY, STANDARD_POLICY, type RetryPolicy } from './retry-decision.js';

const DAY = 86_400;
const after = (failureCode: FailureCode, of: { declines?: number; setbacks?: number } = {}) =>
  decideRetry({ failureCode, declines: 0, setbacks: 0, ...of }, STANDARD_POLICY);

describe('after a failed charge', () => {
  it.each([
    [0, 1],
    [1, 3],
    [2, 7],
  ])('a soft decline takes the next step: after %d it is %d days', (declines, days) => {
    expect(after('INSUFFICIENT_FUNDS', { declines })).toEqual({
      ...{ retry: true, afterSeconds: days * DAY, usesStep: true, reason: 'retry policy' },
    });
  });

  it('ends when every step is used up', () => {
    expect(after('DO_NOT_HONOR', { declines: 3 })).toEqual({
      ...{ retry: false, reason: 'retry policy: every step is used up' },
    });
  });

  it.each(FAILURE_CODES)('%s is tried again by its class', (code) => {
    const decision = after(code);
    const isOver = ['HARD', 'KEY'].includes(classOf(code)) || code === 'PROVIDER_REJECTED';
    expect(decision.retry).toBe(!isOver);
    expect(decision.reason).not.toBe('');
    if (decision.retry) expect(decision.usesStep).toBe(classOf(code) === 'SOFT');
  });

  it('nothing is tried again where no policy is wanted', () => {
    for (const failureCode of FAILURE_CODES)
      expect(decideRetry({ failureCode, declines: 0, setbacks: 0 }, NO_RETRY)).toEqual({
        ...{ retry: false, reason: 'no retry policy' },
      });
  });

  it('what is nobody’s fault is tried soon and slower each time, for about three days', () => {
    const waits = Array.from({ length: 20 }, (_, setbacks) =>
      after('ISSUER_UNAVAILABLE', { setbacks }),
    );
    const seconds = waits.flatMap((wait) => (wait.retry ? [wait.afterSeconds] : []));
    expect(seconds[0]).toBe(60);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    const total = seconds.reduce((sum, each) => sum + each, 0);
    expect(total / DAY).toBeGreaterThan(2);
    expect(total / DAY).toBeLessThan(4);
  });

  it('has an end, whatever happens', () => {
    const anyPolicy: fc.Arbitrary<RetryPolicy> = fc.record({
      delaysSeconds: fc.array(fc.integer({ min: 1, max: 90 * DAY }), { maxLength: 20 }),
    });
    const anyFailures = fc.infiniteStream(fc.constantFrom(...FAILURE_CODES));
    fc.assert(
      fc.property(anyPolicy, anyFailures, (policy, failures) => {
        let [declines, setbacks, tries] = [0, 0, 0];
        for (const failureCode of failures) {
          const decision = decideRetry({ failureCode, declines, setbacks }, policy);
          if (!decision.retry) return true;
          if (decision.usesStep) [declines, setbacks] = [declines + 1, 0];
          else setbacks += 1;
          tries += 1;
          if (tries > 21 * 11) return false;
        }
        return true;
      }),
    );
  });
});
