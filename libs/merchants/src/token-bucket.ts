/** An account's budget of calls: refills at its rate, holds at most one second's worth. */
export interface TokenBucket {
  readonly tokens: number;
  /** Machine time; absent: never used, so full. */
  readonly refilledAt: Date | null;
}

/** How many calls may go out now. No rate: no bound. */
export const refill = (
  { tokens, refilledAt }: TokenBucket,
  ratePerSecond: number | null,
  now: Date,
): number => {
  if (ratePerSecond === null) return Infinity;
  const seconds = refilledAt ? Math.max(0, now.getTime() - refilledAt.getTime()) / 1_000 : Infinity;
  return Math.min(ratePerSecond, tokens + seconds * ratePerSecond);
};

/** Until the bucket holds one call again. */
export const secondsToNextToken = (tokens: number, ratePerSecond: number | null): number =>
  ratePerSecond === null ? 0 : Math.max(0, 1 - tokens) / ratePerSecond;
