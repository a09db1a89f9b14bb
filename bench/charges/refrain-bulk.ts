import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toPublicId } from '../../libs/kernel/src/index.js';
import { freePort } from '../../test/support/free-port.js';
import type { Cluster } from '../lab/cluster.js';
import { startPart } from '../lab/process.js';
import {
  countSettled,
  ENCRYPTION_KEYS,
  makeAccount,
  makeDatabase,
  type Account,
} from '../lab/refrain.js';
import type { Candidate, DueCharges, Lab } from './candidate.js';

const DATABASE = 'refrain_bulk_bench';
/** The API takes no more in one call. */
const ITEMS_MAX = 1_000;
/** Drafts are written through the API: on a slow machine some hundreds of items a second. */
const ACCEPTED_PER_SECOND = 400;

/** Cards as their registration leaves them; their ids in the order of the keys. */
const attach = async (
  cluster: Cluster,
  { merchantId, providerAccountId }: Account,
  keys: readonly string[],
): Promise<string[]> => {
  const rows = await cluster.query<{ id: string }>(
    DATABASE,
    `WITH made AS (
       INSERT INTO billing_keys (merchant_id, id, provider_account_id, customer_ref, provider_key,
         status, created_at, updated_at)
       SELECT $1, gen_random_uuid(), $2, k, k, 'ACTIVE', now(), now() FROM unnest($3::text[]) AS k
       RETURNING id, provider_key)
     SELECT id FROM made ORDER BY array_position($3::text[], provider_key)`,
    [merchantId, providerAccountId, keys],
  );
  return rows.map(({ id }) => toPublicId('billingKey', id));
};

interface Answer {
  readonly data?: Record<
    string,
    { readonly bulkCharge: { readonly id: string } | null; readonly userErrors: readonly unknown[] }
  >;
}

/** What a merchant's system says to the API; answers the bulk's id. */
const askFor =
  (url: string, apiKey: string) =>
  async (mutation: string, type: string, input: object): Promise<string> => {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { bulkCharge { id } userErrors { message } } }`;
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const text = await answer.text();
    const made = (JSON.parse(text) as Answer).data?.[mutation];
    if (!made?.bulkCharge || made.userErrors.length > 0)
      throw new Error(`expected ${mutation} to be done, found ${text.slice(0, 500)}`);
    return made.bulkCharge.id;
  };

const open = async ({ dir, cluster, sandbox, concurrency }: Lab) => {
  const dataDir = await mkdtemp(join(dir, 'refrain-bulk-'));
  const port = await freePort();
  const env = {
    ...{ DATABASE_URL: await makeDatabase(cluster, DATABASE), DATA_DIR: dataDir, ENCRYPTION_KEYS },
    ...{ SANDBOX_URL: sandbox.url, SERVE_METRICS: '0', LOG_LEVEL: 'error', PORT: `${port}` },
    SEND_CONCURRENCY: String(concurrency),
  };
  const account = await makeAccount(env, 'NEXI');
  const parts = [
    await startPart('dist/apps/worker/src/main.js', env),
    await startPart('dist/apps/api/src/main.js', env),
  ];
  const ask = askFor(`http://127.0.0.1:${port}`, account.apiKey);
  const providerAccountId = toPublicId('providerAccount', account.providerAccountId);
  const drafts = new Map<string, string[]>();
  return {
    ...{ parts, database: DATABASE },
    plan: async ({ keys, prefix }: DueCharges) => {
      const ids = await attach(cluster, account, keys);
      const amount = { amount: 9_900, currency: 'EUR' };
      const items = ids.map((billingKeyId, n) => ({
        billingKeyId,
        order: { orderId: `${prefix}${n}`, name: 'A month of tea', amount },
      }));
      const made: string[] = [];
      for (let from = 0; from < items.length; from += ITEMS_MAX) {
        const some = items.slice(from, from + ITEMS_MAX);
        const input = { providerAccountId, externalId: `${prefix}${from}`, items: some };
        made.push(await ask('createBulkCharge', 'CreateBulkChargeInput', input));
      }
      drafts.set(prefix, made);
    },
    release: async (prefix: string) => {
      for (const id of drafts.get(prefix) ?? [])
        await ask('submitBulkCharge', 'SubmitBulkChargeInput', { id });
    },
    settled: (prefix: string) => countSettled(cluster, DATABASE, prefix),
    close: async () => {
      for (const part of parts) await part.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

/** The product's native bulk: drafts of a thousand, submitted one after the other, as a merchant's system would. */
export const refrainBulk: Candidate = {
  ...{ key: 'refrainBulk', name: 'Refrain, native bulk', provider: 'NEXI' },
  planSeconds: (count) => 5 + count / ACCEPTED_PER_SECOND,
  open,
};
