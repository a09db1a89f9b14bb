import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../lab/cluster.js';
import { startPart } from '../lab/process.js';
import {
  countPlanned,
  countSettled,
  ENCRYPTION_KEYS,
  makeAccount,
  makeDatabase,
  type Account,
} from '../lab/refrain.js';
import type { Candidate, DueCharges, Lab } from './candidate.js';

const DATABASE = 'refrain_bench';

/** Occurrences are brought forth by the worker itself: on a slow machine some hundreds a second. */
const PLANNED_PER_SECOND = 400;
const LOOK_MS = 500;

/** One schedule a key, as the API would have written it; its first occurrence comes forth as any other does. */
const plan = async (
  cluster: Cluster,
  { merchantId, providerAccountId }: Account,
  { keys, prefix, at }: DueCharges,
): Promise<void> => {
  await cluster.query(
    DATABASE,
    `WITH key AS (
       INSERT INTO billing_keys (merchant_id, id, provider_account_id, customer_ref, provider_key,
         status, created_at, updated_at)
       SELECT $1, gen_random_uuid(), $2, k, k, 'ACTIVE', now(), now() FROM unnest($3::text[]) AS k
       RETURNING id, provider_key),
     schedule AS (
       INSERT INTO schedules (merchant_id, id, provider_account_id, billing_key_id, order_id,
         order_name, amount_minor, currency, recurrence, start_at, execution, status, next_number,
         next_due_at, anchor_at, anchor_day, anchor_quarter, request_hash, created_at, updated_at)
       SELECT $1, gen_random_uuid(), $2, key.id, $4 || key.provider_key, 'A month of tea', 9900,
         'KRW', '{"every":1,"unit":"MONTH","timeZone":"Asia/Seoul"}', due.at, 'SERVICE_DISPATCHED',
         'ACTIVE', 1, due.at, due.at, extract(day FROM due.at AT TIME ZONE 'Asia/Seoul'),
         floor(extract(epoch FROM (due.at AT TIME ZONE 'Asia/Seoul')::time) / 900), '', now(), now()
       FROM key, (SELECT $5::timestamptz AS at) AS due),
     agenda AS (
       UPDATE account_agendas SET next_due_at = now()
       WHERE provider_account_id = $2 AND lane = 'MATERIALISE')
     SELECT pg_notify('refrain_work', 'MATERIALISE:' || $2)`,
    [merchantId, providerAccountId, keys, prefix, at],
  );
  // What is due leaves the count again: whoever asked tells that it is late.
  while (Date.now() < at.getTime() && (await countPlanned(cluster, DATABASE, prefix)) < keys.length)
    await pause(LOOK_MS);
};

/** The product: its worker, as it is deployed, with its defaults but for how much it may send at once. */
export const refrain: Candidate = {
  ...{ key: 'refrain', name: 'Refrain' },
  planSeconds: (count) => 5 + count / PLANNED_PER_SECOND,
  open: async ({ dir, cluster, sandbox, concurrency }: Lab) => {
    const dataDir = await mkdtemp(join(dir, 'refrain-'));
    const env = {
      ...{
        DATABASE_URL: await makeDatabase(cluster, DATABASE),
        DATA_DIR: dataDir,
        ENCRYPTION_KEYS,
      },
      ...{ SANDBOX_URL: sandbox.url, SERVE_METRICS: '0', LOG_LEVEL: 'error' },
      SEND_CONCURRENCY: String(concurrency),
    };
    const account = await makeAccount(env);
    const worker = await startPart('dist/apps/worker/src/main.js', env);
    return {
      ...{ parts: [worker], database: DATABASE },
      plan: (due) => plan(cluster, account, due),
      settled: (prefix) => countSettled(cluster, DATABASE, prefix),
      close: async () => {
        await worker.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};
