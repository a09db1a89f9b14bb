import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toPublicId } from '../../libs/kernel/src/index.js';
import { freePort } from '../../test/support/free-port.js';
import type { Cluster } from '../lab/cluster.js';
import { startPart } from '../lab/process.js';
import { ENCRYPTION_KEYS, makeAccount, makeDatabase, type Account } from '../lab/refrain.js';
import { JSON_HEADERS, webhookOf, type Door } from './door.js';

export const DATABASE = 'refrain_doors';

export const LIST = `query { charges(first: 20) {
  nodes { id orderId status amount { amount currency } dueAt createdAt }
  pageInfo { hasNextPage endCursor } } }`;
const CREATE = `mutation ($input: CreateChargeInput!) { createCharge(input: $input) {
  charge { id orderId status } userErrors { code message } } }`;

/** Settled charges of one card, as months of a small merchant leave them; answers the card. */
export const fillCharges = async (
  cluster: Cluster,
  { merchantId, providerAccountId }: Account,
  count: number,
): Promise<string> => {
  const [key] = await cluster.query<{ id: string }>(
    DATABASE,
    `INSERT INTO billing_keys (merchant_id, id, provider_account_id, customer_ref, provider_key,
       status, created_at, updated_at)
     VALUES ($1, gen_random_uuid(), $2, 'bench', 'bench', 'ACTIVE', now(), now()) RETURNING id`,
    [merchantId, providerAccountId],
  );
  const keyId = key?.id ?? '';
  await cluster.query(
    DATABASE,
    `INSERT INTO charges (merchant_id, id, provider_account_id, billing_key_id, order_id, order_name,
       amount_minor, currency, origin, state, due_at, send_at, created_at, updated_at, settled_at)
     SELECT $1, gen_random_uuid(), $2, $3, 'history-' || n, 'A month of tea', 9900, 'KRW', 'REQUEST',
       'SUCCEEDED', at, at, at, at, at
     FROM generate_series(1, $4::int) AS n, LATERAL (SELECT now() - n * interval '1 minute') AS d (at)`,
    [merchantId, providerAccountId, keyId, count],
  );
  await cluster.query(DATABASE, 'VACUUM (ANALYZE) charges');
  return keyId;
};

const graphql = (apiKey: string, query: string, variables: object = {}) => ({
  ...{ method: 'POST' as const, path: '/graphql', body: JSON.stringify({ query, variables }) },
  headers: { ...JSON_HEADERS, authorization: `Bearer ${apiKey}` },
});

/** The product's API, as it is deployed, with its defaults. */
export const refrain: Door = {
  ...{ key: 'refrain', name: 'Refrain' },
  open: async ({ dir, cluster }, history) => {
    const dataDir = await mkdtemp(join(dir, 'doors-'));
    const port = await freePort();
    const env = {
      ...{
        DATABASE_URL: await makeDatabase(cluster, DATABASE),
        DATA_DIR: dataDir,
        ENCRYPTION_KEYS,
      },
      ...{ SERVE_METRICS: '0', LOG_LEVEL: 'error', PORT: `${port}`, NODE_ENV: 'production' },
    };
    const account = await makeAccount(env);
    const { apiKey, webhookPath, merchantId } = account;
    const keyId = await fillCharges(cluster, account, history);
    const api = await startPart('dist/apps/api/src/main.js', env);
    const order = (n: number) => ({
      ...{ orderId: `new-${n}`, name: 'A month of tea' },
      amount: { amount: 9_900, currency: 'KRW' },
    });
    return {
      ...{ url: `http://127.0.0.1:${port}`, parts: [api] },
      request: {
        webhook: (n) => ({
          ...{ method: 'POST', path: webhookPath, headers: JSON_HEADERS, body: webhookOf(n) },
        }),
        list: () => graphql(apiKey, LIST),
        create: (n) =>
          graphql(apiKey, CREATE, {
            input: { billingKeyId: toPublicId('billingKey', keyId), order: order(n) },
          }),
      },
      isAccepted: {
        webhook: () => true,
        list: (body) => body.includes('"endCursor"') && body.split('"orderId"').length === 21,
        create: (body) => body.includes('"userErrors":[]'),
      },
      stored: async (errand) => {
        const [row] = await cluster.query<{ stored: number }>(
          DATABASE,
          errand === 'webhook'
            ? 'SELECT count(*)::int AS stored FROM webhook_events WHERE merchant_id = $1'
            : `SELECT count(*)::int AS stored FROM charges WHERE merchant_id = $1 AND order_id LIKE 'new-%'`,
          [merchantId],
        );
        return row?.stored ?? 0;
      },
      close: async () => {
        await api.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};
