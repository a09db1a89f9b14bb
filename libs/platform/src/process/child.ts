/** One of the processes `npm start` is made of, as seen from itself. */

export interface StopOptions {
  /** Finishes what was begun, takes nothing new, closes connections. Called once. */
  readonly drain: () => Promise<void>;
  /** After this the process ends without having drained; what it held is found by its lease. */
  readonly drainSeconds: number;
  readonly log: (sentence: string, error?: unknown) => void;
}

/**
 * Ends this process cleanly when it is asked to, or when the launcher that started it is gone: a
 * terminal's Ctrl-C reaches launcher and children at once, so later requests change nothing.
 */
export const stopWhenAsked = ({ drain, drainSeconds, log }: StopOptions): void => {
  let isStopping = false;
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
  if (!process.env['REFRAIN_LAUNCHER']) return;
  process.once('disconnect', () => stop('the launcher is gone'));
  if (!process.connected) stop('the launcher is gone');
};

/** Tells the launcher, if there is one, that this process does its work now. */
export const reportReady = (): void => {
  process.send?.({ ready: true });
};
