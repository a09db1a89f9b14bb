/** One of the processes `npm start` is made of, as seen from itself. */

export interface StopOptions {
  /** After this the process ends without having drained; what it held is found by its lease. */
  readonly drainSeconds: number;
  readonly log: (sentence: string, error?: unknown) => void;
}

/** Finishes what was begun, takes nothing new, closes connections. */
type Close = () => unknown;

/** How this process stops; made before anything is opened. */
export interface Stop {
  /** Called once when the process stops; what was opened last is closed first. Once it stops nothing is opened any more: it never returns. */
  thenClose(close: Close): Promise<void>;
}

/**
 * Ends this process cleanly when it is asked to, or when the launcher that started it is gone: a
 * terminal's Ctrl-C reaches launcher and children at once, so later requests change nothing. While
 * it starts it may be asked as well: what is open by then is closed.
 */
export const stopWhenAsked = ({ drainSeconds, log }: StopOptions): Stop => {
  const closers: Close[] = [];
  let isStopping = false;
  const drain = async () => {
    // One that is still being opened is added meanwhile.
    for (let close = closers.pop(); close; close = closers.pop()) await close();
  };
  const stop = (reason: string) => {
    if (isStopping) return;
    isStopping = true;
    log(`stopping: ${reason}`);
    setTimeout(() => {
      log(`not drained within ${drainSeconds} s, ending`);
      process.exit(1);
    }, drainSeconds * 1000).unref();
    drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log('failed to drain', error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => stop(signal));
  // Whoever read our output went with the launcher; the last words go nowhere, and that is no
  // reason to break.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  if (process.env['REFRAIN_LAUNCHER']) {
    process.once('disconnect', () => stop('the launcher is gone'));
    if (!process.connected) stop('the launcher is gone');
  }
  return {
    thenClose: (close) => {
      closers.push(close);
      return isStopping ? new Promise(() => undefined) : Promise.resolve();
    },
  };
};

/** Tells the launcher, if there is one, that this process does its work now. */
export const reportReady = (): void => {
  process.send?.({ ready: true });
};
