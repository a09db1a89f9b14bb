import { readTarget } from './test-clock.js';

const now = new Date('2026-01-30T12:00:00Z');

it.each([
  [{ by: '1d' }, '2026-01-31T12:00:00.000Z'],
  [{ by: '12h' }, '2026-01-31T00:00:00.000Z'],
  [{ to: '2026-01-31T09:00:00+09:00' }, '2026-01-31T00:00:00.000Z'],
])('%j is %s', (wish, expected) => {
  expect(readTarget(wish, now).toISOString()).toBe(expected);
});

it.each([
  [{}, 'either --to or --by'],
  [{ to: '2026-01-31T09:00:00Z', by: '1d' }, 'either --to or --by'],
  [{ to: '31.1.2026' }, '--to: expected a time'],
  [{ to: '2026-01-31T09:00:00' }, '--to: expected a time'],
  [{ by: '1w' }, '--by: expected days or hours'],
])('%j is refused: %s', (wish, message) => {
  expect(() => readTarget(wish, now)).toThrow(message);
});
