import { refill, secondsToNextToken } from './token-bucket.js';

const at = (seconds: number) => new Date(seconds * 1_000);

describe('an account’s budget of calls', () => {
  it('is full before its first use', () => {
    expect(refill({ tokens: 0, refilledAt: null }, 10, at(0))).toBe(10);
  });

  it('refills at its rate and holds a second’s worth at most', () => {
    const empty = { tokens: 0, refilledAt: at(100) };
    expect(refill(empty, 10, at(100.25))).toBe(2.5);
    expect(refill(empty, 10, at(500))).toBe(10);
  });

  it('never shrinks when the database’s clock steps back (row 82)', () => {
    expect(refill({ tokens: 3, refilledAt: at(100) }, 10, at(90))).toBe(3);
  });

  it('has no bound without a rate', () => {
    expect(refill({ tokens: 0, refilledAt: at(0) }, null, at(0))).toBe(Infinity);
  });

  it('says when the next call may go out', () => {
    expect(secondsToNextToken(0.5, 10)).toBe(0.05);
    expect(secondsToNextToken(2, 10)).toBe(0);
    expect(secondsToNextToken(0, null)).toBe(0);
  });
});
