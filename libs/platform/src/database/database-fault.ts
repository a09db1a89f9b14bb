/** No connection was to be had in time: nothing was done. */
export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super('expected a connection to the database, found none in time', { cause });
    this.name = 'DatabaseAway';
  }
}

/** serialization_failure, deadlock_detected: PostgreSQL rolled this transaction back so that another could go on. */
const GIVEN_UP = new Set(['40001', '40P01']);
/** Shutting down, crashed, starting, too many connections; and connections refused or cut (class 08, the operating system's). */
const AWAY =
  /^(57P0[123]|53300|08...|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/;
/** What the driver says of a connection that was cut has no code. */
const CUT = /^(Connection terminated|Client (has encountered a connection error|was closed))/;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** The whole transaction may be run again: it left nothing behind. */
export const mayRunAgain = (error: unknown): boolean => GIVEN_UP.has(codeOf(error));

/**
 * The database cannot be worked with just now; the same call made again later may succeed. Unless it is a {@link DatabaseAway}, what was
 * under way may have been committed.
 */
export const isDatabaseAway = (error: unknown): boolean =>
  error instanceof DatabaseAway ||
  AWAY.test(codeOf(error)) ||
  (error instanceof Error && CUT.test(error.message));
