import { clocksApartMs } from './clock.js';

describe('two clocks', () => {
  const theirs = new Date('2026-03-01T00:00:00Z');
  const at = (ms: number) => theirs.getTime() + ms;

  it.each([
    ['that were read at once, and agree', 0, 0, 0],
    ['whose difference the way there and back may explain', -900, 800, 0],
    ['of which ours is ahead, by what was before the question', 3_000, 3_400, 3_000],
    ['of which ours is behind, by what was after the answer', -3_600_000, -3_599_000, 3_599_000],
  ])('%s', (_, before, after, apart) => {
    expect(clocksApartMs(theirs, { beforeMs: at(before), afterMs: at(after) })).toBe(apart);
  });
});
