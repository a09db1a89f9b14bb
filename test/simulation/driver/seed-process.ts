import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { closeFleets } from '../fleet/fleet.js';
import { runSeed, type SeedOptions, type SeedResult } from './run-seed.js';

/** A seed in a process of its own: its proxies and its callers do not wait for those of another. */
export const runSeedApart = async (options: SeedOptions): Promise<SeedResult> => {
  const child = fork(import.meta.filename, { serialization: 'advanced' });
  const results: SeedResult[] = [];
  child.on('message', (result: SeedResult) => results.push(result));
  child.send(options);
  // Not 'exit': what it sent last may still be in the channel then.
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const [result] = results;
  if (!result) throw new Error(`seed ${options.seed} ended with ${signal ?? code}: see above`);
  return result;
};

const serve = (): void => {
  // A signal from the keyboard reaches every process of the group; one to the parent alone ends the channel.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void closeFleets().finally(() => process.exit(130)));
  process.once('disconnect', () => void closeFleets().finally(() => process.exit(1)));
  process.once('message', (options: SeedOptions) => {
    runSeed(options).then(
      (result) => process.send?.(result, () => process.exit(0)),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      },
    );
  });
};

if (process.send && pathToFileURL(process.argv[1] ?? '').href === import.meta.url) serve();
