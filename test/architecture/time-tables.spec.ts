import { readFileSync } from 'node:fs';
import { occurrences, type Recurrence } from '#kernel';
import { NETWORK_RULES, RETRY_PRESETS } from '#dunning';

const text = readFileSync('docs/time.md', 'utf8');
/** The cells of the table rows whose first cell is this. */
const rowOf = (first: string): string[] => {
  const line = text.split('\n').find((each) => each.startsWith(`| ${first} |`));
  if (!line) throw new Error(`docs/time.md: expected a row "${first}"`);
  return line.split('|').map((cell) => cell.trim().replaceAll('*', ''));
};
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const told = (at: Date): string => `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;

/** What docs/time.md tells a support person is what the product does. */
describe('docs/time.md', () => {
  const monthly: Recurrence = { every: 1, unit: 'MONTH', timeZone: 'UTC' };

  it.each<[string, Recurrence, string]>([
    ['monthly', monthly, '2027-01-31'],
    ['monthly, day 30', monthly, '2027-01-30'],
    ['monthly, `lastDayOfMonth`', { ...monthly, lastDayOfMonth: true }, '2027-02-01'],
    [
      'monthly, the second Tuesday',
      { ...monthly, nthWeekday: { nth: 2, weekday: 'TUESDAY' } },
      '2026-01-01',
    ],
    ['every 3 months', { ...monthly, every: 3 }, '2026-11-30'],
    ['yearly', { ...monthly, unit: 'YEAR' }, '2028-02-29'],
  ])('tells the days of %s', (rule, recurrence, startAt) => {
    const [, , first = '', then = ''] = rowOf(rule);
    const days = occurrences(recurrence, { startAt: new Date(`${startAt}T09:00:00Z`), first: 5 });
    const cells = [first, ...then.split(',')];
    const named = cells.map((cell) =>
      /(\d+) (?:or \d+ )?([A-Z][a-z]{2})/.exec(cell)?.slice(1).join(' '),
    );
    const expected = days.slice(0, named.filter(Boolean).length).map(({ at }) => told(at));
    expect(named.filter(Boolean)).toEqual(expected);
  });

  it('tells the steps of the standard policy, and what networks allow', () => {
    const days = RETRY_PRESETS.STANDARD.soft.map(
      (step) => ('afterSeconds' in step ? step.afterSeconds : Number.NaN) / 86_400,
    );
    expect(rowOf('SOFT (insufficient funds, limit, do not honor)')[2]).toContain(
      `STANDARD: ${days[0]}, ${days[1]} and ${days[2]} days`,
    );
    const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    for (const { network, declinesMax, windowHours } of NETWORK_RULES) {
      if (network === 'OTHER') continue;
      const window = windowHours === 24 ? '24 hours' : `${windowHours / 24} days`;
      const isTold = rows.some(
        ([, name, declines, within]) =>
          name?.toUpperCase() === network && declines === String(declinesMax) && within === window,
      );
      expect([network, declinesMax, isTold]).toEqual([network, declinesMax, true]);
    }
  });
});
