/** Of what goes out for the first time, so much may go out again because it did not get through: a provider that is down must not be met
 * with more than it failed under. */
const SHARE = 0.1;
/** A quiet account's: a handful of charges that met a passing trouble are sent again without waiting for others. */
const RESERVE = 10;
/** How soon the reserve is whole again after it was used up: within two minutes. */
const RESERVE_PER_SECOND = 0.1;
/** Saved up by a thousand first sends: a busy hour must not pay for a storm later. */
const CAP = 100;

/** The budget of an account now; the reserve comes back with time, the rest only with traffic. */
export const retryBudget = (tokens: number, secondsSince: number): number =>
  Math.max(tokens, Math.min(RESERVE, tokens + Math.max(0, secondsSince) * RESERVE_PER_SECOND));

/** After a serving: each first send has earned its share, each further one has used up one. Those that had waited too long to be held back
 * any longer may leave a debt, never a deeper one than the reserve. What was granted beyond the cap is kept, and only spent. */
export const spendRetries = (
  tokens: number,
  { first, again }: { readonly first: number; readonly again: number },
): number => {
  const left = Math.max(-RESERVE, tokens - again + first * SHARE);
  return Math.min(left, Math.max(CAP, tokens - again));
};
