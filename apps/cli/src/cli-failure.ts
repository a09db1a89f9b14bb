import { CallRefused, ClientFault } from '#client';
import { ConfigError } from '#platform/config';

/** What scripts may tell apart. */
export const EXIT_CODES = {
  done: 0,
  /** What was asked for was refused, or some of it failed. */
  refused: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Refrain could not be reached, or failed by itself: worth another try. */
  unavailable: 3,
} as const;

/** What a person can read and act on: told in its one line, without a stack. */
export class CliFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT_CODES.refused,
  ) {
    super(message);
    this.name = 'CliFailure';
  }
}

export interface PresentedFailure {
  readonly exitCode: number;
  readonly message: string;
  /** For `--json`. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Any error as the terminal shows it; only a bug shows its stack. */
export const presentFailure = (error: unknown): PresentedFailure => {
  if (error instanceof CliFailure)
    return { exitCode: error.exitCode, message: error.message, details: {} };
  if (error instanceof ConfigError)
    return { exitCode: EXIT_CODES.usage, message: error.message, details: {} };
  if (error instanceof CallRefused) {
    const { message, userErrors } = error;
    return { exitCode: EXIT_CODES.refused, message, details: { userErrors } };
  }
  if (error instanceof ClientFault) {
    const { code, correlationId, kind, message } = error;
    const exitCode = kind === 'REFUSED' ? EXIT_CODES.refused : EXIT_CODES.unavailable;
    return { exitCode, message, details: { kind, code, correlationId } };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: EXIT_CODES.unavailable, message, details: {} };
};
