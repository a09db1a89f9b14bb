import fc from 'fast-check';
import { after, businessInstant, type BusinessInstant } from '#platform/clock';

import { allowanceOf } from './network-budget.js';
import { NETWORK_RULES, NETWORKS, networkOf, rulesAt } from './network-rules.js';

const NOW = businessInstant('2026-03-01T12:00:00Z');
const HOUR = 3_600;
const DAY = 24 * HOUR;
/** One decline every so many seconds, the last one just now. */
const declines = (count: number, everySeconds: number, until = NOW): BusinessInstant[] =>
  Array.from({ length: count }, (_, index) => after(until, (index + 1 - count) * everySeconds));

describe('the network budget', () => {
  it.each([
    ['VISA', 19, true],
    ['VISA', 20, false],
    ['MASTERCARD', 34, true],
    ['MASTERCARD', 35, false],
    ['OTHER', 14, true],
    ['OTHER', 15, false],
  ] as const)('of %s after %d declines in a month: %s', (network, count, allowed) => {
    const declinedAt = declines(count, 20 * HOUR);
    expect(allowanceOf({ network, declinedAt, underWay: 0 }, NOW).allowed).toBe(allowed);
  });

  it('was smaller before Visa changed its rule', () => {
    const at = businessInstant('2025-05-24T23:59:59Z');
    const run = { network: 'VISA', declinedAt: declines(15, DAY, at), underWay: 0 } as const;
    expect(allowanceOf(run, at).allowed).toBe(false);
    expect(allowanceOf(run, after(at, 1)).allowed).toBe(true);
  });

  it('says which rule, and when the next slot opens', () => {
    const declinedAt = declines(10, HOUR);
    expect(allowanceOf({ network: 'MASTERCARD', declinedAt, underWay: 0 }, NOW)).toEqual({
      allowed: false,
      opensAt: after(declinedAt[0]!, DAY + 1),
      reason:
        'network budget: MASTERCARD allows 10 declines of a payment in 24 hours; ' +
        'the next slot opens at 2026-03-02T03:00:01.000Z',
    });
  });

  it.each([
    ['VISA', 20, 'VISA allows 20 declines of a payment in 30 days'],
    ['OTHER', 15, 'the card’s network allows 15 declines of a payment in 30 days'],
  ] as const)('of %s is told in days where its window is longer than one', (network, max, told) => {
    const [oldest, ...others] = declines(max, 40 * HOUR) as [BusinessInstant, ...BusinessInstant[]];
    const run = { network, declinedAt: [oldest, ...others], underWay: 0 };
    const opensAt = after(oldest, 30 * DAY + 1);
    expect(allowanceOf(run, after(oldest, 30 * DAY - 1))).toEqual({
      ...{ allowed: false, opensAt },
      reason: `network budget: ${told}; the next slot opens at ${opensAt.toISOString()}`,
    });
  });

  it('no longer counts what was declined a whole window ago', () => {
    const declinedAt = declines(20, DAY);
    const run = { network: 'VISA', declinedAt, underWay: 0 } as const;
    const leaves = after(declinedAt[0]!, 30 * DAY);
    expect(allowanceOf(run, after(leaves, -1)).allowed).toBe(false);
    expect(allowanceOf(run, leaves).allowed).toBe(true);
  });

  it.each([
    ['month', 25 * DAY, '35 declines of a payment in 30 days'],
    ['day', 29 * DAY + 20 * HOUR, '10 declines of a payment in 24 hours'],
  ])('opens with the last of its rules: here that of the %s', (_, oldestSeconds, told) => {
    const early = declines(25, HOUR / 10, after(NOW, 2.4 * HOUR - oldestSeconds));
    const late = declines(10, HOUR / 10);
    const run = { network: 'MASTERCARD', declinedAt: [...early, ...late], underWay: 0 } as const;
    const opensAt = told.endsWith('days')
      ? after(early[0]!, 30 * DAY + 1)
      : after(late[0]!, DAY + 1);
    expect(allowanceOf(run, NOW)).toEqual({
      ...{ allowed: false, opensAt },
      reason: `network budget: MASTERCARD allows ${told}; the next slot opens at ${opensAt.toISOString()}`,
    });
  });

  it('opens a whole window from now where all of it is under way', () => {
    const run = { network: 'VISA', declinedAt: declines(1, DAY), underWay: 20 } as const;
    expect(allowanceOf(run, NOW)).toMatchObject({ opensAt: after(NOW, 30 * DAY + 1) });
    expect(allowanceOf({ ...run, underWay: 19 }, after(NOW, DAY))).toMatchObject({
      opensAt: after(NOW, 30 * DAY + 1),
    });
  });

  it('counts what is under way as if it were declined', () => {
    const run = { network: 'VISA', declinedAt: declines(18, DAY), underWay: 1 } as const;
    expect(allowanceOf(run, NOW).allowed).toBe(true);
    expect(allowanceOf({ ...run, underWay: 2 }, NOW).allowed).toBe(false);
  });

  it('opens when it says, and not a second before', () => {
    const ages = fc.array(fc.integer({ min: 0, max: 30 * DAY - 1 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom(...NETWORKS), ages, (network, seconds) => {
        const declinedAt = seconds.toSorted((a, b) => b - a).map((age) => after(NOW, -age));
        const allowance = allowanceOf({ network, declinedAt, underWay: 0 }, NOW);
        const isFull = (at: BusinessInstant) =>
          rulesAt(network, at).some(
            ({ windowHours, declinesMax }) =>
              declinedAt.filter((each) => each > after(at, -windowHours * HOUR)).length >=
              declinesMax,
          );
        expect(allowance.allowed).toBe(!isFull(NOW));
        if (allowance.allowed) return;
        expect(isFull(allowance.opensAt)).toBe(false);
        expect(isFull(after(allowance.opensAt, -2))).toBe(true);
      }),
    );
  });

  it('has rules for every network on every day', () => {
    for (const network of NETWORKS)
      for (const day of ['2020-01-01', '2025-05-24', '2025-05-25', '2040-01-01'])
        expect(rulesAt(network, new Date(day)).length).toBeGreaterThan(0);
    for (const { source } of NETWORK_RULES) expect(source).not.toBe('');
  });

  it.each([
    ['Visa', 'VISA'],
    ['VISA', 'VISA'],
    ['MasterCard', 'MASTERCARD'],
    ['Mastercard', 'MASTERCARD'],
    ['master', 'MASTERCARD'],
    ['BC카드', 'OTHER'],
    [null, 'OTHER'],
  ])('takes a card of brand %s to be of %s', (brand, network) => {
    expect(networkOf(brand)).toBe(network);
  });
});
