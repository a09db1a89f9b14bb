import { businessInstant, type BusinessInstant } from '#platform/clock';

import type { Schedule, SkippedPause } from './schedule.js';

/** What becomes of what fell due while the schedule was paused. */
export type DueMeanwhile = 'SKIP' | 'CHARGE';

export const paused = (
  schedule: Schedule,
  { at, reason }: { readonly at: BusinessInstant; readonly reason: string | null },
): Schedule => ({ ...schedule, status: 'PAUSED', pausedAt: at, pauseReason: reason });

interface Resumption {
  readonly at: BusinessInstant;
  readonly dueMeanwhile: DueMeanwhile;
  /** When its open occurrences are due by its rule. */
  readonly dues: readonly BusinessInstant[];
}

/** What was due before the pause is charged in any case. An earlier pause in which something is due that nobody got to yet still skips it;
 * the others are over and done with. */
export const resumed = (schedule: Schedule, { at, dueMeanwhile, dues }: Resumption): Schedule => {
  const { nextDueAt } = schedule;
  const open = skippedPausesOf(schedule).filter(
    (pause) =>
      (nextDueAt && nextDueAt < new Date(pause.until)) || dues.some((dueAt) => isIn(pause, dueAt)),
  );
  const pause = { from: schedule.pausedAt?.toISOString() ?? null, until: at.toISOString() };
  const skippedPauses = dueMeanwhile === 'SKIP' ? [...open, pause] : open;
  const last = skippedPauses.at(-1);
  return {
    ...schedule,
    ...{ status: 'ACTIVE', pausedAt: null, pauseReason: null, skippedPauses },
    skipDueBefore: last ? businessInstant(last.until) : null,
  };
};

/** Whether it fell due in a pause that was resumed without it. */
export const isPassedOver = (schedule: Schedule, dueAt: Date): boolean =>
  skippedPausesOf(schedule).some((pause) => isIn(pause, dueAt));

const isIn = ({ from, until }: SkippedPause, dueAt: Date): boolean =>
  dueAt < new Date(until) && (from === null || dueAt >= new Date(from));

/** The release before kept the end of the last one alone, and skips whatever fell due before it. */
const skippedPausesOf = ({ skippedPauses, skipDueBefore }: Schedule): readonly SkippedPause[] => {
  const until = skipDueBefore?.toISOString();
  return until === undefined || until === skippedPauses.at(-1)?.until
    ? skippedPauses
    : [...skippedPauses, { from: null, until }];
};
