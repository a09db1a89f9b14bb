import type { BusinessInstant } from '#platform/clock';

/** A time in which nobody served an account. */
export interface Downtime {
  readonly fromAt: BusinessInstant;
  readonly toAt: BusinessInstant;
}

/** The sweep has every account served each minute; a restart takes seconds. Who comes later than this was away. */
export const DOWNTIME_SECONDS = 900;

/** What of the occurrences that fell due while nothing ran is charged afterwards. */
export const CATCH_UPS = ['ALL', 'LATEST', 'NONE'] as const;
export type CatchUp = (typeof CATCH_UPS)[number];

/** Why an occurrence that fell due in a downtime is not charged afterwards; nothing: it is. `nextDueAt`: of the occurrence after it. */
export const missedReason = (
  { dueAt, nextDueAt }: { readonly dueAt: Date; readonly nextDueAt: Date | null },
  catchUp: CatchUp,
  downtimes: readonly Downtime[],
): string | undefined => {
  const downtime = downtimes.find(({ fromAt, toAt }) => dueAt >= fromAt && dueAt <= toAt);
  if (!downtime || catchUp === 'ALL') return undefined;
  const isLatest = nextDueAt === null || nextDueAt > downtime.toAt;
  if (catchUp === 'LATEST' && isLatest) return undefined;
  const { fromAt, toAt } = downtime;
  return `it fell due while nothing ran, from ${fromAt.toISOString()} to ${toAt.toISOString()}, and its schedule catches up ${catchUp === 'NONE' ? 'nothing' : 'the latest only'}`;
};
