import { after } from '#platform/clock';

import { overtaken } from './schedule.contributor.js';
import { BUSINESS_NOW as dueAt } from '../../../test/support/charge.builder.js';

const changesAt = after(dueAt, 3_600);
const waiting = {
  ...{ chargeId: 'charge', scheduleId: 'schedule', dueAt },
  changesAt: changesAt.toISOString(),
};
const schedule = (pendingChangeAt: typeof changesAt | null) => [
  { id: 'schedule', pendingChangeAt },
];

describe('what comes back unsent', () => {
  it('keeps its terms where a change for a later date took over meanwhile', () => {
    expect(overtaken(schedule(null), [waiting])).toEqual(['charge']);
    expect(overtaken(schedule(after(changesAt, 1)), [waiting])).toEqual(['charge']);
  });

  it('has those of its schedule where no such change did', () => {
    expect(overtaken(schedule(changesAt), [waiting])).toEqual([]);
    expect(overtaken(schedule(null), [{ ...waiting, changesAt: null }])).toEqual([]);
  });

  it('has the changed ones where it is due from the change on', () => {
    expect(overtaken(schedule(null), [{ ...waiting, dueAt: changesAt }])).toEqual([]);
  });
});
