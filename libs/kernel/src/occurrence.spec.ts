import { occurrenceAt, occurrences } from './occurrence.js';
import type { Recurrence } from './recurrence.js';

const list = (recurrence: Recurrence, startAt: string, first = 4): string[] =>
  occurrences(recurrence, { startAt: new Date(startAt), first }).map(({ at }) => at.toISOString());

describe('the n-th occurrence', () => {
  it('clamps day 31 to the end of a shorter month and comes back', () => {
    const monthly: Recurrence = { every: 1, unit: 'MONTH', timeZone: 'UTC' };
    expect(list(monthly, '2026-01-31T10:00:00Z')).toEqual([
      '2026-01-31T10:00:00.000Z',
      '2026-02-28T10:00:00.000Z',
      '2026-03-31T10:00:00.000Z',
      '2026-04-30T10:00:00.000Z',
    ]);
  });
  it('is fast', () => {
    const m: Recurrence = { every: 1, unit: 'MONTH', timeZone: 'Europe/Oslo', timeOfDay: '02:30' };
    const startAt = new Date('2026-01-31T10:00:00Z');
    occurrences(m, { startAt, first: 5000 });
    let t = performance.now();
    for (let i = 0; i < 50; i++) occurrences(m, { startAt, first: 1000 });
    console.log('bulk/s', 50000 / ((performance.now() - t) / 1000));
    t = performance.now();
    for (let i = 0; i < 20000; i++) occurrenceAt(m, startAt, (i % 500) + 1);
    console.log('single/s', 20000 / ((performance.now() - t) / 1000));
    const n: Recurrence = { every: 1, unit: 'MONTH', timeZone: 'Europe/Oslo' };
    t = performance.now();
    for (let i = 0; i < 20000; i++) occurrenceAt(n, startAt, (i % 500) + 1);
    console.log('single exact/s', 20000 / ((performance.now() - t) / 1000));
  });
});
