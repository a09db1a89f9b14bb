import type { Command } from 'commander';
import { done } from '#client';
import { CliFailure, EXIT_CODES } from '../cli-failure.js';
import { findAccount, type CommandContext, type CommandResult } from '../command-context.js';
import type { Run } from '../command-context.js';

interface AdvanceOptions {
  readonly account: string;
  readonly to?: string;
  readonly by?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** RFC 3339 with its zone: a time without one would be somebody's own. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

const wrong = (message: string): never => {
  throw new CliFailure(message, EXIT_CODES.usage);
};

/** `now`: of the account's clock. */
export const readTarget = ({ by, to }: Omit<AdvanceOptions, 'account'>, now: Date): Date => {
  if ((by === undefined) === (to === undefined)) return wrong('expected either --to or --by');
  if (to !== undefined)
    return INSTANT.test(to) && !Number.isNaN(Date.parse(to))
      ? new Date(to)
      : wrong(`--to: expected a time such as 2026-01-31T09:00:00Z, found ${to}`);
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(by ?? '') ?? [];
  if (!count || !unit) return wrong(`--by: expected days or hours such as 30d or 12h, found ${by}`);
  return new Date(now.getTime() + Number(count) * (unit === 'd' ? DAY_MS : HOUR_MS));
};

const advance = async (
  context: CommandContext,
  options: AdvanceOptions,
): Promise<CommandResult> => {
  const client = await context.client();
  const account = await findAccount(client, options.account);
  const from = new Date(account.clock.now);
  const to = readTarget(options, from);
  const hours = Math.max(1, Math.round((to.getTime() - from.getTime()) / HOUR_MS));
  const input = { providerAccountId: account.id, to: to.toISOString() };
  const title = `Moving the clock of ${account.name}, hours`;
  const operation = await context.progress.run(title, hours, async (report) => {
    for (;;) {
      // A call waits a minute; the same call again waits on.
      const { operation: found } = done(await client.advanceTestClock(input));
      const passed = new Date(found.reachedAt).getTime() - from.getTime();
      report(Math.min(hours, Math.round(passed / HOUR_MS)));
      if (found.status !== 'RUNNING') return found;
    }
  });
  if (operation.status === 'FAILED')
    throw new CliFailure(`${account.name} stopped at ${operation.reachedAt}: ${operation.message}`);
  const found = await findAccount(client, account.id);
  return {
    value: { account: account.name, now: found.clock.now },
    text: `${account.name} shows ${found.clock.now}`,
  };
};

export const addTestClockCommands = (program: Command, run: Run): void => {
  program
    .command('test-clock')
    .description('clocks of sandbox accounts')
    .command('advance')
    .description('move a clock ahead; everything due on the way happens')
    .requiredOption('--account <name or id>', 'an account on a test clock')
    .option('--to <time>', 'RFC 3339: 2026-01-31T09:00:00Z')
    .option('--by <duration>', 'days or hours: 30d, 12h')
    .action(run((context, options: AdvanceOptions) => advance(context, options)));
};
