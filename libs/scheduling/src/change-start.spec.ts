import fc from 'fast-check';
import { businessInstant } from '#platform/clock';

import { beginningOf } from './change-start.js';
import { dueOf, isMovable } from './schedule.js';
import { scheduleOf } from '../../../test/support/schedule.builder.js';

const at = (ms: number) => businessInstant(new Date(ms).toISOString());
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const START_MS = Date.UTC(2028, 0, 31, 9);

/** A daily schedule that brought these forth, and waits to bring forth the rest. */
const openOf = (states: readonly ('SCHEDULED' | 'REGISTERED' | 'RETRY_SCHEDULED' | null)[]) => {
  const recurrence = { every: 1, unit: 'DAY', timeZone: 'UTC' } as const;
  const nextNumber = states.length + 1;
  const schedule = scheduleOf({ recurrence, nextNumber });
  const open = states.flatMap((state, index) => {
    const dueAt = dueOf(schedule, index + 1);
    return state && dueAt ? [{ charge: { state, occurrenceNumber: index + 1, dueAt } }] : [];
  });
  return { open, schedule: { ...schedule, nextDueAt: dueOf(schedule, nextNumber) } };
};

describe('a change of a schedule begins', () => {
  it('with the first that waits, where it has no date', () => {
    const { schedule, open } = openOf(['RETRY_SCHEDULED', 'SCHEDULED', 'SCHEDULED']);
    const found = beginningOf(schedule, open, { effectiveAt: null, businessNow: at(START_MS) });
    expect(found).toMatchObject({ isKept: false, from: { number: 2 }, holdsFrom: 1 });
  });

  it('among what waits, where its date lies between', () => {
    const { schedule, open } = openOf(['SCHEDULED', null, 'SCHEDULED', 'SCHEDULED']);
    const effectiveAt = new Date(START_MS + DAY_MS);
    const found = beginningOf(schedule, open, { effectiveAt, businessNow: at(START_MS) });
    expect(found).toMatchObject({ isKept: false, holdsFrom: 3 });
    expect(found.from).toMatchObject({ number: 3, dueAt: at(START_MS + 2 * DAY_MS) });
  });

  it('wherever its date lies, for exactly what falls due then or later', () => {
    const state = fc.constantFrom('SCHEDULED' as const, 'REGISTERED' as const, null);
    fc.assert(
      fc.property(
        fc.array(state, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: -1_440, max: 9 * 1_440 }),
        fc.integer({ min: -1_440, max: 9 * 1_440 }),
        (states, dateMinutes, nowMinutes) => {
          const { schedule, open } = openOf(states);
          const effectiveAt = at(START_MS + dateMinutes * MINUTE_MS);
          const businessNow = at(START_MS + nowMinutes * MINUTE_MS);
          const found = beginningOf(schedule, open, { effectiveAt, businessNow });
          for (const { charge } of open) {
            const isItsBusiness = charge.occurrenceNumber >= found.holdsFrom;
            expect(isItsBusiness).toBe(charge.dueAt >= effectiveAt);
            const isPassedOver = found.isKept || charge.occurrenceNumber < found.from.number;
            if (isItsBusiness && isPassedOver) expect(isMovable(charge, businessNow)).toBe(false);
          }
          expect(found.from.number).toBeGreaterThanOrEqual(found.holdsFrom);
          if (found.isKept) expect(found.from.dueAt! >= effectiveAt).toBe(true);
          if (schedule.nextDueAt! < effectiveAt) expect(found.isKept).toBe(true);
        },
      ),
    );
  });
});
