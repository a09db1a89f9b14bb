import type { DestinationStream } from 'pino';

/** Some thousand lines. A reader who is that far behind does not read. */
const BEHIND_MAX_BYTES = 1024 * 1024;

interface Output {
  /** Bytes that were taken and not yet given on. */
  readonly writableLength: number;
  write(text: string): unknown;
}

/** Lines to an output whose reader may stop reading: while it reads, a line is with the system when the call returns; when it is too far
 * behind, lines are dropped, and how many is said once it reads again. Payments never wait for a log. */
export const unhurried = (output: Output): DestinationStream => {
  let dropped = 0;
  return {
    write: (line) => {
      if (output.writableLength > BEHIND_MAX_BYTES) {
        dropped += 1;
        return;
      }
      if (dropped > 0) {
        const time = new Date().toISOString();
        output.write(
          `${JSON.stringify({ level: 'warn', time, dropped, msg: 'nobody read the log: lines were dropped' })}\n`,
        );
        dropped = 0;
      }
      output.write(line);
    },
  };
};

let own: DestinationStream | undefined;

/** This process's own, one for all its loggers. A reader who went away is no reason to end. */
export const standardOutput = (): DestinationStream => {
  if (!own) {
    process.stdout.on('error', () => undefined);
    own = unhurried(process.stdout);
  }
  return own;
};
