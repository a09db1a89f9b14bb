import { ConfigError } from '#platform/config';
import { DataDirInUse } from '#platform/process';
import { Launcher, type LauncherOptions } from './launcher.js';
import { StartFailure } from './start-failure.js';

/**
 * One Ctrl-C may arrive twice, from the terminal and passed on by npm, within milliseconds. Only a
 * later one is a person who asks again.
 */
const SECOND_REQUEST_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a person can read and act on: told in its one line, without a stack. */
const EXPECTED = [StartFailure, ConfigError, DataDirInUse];

/** The file system's own words name the file, and that is what a person has to look at. */
const FILE_ERRORS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR']);

const presentFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code = '' } = error as NodeJS.ErrnoException;
  if (FILE_ERRORS.has(code)) return `DATA_DIR: ${error.message}`;
  if (EXPECTED.some((sort) => error instanceof sort)) return error.message;
  return error.stack ?? error.message;
};

const tellFailure = (error: unknown) => {
  process.stderr.write(`${presentFailure(error)}\n`);
};

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
