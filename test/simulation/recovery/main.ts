import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spreadOf } from '../checker/coverage.js';
import { closeFleets } from '../fleet/fleet.js';
import { measureRecovery } from './measure.js';

const RESULT_DIR = join('simulation', 'results');
/** What the reference promises. */
const TAKEOVER_MS = 100_000;
const START_MS = 3_000;
const AFTER_CRASH_MS = 10_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void closeFleets().finally(() => process.exit(130)));

try {
  const times = await measureRecovery(say);
  await mkdir(RESULT_DIR, { recursive: true });
  await writeFile(join(RESULT_DIR, 'recovery.json'), `${JSON.stringify(times, null, 2)}\n`);
  const lines = [
    ['an API starts (median)', spreadOf(times.apiStartsMs).p50, START_MS],
    ['a worker starts (median)', spreadOf(times.workerStartsMs).p50, START_MS],
    ...Object.entries(times.afterCrashMs).map(
      ([how, ms]) => [`a charge after ${how}`, ms, AFTER_CRASH_MS] as const,
    ),
    ['takeover after kill -9', times.takeoverMs, TAKEOVER_MS],
  ] as const;
  for (const [what, ms, limit] of lines)
    say(`${ms <= limit ? 'ok  ' : 'LATE'} ${what}: ${ms} ms, at most ${limit} ms`);
  process.exitCode = lines.every(([, ms, limit]) => ms <= limit) ? 0 : 1;
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  await closeFleets();
  process.exitCode = 1;
}
