import fc from 'fast-check';
import { WEEKDAYS, type Recurrence } from '#kernel';
import { businessInstant } from '#platform/clock';

import {
  afterPending,
  chargesToCome,
  firstDueFrom,
  namedTerms,
  newlyPast,
  nextDueOf,
  pendingOf,
  stepBackOf,
  updated,
  type UpdateSchedule,
} from './schedule-update.js';
import { byZonesOfToday, type Schedule } from './schedule.js';
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

  it('for an earlier day than the plan before has comes in its time, however late the one before settles', () => {
    const changing = {
      ...monthly,
      pendingChange: pendingOf({ startAt: new Date('2028-02-10T09:00:00Z') }),
      pendingChangeAt: at('2028-02-05T00:00:00Z'),
    };
    expect(nextDueOf(changing)).toEqual(at('2028-02-10T09:00:00Z'));
    expect(nextDueOf({ ...changing, pendingChangeAt: at('2028-03-01T00:00:00Z') })).toEqual(
      monthly.nextDueAt,
    );
  });

  it('of its currency leaves no first amount in another', () => {
    const order = { amount: { amountMinor: 1_500, currency: 'USD' } };
    const from = { number: 2, dueAt: monthly.nextDueAt };
    const introduced = scheduleOf({ firstAmountMinor: 100 });
    expect(updated(introduced, { order }, from).firstAmountMinor).toBeNull();
    expect(updated(introduced, {}, from).firstAmountMinor).toBe(100);
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

const HOUR_MS = 3_600_000;
const soon = (fromHours: number, toHours: number) =>
  fc
    .integer({ min: fromHours, max: toHours })
    .map((hours) => at(new Date(Date.UTC(2028, 0, 31, 9) + hours * HOUR_MS).toISOString()));
const recurrence = fc
  .record(
    {
      every: fc.integer({ min: 1, max: 3 }),
      unit: fc.constantFrom('DAY', 'WEEK', 'MONTH'),
      timeZone: fc.constantFrom('UTC', 'Europe/Oslo', 'Asia/Seoul', 'America/New_York'),
      timeOfDay: fc.constantFrom('00:00', '02:30', '09:00', '23:45'),
      anchorDay: fc.integer({ min: 1, max: 31 }),
      weekdays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    },
    { requiredKeys: ['every', 'unit', 'timeZone'] },
  )
  .map(({ anchorDay, weekdays, ...rule }): Recurrence => ({
    ...rule,
    ...(rule.unit === 'MONTH' && anchorDay ? { anchorDay } : {}),
    ...(rule.unit === 'WEEK' && weekdays ? { weekdays } : {}),
  }));

describe('what a change names', () => {
  it('is an amount with its items, of which there may be none, and each of the others alone', () => {
    const item = { name: 'Tea', reference: 'tea', quantity: 1 } as never;
    const amount = { amountMinor: 5, currency: 'KRW' };
    expect(namedTerms({ order: { amount } })).toEqual({ ...amount, orderItems: [] });
    expect(namedTerms({ order: { amount, items: [item] } })).toEqual({
      ...{ ...amount, orderItems: [item] },
    });
    expect(namedTerms({ order: { items: [item] } })).toEqual({ orderItems: [item] });
    expect(namedTerms({ order: { name: 'Tea' } })).toEqual({ orderName: 'Tea' });
    expect(namedTerms({ billingKeyId: 'new' })).toEqual({ billingKeyId: 'new' });
    expect(namedTerms({ endAt: null })).toEqual({});
  });
});

describe('what a change of plan brings forth for times gone by', () => {
  const update = fc.record(
    {
      recurrence,
      startAt: soon(-100, 6_000).map((date) => new Date(date)),
      maxOccurrences: fc.option(fc.integer({ min: 1, max: 40 })),
      endAt: fc.option(soon(1, 6_000).map((date) => new Date(date))),
    },
    { requiredKeys: [] },
  );
  interface Found {
    readonly old: Recurrence;
    readonly update: UpdateSchedule;
    readonly past: ReturnType<typeof at>;
    readonly maxOccurrences: number | null;
    readonly pendingChangeAt: ReturnType<typeof at> | null;
  }
  const cases: fc.Arbitrary<Found> = fc.record({
    ...{ old: recurrence, update, past: soon(1, 5_000), maxOccurrences: fc.constantFrom(null, 3) },
    pendingChangeAt: fc.option(soon(1, 4_000)),
  });
  const madeOf = (found: Found) => {
    const { old, maxOccurrences, pendingChangeAt } = found;
    const plain = scheduleOf({ recurrence: old, maxOccurrences });
    const before = { ...plain, nextDueAt: nextDueOf(plain) };
    const kept = pendingChangeAt
      ? { ...before, pendingChange: pendingOf(found.update), pendingChangeAt }
      : updated(before, found.update, { number: 2, dueAt: before.nextDueAt });
    return { before, after: { ...kept, nextDueAt: nextDueOf(kept) } };
  };
  it('is nothing where the plan ends before the date of the change', () => {
    const ended = scheduleOf({
      ...{ maxOccurrences: 3, pendingChangeAt: at('2028-08-15T00:00:00Z') },
      pendingChange: pendingOf({ maxOccurrences: null }),
    });
    expect(shown(ended, 9).map(([day]) => day)).toEqual(['2028-02-29', '2028-03-31']);
    const unchanged = { ...ended, pendingChange: null, pendingChangeAt: null };
    expect(newlyPast(unchanged, ended, at('2029-01-01T00:00:00Z'))).toBeUndefined();
  });

  it('is nothing but what it would have brought without', () => {
    fc.assert(
      fc.property(cases, (found) => {
        const { before, after } = madeOf(found);
        const gone = (schedule: Schedule) =>
          chargesToCome(schedule, 400)
            .map((charge) => charge.at.getTime())
            .filter((ms) => ms < found.past.getTime());
        const agreed = gone(before);
        const added = gone(after).filter((ms) => !agreed.includes(ms));
        fc.pre(stepBackOf(after, monthly.anchorAt) === undefined);
        expect(newlyPast(before, after, found.past)?.getTime()).toBe(added[0]);
      }),
    );
  }, 30_000);

  it('is nothing where it starts then or later', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 500 }), (found, hours) => {
        const startAt = new Date(found.past.getTime() + hours * HOUR_MS);
        const changed = { ...found, pendingChangeAt: null, update: { ...found.update, startAt } };
        const { before, after } = madeOf(changed);
        expect(newlyPast(before, after, found.past)).toBeUndefined();
      }),
    );
  }, 30_000);
});

