import fc from 'fast-check';
import { after, businessInstant, type BusinessInstant } from '#platform/clock';

import { isPassedOver, paused, resumed, type DueMeanwhile } from './schedule-pause.js';
import { chargesToCome, nextDueOf } from './schedule-update.js';
import type { Schedule } from './schedule.js';
import { scheduleOf } from '../../../test/support/schedule.builder.js';

const at = (text: string) => businessInstant(text);
const start = at('2028-01-31T09:00:00Z');
const daily = scheduleOf({
  recurrence: { every: 1, unit: 'DAY', timeZone: 'UTC' },
  ...{ nextNumber: 1, nextDueAt: start },
});
const resumption = (dueMeanwhile: DueMeanwhile, when: BusinessInstant) => ({
  ...{ at: when, dueMeanwhile, dues: [] },
});

describe('a schedule that was paused over some days', () => {
  const pausedOver = (dueMeanwhile: DueMeanwhile) =>
    resumed(
      paused(daily, { at: at('2028-02-02T09:00:00Z'), reason: null }),
      resumption(dueMeanwhile, at('2028-02-04T09:00:00Z')),
    );
  const shown = (schedule: Schedule) =>
    chargesToCome(schedule, 4).map((charge) => charge.at.toISOString().slice(0, 10));

  it('brings what was due before, and what falls due from its end on', () => {
    expect(shown(pausedOver('SKIP'))).toEqual([
      ...['2028-01-31', '2028-02-01', '2028-02-04', '2028-02-05'],
    ]);
  });

  it('brings all of them when they are to be charged', () => {
    expect(shown(pausedOver('CHARGE'))).toEqual([
      ...['2028-01-31', '2028-02-01', '2028-02-02', '2028-02-03'],
    ]);
  });

  it('passes over all that was due before the end of a pause whose beginning nobody kept', () => {
    const byTheReleaseBefore = { ...daily, skipDueBefore: at('2028-02-04T09:00:00Z') };
    expect(shown(byTheReleaseBefore)[0]).toBe('2028-02-04');
    const pausedByIt = { ...daily, status: 'PAUSED' } as const;
    const after = resumed(pausedByIt, resumption('SKIP', at('2028-02-03T09:00:00Z')));
    expect(shown(after)[0]).toBe('2028-02-03');
  });

  it('forgets the pause when nothing is left in it', () => {
    const livedThrough = { ...pausedOver('SKIP'), nextNumber: 5, nextDueAt: at('2028-02-04') };
    const again = paused(
      { ...livedThrough, nextDueAt: at('2028-02-04T09:00:00Z') },
      { at: at('2028-02-04T10:00:00Z'), reason: null },
    );
    const { skippedPauses } = resumed(again, resumption('SKIP', at('2028-02-06T09:00:00Z')));
    expect(skippedPauses).toHaveLength(1);
  });
});

describe('however often a schedule is paused and resumed, whether anybody works meanwhile or not', () => {
  const steps = fc.array(
    fc.record({
      hours: fc.integer({ min: 0, max: 60 }),
      kind: fc.constantFrom('PAUSE', 'SKIP', 'CHARGE', 'WORK'),
    }),
    { maxLength: 30 },
  );
  interface Lived {
    readonly dueAt: Date;
    readonly isSkipped: boolean;
  }

  /** The worker, with what is due by now: what it skips, and what it charges. */
  const work = (schedule: Schedule, now: Date, lived: Lived[]): Schedule => {
    let present = schedule;
    while (present.status === 'ACTIVE' && present.nextDueAt && present.nextDueAt <= now) {
      lived.push({
        dueAt: present.nextDueAt,
        isSkipped: isPassedOver(present, present.nextDueAt),
      });
      const next = { ...present, nextNumber: present.nextNumber + 1 };
      present = { ...next, nextDueAt: nextDueOf(next) };
    }
    return present;
  };

  it('skips what fell due in a pause it was resumed from without it, and nothing else', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const lived: Lived[] = [];
        const skipped: { readonly from: Date; readonly until: Date }[] = [];
        let [now, from, schedule] = [start, start, daily];
        for (const { hours, kind } of [...taken, { hours: 0, kind: 'CHARGE' }]) {
          now = after(now, hours * 3_600);
          if (kind === 'WORK') schedule = work(schedule, now, lived);
          if (kind === 'PAUSE' && schedule.status === 'ACTIVE') {
            schedule = paused(schedule, { at: now, reason: null });
            from = now;
          }
          if ((kind === 'SKIP' || kind === 'CHARGE') && schedule.status === 'PAUSED') {
            schedule = resumed(schedule, resumption(kind, now));
            if (kind === 'SKIP') skipped.push({ from, until: now });
          }
        }
        const told = chargesToCome(schedule, 5).map((charge) => charge.at);
        work(schedule, after(now, 90 * 86_400), lived);
        for (const { dueAt, isSkipped } of lived)
          expect(isSkipped).toBe(skipped.some((one) => dueAt >= one.from && dueAt < one.until));
        const charged = lived.filter((one) => !one.isSkipped).map(({ dueAt }) => dueAt);
        expect(charged).toEqual(expect.arrayContaining(told));
      }),
      { numRuns: 100 },
    );
  }, 30_000);
});
