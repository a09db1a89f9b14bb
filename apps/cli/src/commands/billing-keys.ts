import type { Command } from 'commander';
import pLimit from 'p-limit';
import type { ProviderAccount, RefrainClient } from '#client';
import { EXIT_CODES } from '../cli-failure.js';
import { findAccount, type CommandContext, type CommandResult } from '../command-context.js';
import type { Run } from '../command-context.js';
import { readRows, textOf } from '../rows.js';

/** Each is a call to us and one of ours to the provider; more would only wait in line there. */
const AT_ONCE = 16;
/** Enough to see what is wrong with a file. */
const SHOWN_MAX = 20;

interface FailedLine {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}
interface KeyRow {
  readonly line: number;
  readonly customerRef: string;
  readonly providerKey: string;
}

/** The whole file is read first: one that is wrong in line 900 is told before line 1 is sent. */
const readKeys = async (path: string): Promise<KeyRow[]> => {
  const keys: KeyRow[] = [];
  for await (const row of readRows(path))
    keys.push({
      line: row.line,
      customerRef: textOf(row, 'customerRef'),
      providerKey: textOf(row, 'providerKey'),
    });
  return keys;
};

const importKeys = async (
  context: CommandContext,
  path: string,
  account: string,
): Promise<CommandResult> => {
  const rows = await readKeys(path);
  const client = await context.client();
  const target = await findAccount(client, account);
  const failed: FailedLine[] = [];
  let [attached, known] = [0, 0];
  await context.progress.run('Importing billing keys', rows.length, async (report) => {
    const limit = pLimit(AT_ONCE);
    const attachOne = async (row: KeyRow) => {
      const outcome = await attach(client, target, row);
      if (outcome.kind === 'REFUSED') {
        const [error] = outcome.userErrors;
        failed.push({ line: row.line, code: error?.code ?? '', message: error?.message ?? '' });
      } else if (outcome.replayed) known += 1;
      else attached += 1;
      report(attached + known + failed.length);
    };
    await Promise.all(rows.map((row) => limit(attachOne, row)));
  });
  failed.sort((a, b) => a.line - b.line);
  return {
    value: { attached, known, failed },
    text: [
      `${attached} attached, ${known} known before, ${failed.length} failed`,
      ...failed.slice(0, SHOWN_MAX).map((it) => `line ${it.line}: ${it.message} (${it.code})`),
    ].join('\n'),
    exitCode: failed.length > 0 ? EXIT_CODES.refused : EXIT_CODES.done,
  };
};

const attach = (
  client: RefrainClient,
  { id: providerAccountId }: ProviderAccount,
  { customerRef, providerKey }: KeyRow,
) => client.attachBillingKey({ providerAccountId, customerRef, providerKey });

export const addBillingKeyCommands = (program: Command, run: Run): void => {
  program
    .command('billing-keys')
    .description('tokens of stored cards')
    .command('import <file>')
    .description(
      'take over keys that exist at the provider, which is asked for each: CSV or NDJSON with customerRef and providerKey; again is harmless',
    )
    .requiredOption('--account <name or id>', 'the provider account they belong to')
    .action(
      run((context, file: string, { account }: { readonly account: string }) =>
        importKeys(context, file, account),
      ),
    );
};
