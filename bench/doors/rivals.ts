import { freePort } from '../../test/support/free-port.js';
import type { Cluster } from '../lab/cluster.js';
import { startPart } from '../lab/process.js';
import { JSON_HEADERS, webhookOf, type Door, type Errand, type OpenDoor } from './door.js';
import { DATABASE as PRODUCT, fillCharges } from './refrain.js';
import { makeAccount, makeDatabase, ENCRYPTION_KEYS } from '../lab/refrain.js';

type Start = Parameters<Door['open']>[0];

const count = async (cluster: Cluster, database: string, table: string): Promise<number> => {
  const [row] = await cluster.query<{ stored: number }>(
    database,
    `SELECT count(*)::int AS stored FROM ${table}`,
  );
  return row?.stored ?? 0;
};

const posted = (path: string, body: string) => ({
  ...{ method: 'POST' as const, path, headers: JSON_HEADERS, body },
});

/** The least that answers at all, on the product's own tables where it reads, on lean ones where it writes. */
const BARE_SCHEMA = `
  CREATE TABLE bare_webhooks (id uuid PRIMARY KEY, received_at timestamptz NOT NULL, body jsonb NOT NULL);
  CREATE TABLE bare_charges (id uuid PRIMARY KEY, order_id text NOT NULL UNIQUE, amount int NOT NULL,
    status text NOT NULL, created_at timestamptz NOT NULL)`;

export const bareFastify: Door = {
  ...{ key: 'bareFastify', name: 'bare Fastify and pg' },
  open: async ({ dir, cluster }: Start, history: number): Promise<OpenDoor> => {
    const url = await makeDatabase(cluster, PRODUCT);
    const account = await makeAccount({ DATABASE_URL: url, DATA_DIR: dir, ENCRYPTION_KEYS });
    await fillCharges(cluster, account, history);
    await cluster.query(PRODUCT, `SET ROLE refrain; ${BARE_SCHEMA}; RESET ROLE`);
    const port = await freePort();
    const part = await startPart('bench/dist/rivals/bare-fastify.js', {
      ...{ DATABASE_URL: url, PORT: `${port}`, NODE_ENV: 'production' },
      MERCHANT_ID: account.merchantId,
    });
    return {
      ...{ url: `http://127.0.0.1:${port}`, parts: [part], close: () => part.stop() },
      request: {
        webhook: (n) => posted('/webhooks', webhookOf(n)),
        list: () => ({ method: 'GET', path: '/charges' }),
        create: (n) => posted('/charges', JSON.stringify({ orderId: `new-${n}`, amount: 9_900 })),
      },
      isAccepted: {
        webhook: () => true,
        list: (body) => body.split('"orderId"').length === 21,
        create: (body) => body.includes('"orderId"'),
      },
      stored: (errand) =>
        count(cluster, PRODUCT, errand === 'webhook' ? 'bare_webhooks' : 'bare_charges'),
    };
  },
};

const NEST = 'nest_doors';
const NEST_SCHEMA = `
  CREATE TABLE nest_webhooks (id uuid PRIMARY KEY, received_at timestamptz NOT NULL, body jsonb NOT NULL);
  CREATE TABLE nest_charges (id uuid PRIMARY KEY, order_id text NOT NULL UNIQUE, amount int NOT NULL,
    currency text NOT NULL, status text NOT NULL, due_at timestamptz NOT NULL, created_at timestamptz NOT NULL)`;
const LIST = '{ list(first: 20) { id orderId status amount currency dueAt createdAt } }';
const CREATE =
  'mutation ($input: CreateNestCharge!) { create(input: $input) { id orderId status } }';

export const nestDefault: Door = {
  ...{ key: 'nestDefault', name: 'NestJS as documented' },
  open: async ({ cluster }: Start, history: number): Promise<OpenDoor> => {
    const url = await cluster.create(NEST);
    await cluster.query(NEST, `SET ROLE refrain; ${NEST_SCHEMA}; RESET ROLE`);
    await cluster.query(
      NEST,
      `INSERT INTO nest_charges SELECT gen_random_uuid(), 'history-' || n, 9900, 'KRW', 'SUCCEEDED', now(), now()
       FROM generate_series(1, $1::int) AS n`,
      [history],
    );
    await cluster.query(NEST, 'VACUUM (ANALYZE) nest_charges');
    const port = await freePort();
    const part = await startPart('bench/dist/rivals/nest-default.js', {
      ...{ DATABASE_URL: url, PORT: `${port}`, NODE_ENV: 'production' },
    });
    const graphql = (query: string, variables: object = {}) =>
      posted('/graphql', JSON.stringify({ query, variables }));
    return {
      ...{ url: `http://127.0.0.1:${port}`, parts: [part], close: () => part.stop() },
      request: {
        webhook: (n) => posted('/webhooks', webhookOf(n)),
        list: () => graphql(LIST),
        create: (n) =>
          graphql(CREATE, { input: { orderId: `new-${n}`, amount: 9_900, currency: 'KRW' } }),
      },
      isAccepted: {
        webhook: () => true,
        list: (body) => body.split('"orderId"').length === 21,
        create: (body) => !body.includes('"errors"'),
      },
      stored: async (errand: Exclude<Errand, 'list'>) =>
        errand === 'webhook'
          ? count(cluster, NEST, 'nest_webhooks')
          : (await count(cluster, NEST, 'nest_charges')) - history,
    };
  },
};