const whereItTakesOver = (schedule: Schedule): Pick<Schedule, 'nextNumber' | 'nextDueAt'> => {
  const { number, dueAt } = firstDueFrom(schedule, schedule.pendingChangeAt!);
  return { nextNumber: number, nextDueAt: dueAt };
};

/** As the worker brings them forth, one after another. */
const liveThrough = (schedule: Schedule, count: number): Date[] => {
  let now = schedule;
  return Array.from({ length: count }, () => {
    const present = byZonesOfToday(now);
    const changed = afterPending(present) ?? present;
    const dueAt = changed.nextDueAt!;
    const next = { ...changed, nextNumber: changed.nextNumber + 1 };
    now = { ...next, nextDueAt: nextDueOf(next) };
    return dueAt;
  });
};

describe('whatever is changed from a date on', () => {
  const plans = fc.record({
    old: recurrence,
    update: fc.record(
      { recurrence, startAt: soon(-2_000, 6_000).map((date) => new Date(date)) },
      { requiredKeys: [] },
    ),
    pendingChangeAt: soon(1, 4_000),
  });
  const changingOf = (
    old: Recurrence,
    update: UpdateSchedule,
    pendingChangeAt: ReturnType<typeof at>,
  ) => {
    const kept = scheduleOf({
      ...{ recurrence: old, nextNumber: 2, pendingChange: pendingOf(update), pendingChangeAt },
    });
    const before = updated(
      { ...kept, pendingChangeAt: null, nextNumber: 1 },
      {},
      { number: 1, dueAt: null },
    );
    return { schedule: { ...kept, nextDueAt: nextDueOf(kept) }, lastOpenAt: before.nextDueAt };
  };

  it('the due times only grow, and nothing of it falls due before its date', () => {
    fc.assert(
      fc.property(plans, ({ old, update, pendingChangeAt }) => {
        const { schedule, lastOpenAt } = changingOf(old, update, pendingChangeAt);
        fc.pre(stepBackOf(schedule, lastOpenAt) === undefined);
        const dues = [lastOpenAt!, ...liveThrough(schedule, 40)];
        for (const [index, dueAt] of dues.slice(1).entries())
          expect(dueAt.getTime()).toBeGreaterThan(dues[index]!.getTime());
        expect(chargesToCome(schedule, 40).map((charge) => charge.at)).toEqual(dues.slice(1));
        const changed = afterPending({ ...schedule, ...whereItTakesOver(schedule) });
        expect(changed?.nextDueAt?.getTime()).toBeGreaterThanOrEqual(pendingChangeAt.getTime());
      }),
      { numRuns: 100 },
    );
  }, 30_000);

  it('a change that begins at its date or later steps back behind nothing but what came forth already', () => {
    fc.assert(
      fc.property(plans, ({ old, update, pendingChangeAt }) => {
        const { schedule, lastOpenAt } = changingOf(old, update, pendingChangeAt);
        const isBehind = update.startAt && update.startAt < pendingChangeAt;
        const isBehindOpen = update.startAt && lastOpenAt && update.startAt <= lastOpenAt;
        fc.pre(!isBehind && !isBehindOpen);
        expect(stepBackOf(schedule, lastOpenAt)).toBeUndefined();
      }),
    );
  }, 30_000);

  it('a start before its date is found out', () => {
    const update = { startAt: new Date('2028-07-10T00:00:00Z') };
    const schedule = scheduleOf({
      ...{ pendingChange: pendingOf(update), pendingChangeAt: at('2028-08-15T00:00:00Z') },
    });
    expect(stepBackOf(schedule, monthly.anchorAt)).toEqual({
      ...{ dueAt: at('2028-07-10T00:00:00Z'), before: at('2028-08-15T00:00:00Z') },
    });
  });

  it('so is a start before what was moved beyond it since', () => {
    const update = { startAt: new Date('2028-03-20T00:00:00Z') };
    const schedule = scheduleOf({
      ...{ pendingChange: pendingOf(update), pendingChangeAt: at('2028-02-15T00:00:00Z') },
      ...{ nextNumber: 3, anchorAt: at('2028-03-25T00:00:00Z'), anchorNumber: 2 },
    });
    expect(stepBackOf(schedule, schedule.anchorAt)).toMatchObject({ before: schedule.anchorAt });
  });
});
