// `npm run bench:test-clock`: two years of a thousand monthly schedules on a test clock, sent by Refrain and fired by the provider, against the
// whole product as `npm start` starts it. Prints seconds and writes bench/results/test-clock.json.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Presets, SingleBar } from 'cli-progress';
import { Command } from 'commander';
import pLimit from 'p-limit';
import { freePort } from '../../test/support/free-port.js';
import { wholeNumber } from '../lab/options.js';

/** As many as a merchant's own system would open. */
const CALLS_AT_ONCE = 16;
const READY_MS = 60_000;
const START = fileURLToPath(new URL('../../apps/cli/src/start/main.js', import.meta.url));

interface Product {
  readonly sandboxUrl: string;
  ask<Data>(query: string, variables: object): Promise<Data>;
  stop(): Promise<void>;
}
interface Account {
  readonly id: string;
  readonly name: string;
}
interface Operation {
  readonly status: string;
  readonly reachedAt: string;
  readonly charges: { readonly succeeded: number; readonly failed: number };
}

const untilReady = async (url: string, child: ChildProcess): Promise<void> => {
  const giveUpAt = performance.now() + READY_MS;
  for (;;) {
    const isReady = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if (child.exitCode !== null || performance.now() > giveUpAt)
      throw new Error('the product did not start');
    await pause(100);
  }
};

const start = async (dataDir: string): Promise<Product> => {
  const [port, sandboxPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...process.env,
    ...{ DATA_DIR: dataDir, PORT: String(port), SANDBOX_PORT: String(sandboxPort) },
    ...{ METRICS_PORT: String(metricsPort), LOG_LEVEL: 'error' },
  };
  const child = spawn(process.execPath, [START], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child);
  const apiKey = (await readFile(join(dataDir, 'demo-api-key'), 'utf8')).trim();
  return {
    sandboxUrl: `http://127.0.0.1:${sandboxPort}`,
    ask: async <Data>(query: string, variables: object): Promise<Data> => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
      if (!data) throw new Error(JSON.stringify(errors));
      return data;
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await ended;
    },
  };
};

const makeKeys = async (
  product: Product,
  account: Account,
  { provider, number }: { readonly provider: string; readonly number: number },
): Promise<string[]> => {
  const cards = (await (await fetch(`${product.sandboxUrl}/control/cards`)).json()) as {
    provider: string;
    number: string;
    outcome: string;
  }[];
  const card = cards.find((each) => each.provider === provider && each.outcome === 'APPROVED');
  const made = await fetch(`${product.sandboxUrl}/control/agreements`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider, count: number, cardNumber: card?.number }),
  });
  const { ids } = (await made.json()) as { ids: string[] };
  const limit = pLimit(CALLS_AT_ONCE);
  return Promise.all(
    ids.map((providerKey) =>
      limit(async () => {
        const { attachBillingKey } = await product.ask<{
          attachBillingKey: { billingKey: { id: string } };
        }>(
          `mutation ($input: AttachBillingKeyInput!) { attachBillingKey(input: $input) {
            billingKey { id } userErrors { message } } }`,
          { input: { providerAccountId: account.id, customerRef: providerKey, providerKey } },
        );
        return attachBillingKey.billingKey.id;
      }),
    ),
  );
};

const makeSchedules = async (
  product: Product,
  keys: readonly string[],
  { provider, startAt }: { readonly provider: string; readonly startAt: Date },
): Promise<void> => {
  const limit = pLimit(CALLS_AT_ONCE);
  const currency = provider === 'NEXI' ? 'EUR' : 'KRW';
  await Promise.all(
    keys.map((billingKeyId, index) =>
      limit(() =>
        product.ask(
          `mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) {
            schedule { id } userErrors { message } } }`,
          {
            input: {
              ...{ billingKeyId, startAt, maxOccurrences: 24 },
              order: {
                ...{ orderId: `${provider}-${index}`, name: 'A month of tea' },
                amount: { amount: 900, currency },
              },
              recurrence: { every: 1, unit: 'MONTH', timeZone: 'Europe/Oslo' },
            },
          },
        ),
      ),
    ),
  );
};

/** Seconds until the clock has come there, and what was charged on the way. */
const advance = async (
  product: Product,
  account: Account,
  to: Date,
): Promise<{ seconds: number; operation: Operation }> => {
  const bar = new SingleBar(
    { format: `${account.name} [{bar}] {percentage} %`, stream: process.stderr },
    Presets.shades_classic,
  );
  const beganAt = performance.now();
  const beganMs = Date.now();
  bar.start(100, 0);
  for (;;) {
    const { advanceTestClock } = await product.ask<{
      advanceTestClock: { operation: Operation | null; userErrors: { message: string }[] };
    }>(
      `mutation ($input: AdvanceTestClockInput!) { advanceTestClock(input: $input) {
        operation { status reachedAt charges { succeeded failed } } userErrors { message } } }`,
      { input: { providerAccountId: account.id, to } },
    );
    const { operation, userErrors } = advanceTestClock;
    if (!operation) throw new Error(JSON.stringify(userErrors));
    const reached = (Date.parse(operation.reachedAt) - beganMs) / (to.getTime() - beganMs);
    bar.update(Math.round(100 * reached));
    if (operation.status === 'RUNNING') continue;
    bar.stop();
    return { seconds: (performance.now() - beganAt) / 1_000, operation };
  }
};

const run = async (options: { schedules: number }): Promise<void> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  const product = await start(dataDir);
  try {
    const { providerAccounts } = await product.ask<{ providerAccounts: Account[] }>(
      '{ providerAccounts { id name } }',
      {},
    );
    const startAt = new Date(Date.now() + 2 * 3_600_000);
    const to = new Date(startAt.getTime() + 2 * 366 * 86_400_000);
    const figures: Record<string, number> = {};
    for (const [provider, name] of [
      ['NEXI', 'serviceDispatched'],
      ['PORTONE', 'providerScheduled'],
    ] as const) {
      const account = providerAccounts.find((each) => each.name.startsWith(provider.toLowerCase()));
      if (!account) throw new Error(`expected an account at ${provider}`);
      const keys = await makeKeys(product, account, { provider, number: options.schedules });
      await makeSchedules(product, keys, { provider, startAt });
      const { seconds, operation } = await advance(product, account, to);
      figures[`${name}Seconds`] = seconds;
      figures[`${name}Succeeded`] = operation.charges.succeeded;
      process.stdout.write(
        `${name}: two years of ${options.schedules} monthly schedules in ${seconds.toFixed(1)} s, ` +
          `${operation.charges.succeeded} succeeded, ${operation.charges.failed} failed (${operation.status}).\n`,
      );
    }
    await mkdir(join('bench', 'results'), { recursive: true });
    await writeFile(
      join('bench', 'results', 'test-clock.json'),
      `${JSON.stringify({ node: process.version, ...options, figures }, null, 2)}\n`,
    );
  } finally {
    await product.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
};

await new Command('bench:test-clock')
  .description('How fast a test clock lives through two years')
  .option(
    '--schedules <number>',
    'monthly schedules at each provider',
    wholeNumber(1, 10_000),
    1_000,
  )
  .action(run)
  .parseAsync();
