import { rm } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { CallRefused, ClientFault, RefrainClient, type ChargeSummary } from '#client';
import { ConfigError } from '#platform/config';
import { createProgress } from '../progress.js';
import { compareBooks, type Comparison } from './books.js';
import { chargeInBulk, type BulkItem } from './bulk.step.js';
import { registerCards } from './cards.step.js';
import { renderComparison, renderFailures, renderSummary } from './report.js';
import { SandboxControl, type LedgerLine } from './sandbox-control.js';
import {
  chargeOnce,
  checkNeverRetried,
  declineHard,
  refundCharges,
  retryUntilPaid,
} from './single.step.js';
import { findStack, NoStack, type Stack, type StackWishes } from './stack.js';
import { DemoFailure, type World } from './world.js';
import { liveThroughYear } from './year.step.js';

/** How long the stack may be away: killed and started again by hand, it is back sooner. */
const PATIENCE_MS = 120_000;
/** The size the product promises to bear without a thought. */
const BULK_ITEMS = 10_000;
const BULK_ITEMS_MAX = 100_000;

interface DemoOptions extends StackWishes {
  readonly bulkItems: number;
}

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 10 || value > BULK_ITEMS_MAX)
    throw new InvalidArgumentError(`expected a whole number from 10 to ${BULK_ITEMS_MAX}`);
  return value;
};

const readOptions = (argv: readonly string[], env: NodeJS.ProcessEnv): DemoOptions => {
  const command = new Command('npm run demo --')
    .description(
      'Lives through what Refrain is for, on a running stack or on one of its own, and compares the books.',
    )
    .option('--url <url>', 'the API of a running stack', env['REFRAIN_URL'])
    .option('--api-key <key>', 'default: DEMO_API_KEY, or the one in DATA_DIR')
    .option('--sandbox-url <url>', 'the sandbox of that stack')
    .option('--fresh', 'start a stack of its own even if one is running')
    .option('--bulk-items <n>', 'how many orders go into the bulk', wholeNumber, BULK_ITEMS)
    .parse([...argv], { from: 'user' });
  return command.opts<DemoOptions>();
};

const createWorld = async (stack: Stack): Promise<World> => {
  const progress = createProgress();
  let isAway = false;
  const client = new RefrainClient({
    url: stack.url,
    apiKey: stack.apiKey,
    patienceMs: PATIENCE_MS,
    onRetry: ({ message }) => {
      if (!isAway) progress.say(`\n${message}; trying again for up to ${PATIENCE_MS / 1000} s`);
      isAway = true;
    },
  });
  const sandbox = new SandboxControl(stack.sandboxUrl, PATIENCE_MS);
  const accounts = await client.providerAccounts();
  const named = (name: string) => {
    const account = accounts.find((it) => it.name === name);
    if (!account) throw new DemoFailure(`expected the provider account ${name} of the demo`);
    return account;
  };
  return {
    client,
    sandbox,
    progress,
    portone: named('portone-sandbox'),
    nexi: named('nexi-sandbox'),
    magicCards: await sandbox.cards(),
    // Another run, other orders: an order id is used once for ever.
    run: `demo-${Date.now().toString(36)}`,
  };
};

/** Everything the run asked for, and everything the providers say of its orders or its cards. */
const readBothSides = async (
  world: World,
): Promise<{ charges: ChargeSummary[]; comparison: Comparison }> => {
  const prefix = `${world.run}-`;
  const charges: ChargeSummary[] = [];
  for await (const charge of world.client.allCharges({ orderIdPrefix: prefix }))
    charges.push(charge);
  const cards = new Set(charges.map(({ billingKey }) => billingKey.providerKey));
  const ledger: LedgerLine[] = [];
  for await (const line of world.sandbox.ledger()) {
    const isOurs = line.orderReference.startsWith(prefix);
    if (isOurs || (line.billingKey !== null && cards.has(line.billingKey))) ledger.push(line);
  }
  return { charges, comparison: compareBooks(charges, ledger) };
};

/** Each item of the bulk ended as its card says. */
const checkOutcomes = (items: readonly BulkItem[], charges: readonly ChargeSummary[]): void => {
  const byOrder = new Map(charges.map((charge) => [charge.orderId, charge]));
  const wrong = items.filter(({ orderId, outcome }) => {
    const charge = byOrder.get(orderId);
    return outcome === 'APPROVED'
      ? charge?.status !== 'SUCCEEDED'
      : charge?.status !== 'FAILED' || charge.failureCode !== outcome;
  });
  if (wrong.length === 0) return;
  const lines = wrong.slice(0, 20).map(({ orderId, outcome }) => {
    const { status, failureCode } = byOrder.get(orderId) ?? {};
    return `  ${orderId}: expected ${outcome}, found ${status} ${failureCode ?? ''}`;
  });
  throw new DemoFailure(
    `${wrong.length} items ended otherwise than their cards:\n${lines.join('\n')}`,
  );
};

const live = async (stack: Stack, { bulkItems }: DemoOptions): Promise<boolean> => {
  const world = await createWorld(stack);
  const wallet = await registerCards(world);
  await chargeOnce(world, wallet);
  await declineHard(world, wallet);
  await retryUntilPaid(world, wallet);
  const days = await liveThroughYear(world, wallet);
  const items = await chargeInBulk(world, bulkItems);
  await refundCharges(world);
  await checkNeverRetried(world);
  const { charges, comparison } = await readBothSides(world);
  process.stdout.write(
    `\n${renderSummary(charges)}\n\nThe schedule was charged on ${days.join(', ')}.\n` +
      `\n${renderFailures(charges)}\n\n${renderComparison(comparison)}\n`,
  );
  checkOutcomes(items, charges);
  return comparison.differences.length === 0;
};

const EXPECTED = [DemoFailure, NoStack, ClientFault, CallRefused, ConfigError];

const presentFailure = (error: unknown): string => {
  if (EXPECTED.some((sort) => error instanceof sort)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

/** `npm run demo`; answers the exit code: 0 only when the books agree. */
export const runDemo = async (options: {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The built file of `npm start`. */
  readonly launcher: string;
}): Promise<number> => {
  const wishes = readOptions(options.argv, options.env);
  const began = performance.now();
  let stack: Stack | undefined;
  const interrupted = () => {
    // The child gets the terminal's Ctrl-C too; its folders are ours to take away.
    void (stack?.stop() ?? Promise.resolve()).finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    stack = await findStack(wishes, options.env, options.launcher);
    const agrees = await live(stack, wishes);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    process.stdout.write(`${agrees ? 'Done' : 'FAILED'} in ${seconds} s.\n`);
    if (agrees && stack.log) await rm(stack.log, { force: true });
    return agrees ? 0 : 1;
  } catch (error) {
    const log = stack?.log ? `\nWhat the stack said stands in ${stack.log}.` : '';
    process.stderr.write(`\n${presentFailure(error)}${log}\n`);
    return 1;
  } finally {
    await stack?.stop();
  }
};
