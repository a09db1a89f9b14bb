import { seedDemo } from '../../apps/cli/src/seed-demo.js';
import { createMerchants } from '../../libs/merchants/src/index.js';
import { parseEncryptionKeys, readConfig } from '../../libs/platform/src/config/index.js';
import { Database, migrate } from '../../libs/platform/src/database/index.js';
import type { Cluster } from './cluster.js';
import type { Provider } from './sandbox.js';

const TEMPLATE = 'refrain_template';
export const ENCRYPTION_KEYS = `bench:${Buffer.alloc(32, 7).toString('base64')}`;

/** The product's account at a pretend provider, and who may use it. */
export interface Account {
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly apiKey: string;
  /** The path of its webhooks. */
  readonly webhookPath: string;
}

/** A new database of this name with the product's schema; its address. */
export const makeDatabase = async (cluster: Cluster, name: string): Promise<string> => {
  const [template] = await cluster.query<{ datname: string }>(
    'postgres',
    'SELECT datname FROM pg_database WHERE datname = $1',
    [TEMPLATE],
  );
  if (!template) await migrate(await cluster.create(TEMPLATE));
  return cluster.create(name, TEMPLATE);
};

/** `env`: what the product's processes are started with. */
export const makeAccount = async (
  env: Readonly<Record<string, string>>,
  provider: Provider = 'PORTONE',
): Promise<Account> => {
  const database = await Database.open({
    ...{ url: env['DATABASE_URL'] ?? '', applicationName: 'bench', poolSize: 1 },
  });
  const config = {
    ...readConfig(env),
    encryptionKeys: parseEncryptionKeys(ENCRYPTION_KEYS) ?? [],
  };
  try {
    const { merchant, portone, nexi, apiKey } = await seedDemo(database, config);
    const { id } = provider === 'NEXI' ? nexi : portone;
    const { accounts } = createMerchants(database, config);
    const { notificationUrl } = await accounts.access(merchant.id, id);
    return {
      ...{ merchantId: merchant.id, providerAccountId: id, apiKey },
      webhookPath: new URL(notificationUrl).pathname,
    };
  } finally {
    await database.close();
  }
};

const countCharges =
  (states: string) =>
  async (cluster: Cluster, database: string, prefix: string): Promise<number> => {
    const [row] = await cluster.query<{ count: number }>(
      database,
      `SELECT count(*)::int AS count FROM charges c
       WHERE c.order_id >= $1 AND c.order_id < $1 || '~' AND c.state IN (${states})`,
      [prefix],
    );
    return row?.count ?? 0;
  };

/** How many charges whose order begins so wait for their time. */
export const countPlanned = countCharges(`'SCHEDULED'`);
/** How many charges whose order begins so are settled. */
export const countSettled = countCharges(`'SUCCEEDED', 'FAILED'`);
