// `npm run bench:schedules`: what a tick costs that finds a thousand schedules due, among ten thousand and among ten million; and the forecast
// over a million. Prints medians and writes bench/results/schedules.json and docs/performance/.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SingleBar, Presets } from 'cli-progress';
import { Command } from 'commander';
import { Client, escapeIdentifier } from 'pg';
import { seedDemo } from '../../apps/cli/src/seed-demo.js';
import { after, businessInstant } from '../../libs/platform/src/clock/index.js';
import {
  parseEncryptionKeys,
  readConfig,
  type FullConfig,
} from '../../libs/platform/src/config/index.js';
import { Database, migrate } from '../../libs/platform/src/database/index.js';
import { createTestCluster } from '../../libs/platform/src/embedded-postgres/index.js';
import { createLogger } from '../../libs/platform/src/logging/index.js';
import { Forecasts, OccurrenceMaterialiser } from '../../libs/scheduling/src/index.js';
import { newId } from '../../libs/kernel/src/index.js';
import { lockDueCharges } from '../../libs/charges/src/index.js';
import { readPlannedGroups } from '../../libs/scheduling/src/forecast.repository.js';
import {
  lockSchedulesToMaterialise,
  nextPlannedDueAt,
} from '../../libs/scheduling/src/schedules.repository.js';
import { startSteppedWorker } from '../../test/support/worker.js';
import { spreadOf } from '../lab/figures.js';
import { wholeNumber } from '../lab/options.js';
import { keepPlans } from './plans.js';
import { fillSchedules, makeDue, type Owner } from './rows.js';

const DUE = 1_000;
const ROUNDS = 7;
const YEAR_SECONDS = 365 * 86_400;
const KEYS = `bench:${Buffer.alloc(32, 7).toString('base64')}`;

interface House {
  readonly size: number;
  readonly url: string;
  readonly owner: Owner;
  readonly database: Database;
  readonly materialiser: OccurrenceMaterialiser;
  readonly forecasts: Forecasts;
  close(): Promise<void>;
}

