import { businessInstant } from '#platform/clock';

import { duesOfWaiting, placeOf, type Waiting } from './occurrence.place.js';
import { scheduleOf } from '../../../test/support/schedule.builder.js';

const at = (text: string) => businessInstant(text);
const february = { number: 2, dueAt: at('2028-02-29T09:00:00Z') };

const until = '2028-03-02T00:00:00.000Z';
const fromFebruary = { from: february.dueAt.toISOString(), until };
const afterFebruary = { from: '2028-02-29T09:00:00.001Z', until };

describe('an occurrence that is not sent yet', () => {
  it.each([
    ['its schedule goes on', {}, 'GOES'],
    ['it is paused', { status: 'PAUSED' }, 'WAITS'],
    ['it is to end before it', { cancelAt: february.dueAt }, 'WAITS'],
    ['it is to end after it', { cancelAt: at('2028-03-31T09:00:00Z') }, 'GOES'],
    ['it is canceled', { status: 'CANCELED', cancelAt: february.dueAt }, 'CANCELED'],
    ['it has no such occurrence any more', { maxOccurrences: 1 }, 'SKIPPED'],
    [
      'it was resumed without what fell due from it on',
      { skippedPauses: [fromFebruary] },
      'SKIPPED',
    ],
    ['it was due before the pause', { skippedPauses: [afterFebruary] }, 'GOES'],
    ['it was resumed without it', { skipDueBefore: at('2028-03-01T00:00:00Z') }, 'SKIPPED'],
  ] as const)('while %s: %j', (_, more, kind) => {
    expect(placeOf(scheduleOf(more), february)?.kind).toBe(kind);
  });

  it('has the time of the present rule, and before its anchor the one it had', () => {
    const moved = { anchorAt: at('2028-03-10T09:00:00Z') };
    const placed = (anchorNumber: number) =>
      placeOf(scheduleOf({ ...moved, anchorNumber }), february);
    expect(placed(2)).toMatchObject({ dueAt: moved.anchorAt });
    expect(placed(3)).toMatchObject({ dueAt: february.dueAt });
  });
});

describe('the dues of what waits', () => {
  const dues = (more: Partial<Waiting>, schedule = scheduleOf()) =>
    duesOfWaiting(schedule, [{ ...february, state: 'REGISTERED', revocation: null, ...more }]);
  const moved = scheduleOf({ anchorAt: at('2028-03-10T09:00:00Z'), anchorNumber: 2 });
  const ending = scheduleOf({ cancelAt: february.dueAt });

  it('leave out what the period ends before', () => {
    expect(dues({ revocation: 'FOLLOW_SCHEDULE' }, ending)).toEqual([]);
    expect(dues({ state: 'SCHEDULED' }, ending)).toEqual([]);
  });

  it('tell the new time of what is being moved, and what the provider fires all the same', () => {
    expect(dues({ revocation: 'FOLLOW_SCHEDULE' }, moved)).toEqual([moved.anchorAt]);
    expect(dues({}, moved)).toEqual([february.dueAt]);
  });
});
