import { ConfigError } from '#platform/config';
import { DataDirInUse } from '#platform/process';
import { Launcher, type LauncherOptions } from './launcher.js';
import { StartFailure } from './start-failure.js';

/**
 * One Ctrl-C may arrive twice, from the terminal and passed on by npm, within milliseconds. Only a later one is a
 * person who asks again.
 */
const SECOND_REQUEST_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const tellFailure = (error: unknown) => {
  const isForPeople =
    error instanceof StartFailure || error instanceof ConfigError || error instanceof DataDirInUse;
  process.stderr.write(`${isForPeople ? error.message : presentUnexpected(error)}\n`);
};

const presentUnexpected = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** Settles at the first signal; later ones, after a moment, hurry. */
const awaitSignal = (onHurry: () => void): Promise<void> =>
  new Promise((resolve) => {
    let firstAt: number | undefined;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        firstAt ??= performance.now();
        if (performance.now() - firstAt > SECOND_REQUEST_MS) onHurry();
        resolve();
      });
    }
  });

/** The life of `npm start`; answers the exit code. */
export const runLauncher = async (options: LauncherOptions): Promise<number> => {
  // A terminal that is gone takes no more lines; that must not break off the clean stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let launcher: Launcher;
  try {
    launcher = new Launcher(options);
  } catch (error) {
    tellFailure(error);
    return 1;
  }
  const asked = awaitSignal(() => launcher.hurry()).then(() => 'asked' as const);
  const started = launcher.start();
  try {
    const first = await Promise.race([asked, started]);
    if (first !== 'asked') {
      const end = await Promise.race([asked, launcher.failed]);
      if (end !== 'asked') throw new StartFailure(end);
    }
    options.say('stopping …');
    await launcher.stop();
    return 0;
  } catch (error) {
    tellFailure(error);
    await launcher.stop();
    return 1;
  }
};
