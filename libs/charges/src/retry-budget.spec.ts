import fc from 'fast-check';
import { retryBudget, spendRetries } from './retry-budget.js';

describe('the budget of retries', () => {
  it('earns a tenth of what goes out first, up to its cap', () => {
    expect(spendRetries(10, { first: 100, again: 0 })).toBe(20);
    expect(spendRetries(10, { first: 100_000, again: 0 })).toBe(100);
  });

  it('gives a quiet account its reserve back in time, and no more than that', () => {
    expect(retryBudget(0, 50)).toBe(5);
    expect(retryBudget(0, 10_000)).toBe(10);
    expect(retryBudget(42, 10_000)).toBe(42);
    expect(retryBudget(3, -60)).toBe(3);
  });

  it('never lets out more than a tenth, the reserve and what time brings', () => {
    const serving = fc.record({
      seconds: fc.nat({ max: 60 }),
      first: fc.nat({ max: 500 }),
      wanted: fc.nat({ max: 500 }),
    });
    fc.assert(
      fc.property(fc.array(serving, { maxLength: 100 }), (servings) => {
        let tokens = 10;
        const all = { seconds: 0, first: 0, again: 0 };
        for (const { seconds, first, wanted } of servings) {
          tokens = retryBudget(tokens, seconds);
          const again = Math.min(wanted, Math.max(0, Math.floor(tokens)));
          tokens = spendRetries(tokens, { first, again });
          all.seconds += seconds;
          all.first += first;
          all.again += again;
          expect(all.again).toBeLessThanOrEqual(10 + 0.1 * all.first + 0.1 * all.seconds + 1e-6);
        }
      }),
    );
  });

  it('keeps what was granted beyond its cap, and earns nothing beside it', () => {
    expect(spendRetries(500, { first: 50, again: 100 })).toBe(400);
    expect(spendRetries(120, { first: 50, again: 100 })).toBe(25);
  });

  it('keeps no debt that the reserve could not pay', () => {
    expect(retryBudget(spendRetries(0, { first: 0, again: 500 }), 200)).toBe(10);
  });
});
