import fc from 'fast-check';
import { nextPace, roundsOf } from './send-pace.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const most = fc.integer({ min: 1, max: 256 });

describe('the pace of an account', () => {
  it('stays within what is configured, and above what costs nobody anything', () => {
    fc.assert(
      fc.property(most, fc.array(share, { maxLength: 50 }), (limit, shares) => {
        const least = Math.min(16, limit);
        let pace = least;
        for (const utilisation of shares) {
          pace = nextPace(pace, utilisation, limit);
          expect(pace).toBeGreaterThanOrEqual(least);
          expect(pace).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('falls while the process is busy, rises while it has time, and rests between', () => {
    expect(nextPace(64, 0.9, 64)).toBe(48);
    expect(nextPace(40, 0.3, 64)).toBe(50);
    expect(nextPace(40, 0.7, 64)).toBe(40);
  });

  it('claims as many rounds as are answered within a fifth of a second, two at least and four at most', () => {
    const answerMs = [0, 5, 50, 60, 80, 100, 200, 30_000];
    expect(answerMs.map(roundsOf)).toEqual([4, 4, 4, 3, 2, 2, 2, 2]);
  });

  it('comes from the least to all within some looks, and back', () => {
    const after = (looks: number, from: number, utilisation: number) =>
      Array.from({ length: looks }).reduce<number>((pace) => nextPace(pace, utilisation, 64), from);
    expect(after(7, 16, 0)).toBe(64);
    expect(after(6, 64, 1)).toBe(16);
  });
});
