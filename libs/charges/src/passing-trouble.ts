import { setTimeout as pause } from 'node:timers/promises';

import { isDatabaseAway } from '#platform/database';

/** A passing trouble of the database is over, or is not, within about a second. */
const TRIES = 4;
const RETRY_MS = 250;

/** Rolled back for another's sake, timed out, out of memory or disk, stopped by its operator: the database could not, and said nothing of
 * the rows. */
const GIVEN_UP = /^(25|40|53|55|57|58)...$/;

/** The same rows may be written another time. */
export const isPassing = (error: unknown): boolean =>
  isDatabaseAway(error) || GIVEN_UP.test(codeOf(error));

/** PostgreSQL's, or the kind of mistake; never its words, which may quote the row. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

/** A deadlock, a time-out or a lost connection passes; what a provider answered must not be lost to it. `write` must be fenced: a commit whose
 * word was lost is written a second time. */
export const throughTrouble = async <T>(
  write: () => Promise<T>,
  triesLeft = TRIES - 1,
): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    if (triesLeft === 0 || !isPassing(error)) throw error;
    await pause(RETRY_MS);
    return throughTrouble(write, triesLeft - 1);
  }
};
