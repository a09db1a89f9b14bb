import { retryDelayMs } from './retry.js';

it('waits longer each time up to a bound, half of it by chance', () => {
  expect([1, 2, 3].map((retry) => retryDelayMs(retry, 0))).toEqual([100, 200, 400]);
  expect(retryDelayMs(1, 0.999)).toBe(200);
  expect(retryDelayMs(60, 0)).toBe(2_500);
});
