import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { done, type BulkCharge, type InputOf, type RefrainClient } from '#client';
import { CliFailure, EXIT_CODES } from '../cli-failure.js';
import { findAccount, type CommandContext, type CommandResult } from '../command-context.js';
import type { Run } from '../command-context.js';
import { minorUnitsOf, readRows, textOf, type Row } from '../rows.js';

/** The API's bound of items sent inline. */
const INLINE_MAX = 1_000;
const WATCH_MS = 500;

type Item = InputOf<'createBulkCharge'>['items'][number];

interface SubmitOptions {
  readonly account: string;
  readonly externalId?: string;
  readonly watch?: boolean;
  readonly draft?: boolean;
}

/** CSV: `billingKeyId,orderId,name,amount,currency`. NDJSON: the same flat, or the API's own item with `order`. */
const itemOf = (row: Row): Item => {
  const { billingKeyId, order } = row.fields;
  if (typeof order === 'object' && order !== null && typeof billingKeyId === 'string')
    return { billingKeyId, order: order as Item['order'] };
  return {
    billingKeyId: textOf(row, 'billingKeyId'),
    order: {
      orderId: textOf(row, 'orderId'),
      name: textOf(row, 'name'),
      amount: { amount: minorUnitsOf(row, 'amount'), currency: textOf(row, 'currency') },
    },
  };
};

const readItems = async (path: string): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const row of readRows(path)) {
    items.push(itemOf(row));
    if (items.length > INLINE_MAX)
      throw new CliFailure(
        `${path}: expected at most ${INLINE_MAX} items; larger files need uploads, which come later. Split it, each part under its own --external-id`,
      );
  }
  return items;
};

/** The same file is the same bulk: submitted twice by mistake it happens once. */
const externalIdOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256').update(await readFile(path));
  return `${basename(path)}-${hash.digest('hex').slice(0, 16)}`;
};

const watch = (
  context: CommandContext,
  client: RefrainClient,
  { id, counts }: BulkCharge,
): Promise<BulkCharge> =>
  context.progress.run('Charging in bulk', counts.total, async (report) => {
    for (;;) {
      const bulk = await client.bulkCharge({ id });
      if (!bulk) throw new CliFailure(`expected the bulk charge ${id}`);
      report(bulk.counts.total - bulk.counts.pending - bulk.counts.unknown);
      if (bulk.status === 'COMPLETED' || bulk.status === 'CANCELED') return bulk;
      await pause(WATCH_MS);
    }
  });

const submit = async (
  context: CommandContext,
  path: string,
  options: SubmitOptions,
): Promise<CommandResult> => {
  const items = await readItems(path);
  const client = await context.client();
  const account = await findAccount(client, options.account);
  const outcome = await client.createBulkCharge({
    providerAccountId: account.id,
    externalId: options.externalId ?? (await externalIdOf(path)),
    items,
    submit: !options.draft,
  });
  const { bulkCharge: made, replayed } = done(outcome);
  const bulkCharge = options.watch && !options.draft ? await watch(context, client, made) : made;
  const { counts, externalId, id, status } = bulkCharge;
  const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return {
    value: { bulkCharge, replayed },
    text: `${id}  ${externalId}${replayed ? ' (submitted before)' : ''}\n${status}: ${told.join(', ')}`,
    exitCode: options.watch && counts.failed > 0 ? EXIT_CODES.refused : EXIT_CODES.done,
  };
};

export const addBulkCommands = (program: Command, run: Run): void => {
  program
    .command('bulk')
    .description('many charges under one external id')
    .command('submit <file>')
    .description(
      `charge a file of orders, at most ${INLINE_MAX}: CSV with billingKeyId,orderId,name,amount,currency, or NDJSON`,
    )
    .requiredOption('--account <name or id>', 'the provider account of the billing keys')
    .option('--external-id <id>', 'yours, unique for ever; default: the file’s name and content')
    .option('--draft', 'do not charge yet')
    .option('--watch', 'wait until every item is decided; exit 1 if some failed')
    .action(run((context, file: string, options: SubmitOptions) => submit(context, file, options)));
};
