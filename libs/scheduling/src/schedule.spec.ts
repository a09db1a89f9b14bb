import { businessInstant } from '#platform/clock';
import type { ChargeState } from '#charges';
import {
  byZonesOfToday,
  dueOf,
  isAhead,
  isSettled,
  nextToMove,
  occurrenceOrderId,
  plannedDues,
} from './schedule.js';
import { scheduleOf } from '../../../test/support/schedule.builder.js';

const at = (text: string) => businessInstant(text);

const days = (dues: readonly (Date | null)[]) =>
  dues.map((due) => due?.toISOString().slice(0, 10) ?? null);

describe('after a country changed its clocks', () => {
  it('the next occurrence is due by its new ones, and an end stays an end', () => {
    const told = scheduleOf({ nextDueAt: at('2028-02-29T10:00:00Z') });
    expect(byZonesOfToday(told).nextDueAt).toEqual(at('2028-02-29T09:00:00Z'));
    expect(byZonesOfToday(scheduleOf({ nextDueAt: null })).nextDueAt).toBeNull();
  });
});

describe('the due time of occurrence n', () => {
  it('comes from the anchor, so that a short month does not stay short', () => {
    const schedule = scheduleOf();
    expect(days([1, 2, 3, 4].map((number) => dueOf(schedule, number)))).toEqual([
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
    ]);
  });

  it('ends with the count, with the end, and with the one a one-off has', () => {
    expect(dueOf(scheduleOf({ maxOccurrences: 3 }), 4)).toBeNull();
    expect(dueOf(scheduleOf({ endAt: at('2028-03-30T00:00:00Z') }), 3)).toBeNull();
    const oneOff = scheduleOf({ recurrence: null });
    expect(days([dueOf(oneOff, 1), dueOf(oneOff, 2)])).toEqual(['2028-01-31', null]);
  });

  it('goes on by the new rule from the number at which it was changed', () => {
    const moved = scheduleOf({ anchorAt: at('2028-03-10T09:00:00Z'), anchorNumber: 3 });
    expect(days([3, 4].map((number) => dueOf(moved, number)))).toEqual([
      '2028-03-10',
      '2028-04-10',
    ]);
  });
});

describe('what is to come', () => {
  it('begins with the next occurrence that has no charge', () => {
    expect(days(plannedDues(scheduleOf(), 3))).toEqual(['2028-02-29', '2028-03-31', '2028-04-30']);
  });

  it('counts the limit from the first occurrence, also after the rule was changed', () => {
    const moved = scheduleOf({
      anchorAt: at('2028-03-10T09:00:00Z'),
      anchorNumber: 3,
      nextNumber: 3,
      nextDueAt: at('2028-03-10T09:00:00Z'),
      maxOccurrences: 4,
    });
    expect(days(plannedDues(moved, 10))).toEqual(['2028-03-10', '2028-04-10']);
  });

  it('is nothing when nothing is to come or nothing was asked for', () => {
    expect(plannedDues(scheduleOf({ nextDueAt: null }), 3)).toEqual([]);
    expect(plannedDues(scheduleOf(), 0)).toEqual([]);
  });
});

describe('a new plan takes over', () => {
  const now = at('2028-01-31T08:59:30Z');
  const open = (state: ChargeState, occurrenceNumber: number, dueAt: string) => ({
    charge: { state, occurrenceNumber, dueAt: at(dueAt) },
  });
  const inFlight = open('REGISTERED', 1, '2028-01-31T09:00:00Z');

  it('from the occurrence that waits, and not from a retry', () => {
    const found = nextToMove(
      scheduleOf(),
      [
        open('RETRY_SCHEDULED', 1, '2028-01-31T09:00:00Z'),
        open('REGISTERED', 2, '2028-02-29T09:00:00Z'),
      ],
      now,
    );
    expect(found).toEqual({ number: 2, dueAt: at('2028-02-29T09:00:00Z') });
  });

  it('after the occurrence that is within a minute of its time', () => {
    const waiting = open('REGISTERED', 2, '2028-02-29T09:00:00Z');
    const third = scheduleOf({ nextNumber: 3, nextDueAt: at('2028-03-31T09:00:00Z') });
    expect(nextToMove(third, [inFlight, waiting], now).number).toBe(2);
    expect(nextToMove(scheduleOf(), [inFlight], now)).toEqual({
      number: 2,
      dueAt: at('2028-02-29T09:00:00Z'),
    });
  });

  it('at the time the occurrence after the last one would have', () => {
    const ended = scheduleOf({ maxOccurrences: 1, nextDueAt: null });
    expect(nextToMove(ended, [inFlight], now)).toEqual({
      number: 2,
      dueAt: at('2028-02-29T09:00:00Z'),
    });
  });
});

it('names an occurrence by its number', () => {
  expect(occurrenceOrderId('coffee', 12)).toBe('coffee-12');
});

it('counts an occurrence as settled when nothing of it is to come', () => {
  expect(isSettled('FAILED')).toBe(true);
  expect(isSettled('RETRY_SCHEDULED')).toBe(false);
});

it('tells the provider of what is at least a minute ahead', () => {
  const now = at('2028-01-31T09:00:00Z');
  expect(isAhead(at('2028-01-31T09:01:00Z'), now)).toBe(true);
  expect(isAhead(at('2028-01-31T09:00:59Z'), now)).toBe(false);
});
