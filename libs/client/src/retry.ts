/** The first wait; a restart of a process takes a few of them. */
const FIRST_DELAY_MS = 200;
/** Rare enough for a server that is coming up, often enough to notice that it is there. */
const LONGEST_DELAY_MS = 5_000;

/** How long before the n-th try after the first (from 1): twice the last time, up to a bound; half of it by chance, so that many clients
 * do not come back together. `chance` is in [0, 1). */
export const retryDelayMs = (retry: number, chance: number): number => {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (retry - 1));
  return Math.round(full / 2 + (full / 2) * chance);
};
