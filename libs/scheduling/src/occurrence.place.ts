import type { Charge } from '#charges';
import type { BusinessInstant } from '#platform/clock';

import type { Revocation } from './registration.js';
import { isPassedOver } from './schedule-pause.js';
import { dueOf, type Schedule } from './schedule.js';

/** An occurrence that has a charge, and the time that one is due. */
export interface Numbered {
  readonly number: number;
  readonly dueAt: BusinessInstant;
}

/** Why an occurrence is skipped, in the words of its explanation. */
export const SKIP_REASONS = [
  'its schedule ends before it',
  'it fell due while the schedule was paused',
] as const;
export const [ENDS_BEFORE, DUE_WHILE_PAUSED] = SKIP_REASONS;

/** Where an occurrence that is not sent yet belongs. */
export type Place =
  | { readonly kind: 'CANCELED' }
  | { readonly kind: 'SKIPPED'; readonly reason: (typeof SKIP_REASONS)[number] }
  /** Not sent until its schedule says so: it is paused, or ends before it and may be resumed until then. */
  | { readonly kind: 'WAITS'; readonly dueAt: BusinessInstant }
  | { readonly kind: 'GOES'; readonly dueAt: BusinessInstant };

/** By its schedule as it is now; nothing of one that is complete. */
export const placeOf = (schedule: Schedule, occurrence: Numbered): Place | undefined => {
  const dueAt = dueByRule(schedule, occurrence);
  switch (schedule.status) {
    case 'COMPLETED':
      return undefined;
    case 'CANCELED':
      return { kind: 'CANCELED' };
    case 'PAUSED':
      return { kind: 'WAITS', dueAt: dueAt ?? occurrence.dueAt };
    case 'ACTIVE':
      if (dueAt === null) return { kind: 'SKIPPED', reason: ENDS_BEFORE };
      if (isPassedOver(schedule, dueAt)) return { kind: 'SKIPPED', reason: DUE_WHILE_PAUSED };
      return { kind: isAfterPeriod(schedule, dueAt) ? 'WAITS' : 'GOES', dueAt };
  }
};

/** A waiting occurrence that is not taken back for good. */
export interface Waiting extends Numbered {
  readonly state: 'SCHEDULED' | 'REGISTERED';
  readonly revocation: Extract<Revocation, 'FOLLOW_SCHEDULE'> | null;
}

/** When those fall due that will: one that is being taken back has the time its schedule gives it by now. */
export const duesOfWaiting = (schedule: Schedule, waiting: readonly Waiting[]): BusinessInstant[] =>
  waiting.flatMap((one) => {
    if (one.state === 'REGISTERED' && one.revocation === null) return [one.dueAt];
    const dueAt = one.revocation ? dueByRule(schedule, one) : one.dueAt;
    return dueAt && !isPassedOver(schedule, dueAt) && !isAfterPeriod(schedule, dueAt)
      ? [dueAt]
      : [];
  });

/** When open occurrences are due by the schedule's rule; those that it ends before are left out. */
export const duesOfOpen = (
  schedule: Schedule,
  open: readonly { readonly charge: Pick<Charge, 'occurrenceNumber' | 'dueAt'> }[],
): BusinessInstant[] =>
  open.flatMap(({ charge: { occurrenceNumber: number, dueAt } }) =>
    number === null ? [] : (dueByRule(schedule, { number, dueAt }) ?? []),
  );

/** Nothing: the schedule ends before it. What lies before the anchor keeps the time it had by the rule of its day. */
export const dueByRule = (
  schedule: Schedule,
  { number, dueAt }: Numbered,
): BusinessInstant | null =>
  number >= schedule.anchorNumber ? dueOf({ ...schedule, cancelAt: null }, number) : dueAt;

const isAfterPeriod = ({ cancelAt }: Schedule, dueAt: BusinessInstant): boolean =>
  cancelAt !== null && dueAt >= cancelAt;
