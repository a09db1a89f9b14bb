// `npm run calendar`: the recurrences against independent oracles, in the long size: rrule on the calendar and luxon on the clock, PostgreSQL's own
// arithmetic, and every zone's changes of the clocks from 2000 to 2060. Keeps what it came to.
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

const SPECS = ['occurrence.oracles', 'occurrence.zones', 'calendar-of-postgres'];
/** Random cases for each oracle: what the promise names. */
const CASES = 1_000_000;

export interface CalendarResult {
  readonly commit: string;
  /** Random cases, for each oracle. */
  readonly cases: number;
  readonly zones: 'all';
  readonly seconds: number;
}

const readCases = (text: string): number => {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new InvalidArgumentError('expected 1 to 99999999');
  return Number(text);
};

const prove = async ({ cases }: { cases: number }): Promise<void> => {
  const began = performance.now();
  const env = { ...process.env, RECURRENCE_CASES: String(cases), RECURRENCE_ZONES: 'all' };
  const code = await new Promise<number>((resolve) => {
    const child = spawn('npx', ['jest', ...SPECS], { stdio: 'inherit', env });
    child.once('error', () => resolve(1));
    child.once('close', (status) => resolve(status ?? 1));
  });
  process.exitCode = code;
  if (code !== 0) return;
  const result: CalendarResult = {
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    ...{ cases, zones: 'all', seconds: Math.round((performance.now() - began) / 1_000) },
  };
  const folder = join('simulation', 'results');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'calendar.json'), `${JSON.stringify(result, null, 2)}\n`);
};

await new Command('calendar')
  .description('Holds recurrences against independent oracles')
  .option('--cases <n>', 'random cases for each oracle', readCases, CASES)
  .action(prove)
  .parseAsync();
