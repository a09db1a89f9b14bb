import { businessInstant } from '#platform/clock';

import { afterPending, chargesToCome, pendingOf, updated } from './schedule-update.js';
import { scheduleOf } from '../../../test/support/schedule.builder.js';

const at = (text: string) => businessInstant(text);
const shown = (schedule: ReturnType<typeof scheduleOf>, first: number) =>
  chargesToCome(schedule, first).map((charge) => [
    charge.at.toISOString().slice(0, 10),
    charge.amountMinor,
  ]);

/** Monthly from 31 January 2028; the first one has a charge. */
const monthly = scheduleOf();

describe('a change of a schedule', () => {
  it('of its price leaves its days alone', () => {
    const order = { amount: { amountMinor: 12_000, currency: 'KRW' } };
    const dearer = updated(monthly, { order }, { number: 2, dueAt: monthly.nextDueAt });
    expect(shown(dearer, 3)).toEqual([
      ['2028-02-29', 12_000],
      ['2028-03-31', 12_000],
      ['2028-04-30', 12_000],
    ]);
    expect(dearer.orderItems).toEqual([]);
  });

  it('of its rule begins with the occurrence it holds for, at the time that one has', () => {
    const recurrence = { every: 2, unit: 'WEEK', timeZone: 'UTC' } as const;
    const fortnightly = updated(monthly, { recurrence }, { number: 2, dueAt: monthly.nextDueAt });
    expect(shown(fortnightly, 3).map(([day]) => day)).toEqual([
      '2028-02-29',
      '2028-03-14',
      '2028-03-28',
    ]);
  });

  it('for a date holds for what falls due then or later', () => {
    const update = {
      order: { amount: { amountMinor: 5, currency: 'KRW' } },
      endAt: new Date('2028-05-01'),
    };
    const changing = {
      ...monthly,
      pendingChange: pendingOf(update),
      pendingChangeAt: at('2028-03-31T09:00:00Z'),
    };
    expect(shown(changing, 9)).toEqual([
      ['2028-02-29', 9_900],
      ['2028-03-31', 5],
      ['2028-04-30', 5],
    ]);
    expect(afterPending(changing)).toBeUndefined();
    const inTime = { ...changing, nextNumber: 3, nextDueAt: at('2028-03-31T09:00:00Z') };
    expect(afterPending(inTime)).toMatchObject({
      ...{
        amountMinor: 5,
        endAt: new Date('2028-05-01'),
        pendingChange: null,
        pendingChangeAt: null,
      },
      nextDueAt: at('2028-03-31T09:00:00Z'),
    });
  });

  it('that ends it before its date leaves nothing to come', () => {
    const changing = {
      ...monthly,
      pendingChange: pendingOf({ maxOccurrences: 2 }),
      pendingChangeAt: at('2028-03-01T00:00:00Z'),
    };
    expect(shown(changing, 9)).toEqual([['2028-02-29', 9_900]]);
  });

  it('leaves the first occurrence the amount of its own', () => {
    const fresh = scheduleOf({
      ...{ nextNumber: 1, nextDueAt: at('2028-01-31T09:00:00Z'), firstAmountMinor: 100 },
    });
    expect(shown(fresh, 2)).toEqual([
      ['2028-01-31', 100],
      ['2028-02-29', 9_900],
    ]);
  });
});