const createDatabase = async (clusterUrl: string, name: string): Promise<string> => {
  const client = new Client({ connectionString: clusterUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  return url.toString();
};

const configOf = (url: string, dataDir: string): FullConfig => ({
  ...readConfig({
    ...{ NODE_ENV: 'test', LOG_LEVEL: 'fatal', DATABASE_URL: url, DATA_DIR: dataDir },
    ENCRYPTION_KEYS: KEYS,
  }),
  encryptionKeys: parseEncryptionKeys(KEYS) ?? [],
});

/** A database with so many schedules of one account, and the loop that serves it. */
const open = async (
  clusterUrl: string,
  dataDir: string,
  { name, size }: { readonly name: string; readonly size: number },
): Promise<House> => {
  const url = await createDatabase(clusterUrl, name);
  await migrate(url);
  const config = configOf(url, dataDir);
  const database = await Database.open({ url, applicationName: 'bench', poolSize: 8 });
  const demo = await seedDemo(database, config);
  const owner = {
    ...{ merchantId: demo.merchant.id, providerAccountId: demo.nexi.id, billingKeyId: newId() },
  };
  await database.withMerchant(owner.merchantId, (tx) =>
    tx.query(
      `INSERT INTO billing_keys (merchant_id, id, provider_account_id, customer_ref, provider_key,
         status, created_at, updated_at) VALUES ($1, $2, $3, 'bench', 'bench', 'ACTIVE', $4, $4)`,
      [owner.merchantId, owner.billingKeyId, owner.providerAccountId, tx.now],
    ),
  );
  const bar = new SingleBar(
    { format: `${size} schedules [{bar}] {percentage} %`, stream: process.stderr },
    Presets.shades_classic,
  );
  bar.start(size, 0);
  await fillSchedules(url, owner, { count: size, onProgress: (rows) => bar.update(rows) });
  bar.stop();
  const logger = createLogger({ level: config.logLevel, name: 'bench' });
  const { app, close } = await startSteppedWorker({ config, database, logger });
  return {
    ...{ size, url, owner, database },
    materialiser: app.get(OccurrenceMaterialiser, { strict: false }),
    forecasts: app.get(Forecasts, { strict: false }),
    close: async () => {
      await close();
      await database.close();
    },
  };
};

/** Milliseconds from the first look until none of the thousand is left. */
const tick = async (house: House, round: number): Promise<number> => {
  await makeDue(house.url, house.owner, { count: DUE, of: house.size, round });
  await house.database.withoutMerchant((tx) =>
    tx.query(`UPDATE account_agendas SET next_due_at = $1 WHERE lane = 'MATERIALISE'`, [tx.now]),
  );
  const beganAt = performance.now();
  let left = DUE;
  while (left > 0) {
    await house.materialiser.runOnce();
    left = await dueCount(house);
  }
  return performance.now() - beganAt;
};

const dueCount = ({ database, owner }: House): Promise<number> =>
  database.withMerchant(owner.merchantId, async (tx) => {
    const [row] = await tx.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM schedules WHERE merchant_id = $1
         AND provider_account_id = $2 AND status = 'ACTIVE' AND next_due_at IS NOT NULL
         AND next_due_at <= $3`,
      [owner.merchantId, owner.providerAccountId, tx.now],
    );
    return row?.count ?? 0;
  });

const forecast = async ({ forecasts, owner }: House): Promise<number> => {
  const fromAt = new Date();
  const toAt = after(fromAt, YEAR_SECONDS);
  const beganAt = performance.now();
  const found = await forecasts.forecast(owner.merchantId, {
    ...{ fromAt, toAt, by: 'DAY', timeZone: 'Europe/Oslo' },
  });
  if (found.kind !== 'FORECAST') throw new Error('expected a forecast');
  return performance.now() - beganAt;
};

const keepAllPlans = ({ database, owner, size }: House): Promise<void> =>
  keepPlans(database, owner.merchantId, {
    title: 'Schedules',
    intro: `The plans of the queries that run at each tick, taken among ${size.toLocaleString('en')} schedules of one account, as the app's own role under row-level security. Printed by \`npm run bench:schedules\`.`,
    queries: [
      {
        name: 'Schedules whose next occurrence comes near',
        why: 'The materialiser’s claim: through the partial index on `next_due_at`, never through the table.',
        run: (tx) =>
          lockSchedulesToMaterialise(tx, {
            ...{ ...owner, limit: 500, dueBy: businessInstant(after(tx.now, 3_600)) },
          }),
      },
      {
        name: 'When the materialiser is wanted next',
        why: 'One entry of the same index.',
        run: (tx) => nextPlannedDueAt(tx, owner.merchantId, owner.providerAccountId),
      },
      {
        name: 'Charges that are due',
        why: 'The dispatcher’s claim: through the partial index on what waits.',
        run: (tx) =>
          lockDueCharges(tx, {
            ...{ ...owner, limit: 500, origins: ['SCHEDULE'], retries: 100 },
            held: { isAccountHeld: false, scheduleIds: [] },
            businessNow: businessInstant(tx.now),
            lateBefore: businessInstant(tx.now),
          }),
      },
      {
        name: 'The forecast’s groups',
        why: 'Read once per forecast: every active schedule, added up where it lies.',
        run: (tx) => readPlannedGroups(tx, owner.merchantId, after(tx.now, YEAR_SECONDS)),
      },
    ],
  });

const run = async (options: { small: number; large: number; forecast: number }): Promise<void> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  const cluster = await createTestCluster();
  const houses: House[] = [];
  try {
    for (const name of ['small', 'large', 'forecast'] as const)
      houses.push(await open(cluster.url, dataDir, { name, size: options[name] }));
    const [small, large, wide] = houses as [House, House, House];
    const ticks: { small: number[]; large: number[] } = { small: [], large: [] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      const measured = { small: await tick(small, round), large: await tick(large, round) };
      // The first round fills the caches.
      if (round === 0) continue;
      ticks.small.push(measured.small);
      ticks.large.push(measured.large);
    }
    const forecasts: number[] = [];
    for (let round = 0; round <= 3; round += 1) forecasts.push(await forecast(wide));
    const figures = {
      tickMsSmall: spreadOf(ticks.small).median,
      tickMsLarge: spreadOf(ticks.large).median,
      forecastMs: spreadOf(forecasts.slice(1)).median,
    };
    const ratios = { growthTick: figures.tickMsLarge / figures.tickMsSmall };
    await keepAllPlans(large);
    await mkdir(join('bench', 'results'), { recursive: true });
    await writeFile(
      join('bench', 'results', 'schedules.json'),
      `${JSON.stringify({ node: process.version, rounds: ROUNDS, sizes: options, ticks, figures, ratios }, null, 2)}\n`,
    );
    process.stdout.write(
      `A tick that finds ${DUE} due: ${figures.tickMsSmall.toFixed(0)} ms among ${options.small}, ` +
        `${figures.tickMsLarge.toFixed(0)} ms among ${options.large}: ${ratios.growthTick.toFixed(2)} times.\n` +
        `A year's forecast by day over ${options.forecast}: ${figures.forecastMs.toFixed(0)} ms.\n`,
    );
  } finally {
    for (const house of houses) await house.close();
    await cluster.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
};

const rows = wholeNumber(DUE, 100_000_000);

await new Command('bench:schedules')
  .description('What schedules cost as they become many')
  .option('--small <rows>', 'schedules in the small table', rows, 10_000)
  .option('--large <rows>', 'schedules in the large table', rows, 10_000_000)
  .option('--forecast <rows>', 'schedules to forecast over', rows, 1_000_000)
  .action(run)
  .parseAsync();
