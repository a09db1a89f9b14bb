import type { BusinessInstant } from '#platform/clock';
import type { Charge } from '#charges';

import { dueByRule } from './occurrence.place.js';
import { firstDueFrom, type ChangeStart } from './schedule-update.js';
import { isMovable, nextToMove, type Schedule } from './schedule.js';

type Open = readonly { readonly charge: Pick<Charge, 'state' | 'occurrenceNumber' | 'dueAt'> }[];

/** Where a change takes over. */
export interface Beginning {
  /** Kept for its date, as nothing that falls due then or later came forth yet. */
  readonly isKept: boolean;
  /** The first occurrence that it can still change. */
  readonly from: ChangeStart;
  /** What has a smaller number is none of its business, and keeps its terms. */
  readonly holdsFrom: number;
}

/** A change holds for what falls due at its date or later, also for what waits for its time already. Without a date it holds for all that
 * waits. */
export const beginningOf = (
  schedule: Schedule,
  open: Open,
  at: { readonly effectiveAt: Date | null; readonly businessNow: BusinessInstant },
): Beginning => {
  const { effectiveAt, businessNow } = at;
  const next = nextToMove(schedule, open, businessNow);
  if (!effectiveAt) return { isKept: false, from: next, holdsFrom: 1 };
  const affected = waitingInOrder(schedule, open).filter(({ dueAt }) => dueAt >= effectiveAt);
  const holdsFrom = affected[0]?.number ?? schedule.nextNumber;
  if (affected.length > 0) {
    const movable = affected.find(({ charge }) => isMovable(charge, businessNow));
    return { isKept: false, from: movable ?? nextToMove(schedule, [], businessNow), holdsFrom };
  }
  return next.dueAt && effectiveAt > next.dueAt
    ? { isKept: true, from: firstDueFrom(schedule, effectiveAt), holdsFrom: schedule.nextNumber }
    : { isKept: false, from: next, holdsFrom };
};

interface DueOccurrence {
  readonly charge: Open[number]['charge'];
  readonly number: number;
  readonly dueAt: BusinessInstant;
}

/** What waits or is registered, by number; one that is being moved has the time its schedule gives it by now. */
export const waitingInOrder = (schedule: Schedule, open: Open): DueOccurrence[] =>
  open
    .flatMap(({ charge }) => {
      const { state, occurrenceNumber: number, dueAt } = charge;
      return number === null || (state !== 'SCHEDULED' && state !== 'REGISTERED')
        ? []
        : [{ charge, number, dueAt: dueByRule(schedule, { number, dueAt }) ?? dueAt }];
    })
    .toSorted((a, b) => a.number - b.number);
