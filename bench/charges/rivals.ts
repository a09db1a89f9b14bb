import type { Cluster } from '../lab/cluster.js';
import { startPart } from '../lab/process.js';
import type { Candidate } from './candidate.js';

const DATABASE = 'rival_bench';

/** The same rows for all of them: who is due, each payment, each attempt before it is sent, and the event. */
const SCHEMA = `
  CREATE TABLE subscriptions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), billing_key text NOT NULL,
    order_id text NOT NULL UNIQUE, amount int NOT NULL CHECK (amount > 0), next_number int NOT NULL,
    next_due_at timestamptz NOT NULL, status text NOT NULL);
  CREATE INDEX subscriptions_due ON subscriptions (next_due_at) WHERE status = 'ACTIVE';
  CREATE TABLE payments (id uuid PRIMARY KEY, subscription_id uuid NOT NULL REFERENCES subscriptions,
    number int NOT NULL, order_id text NOT NULL UNIQUE, amount int NOT NULL, status text NOT NULL,
    created_at timestamptz NOT NULL, settled_at timestamptz, UNIQUE (subscription_id, number));
  CREATE TABLE payment_attempts (id uuid PRIMARY KEY, payment_id uuid NOT NULL REFERENCES payments,
    reference text NOT NULL UNIQUE, status text NOT NULL, request jsonb NOT NULL, answer jsonb);
  CREATE TABLE outbox_events (id uuid PRIMARY KEY, type text NOT NULL, payment_id uuid NOT NULL,
    payload jsonb NOT NULL)`;

const makeDatabase = async (cluster: Cluster): Promise<string> => {
  const url = await cluster.create(DATABASE);
  await cluster.query(DATABASE, `SET ROLE refrain; ${SCHEMA}; RESET ROLE`);
  return url;
};

const rival = ({
  file,
  ...traits
}: Omit<Candidate, 'open' | 'planSeconds'> & { readonly file: string }): Candidate => ({
  ...traits,
  planSeconds: (count) => 2 + count / 10_000,
  open: async ({ cluster, sandbox, redis, concurrency }) => {
    const part = await startPart(`bench/dist/rivals/${file}.js`, {
      ...{ DATABASE_URL: await makeDatabase(cluster), SANDBOX_URL: sandbox.url },
      ...{ REDIS_URL: redis?.url ?? '', CONCURRENCY: String(concurrency), NODE_ENV: 'production' },
    });
    return {
      ...{ parts: [part], database: DATABASE },
      plan: async ({ keys, prefix, at }) => {
        await cluster.query(
          DATABASE,
          `INSERT INTO subscriptions (billing_key, order_id, amount, next_number, next_due_at, status)
           SELECT k, $2 || k, 9900, 1, $3, 'ACTIVE' FROM unnest($1::text[]) AS k`,
          [keys, prefix, at],
        );
      },
      settled: async (prefix) => {
        const [row] = await cluster.query<{ settled: number }>(
          DATABASE,
          `SELECT count(*)::int AS settled FROM payments
           WHERE order_id >= $1 AND order_id < $1 || '~' AND status <> 'PENDING'`,
          [prefix],
        );
        return row?.settled ?? 0;
      },
      close: () => part.stop(),
    };
  },
});

export const RIVALS: readonly Candidate[] = [
  rival({ key: 'cronSave', name: '@Cron and save', file: 'cron-save', isOneByOne: true }),
  rival({ key: 'bullmq', name: 'BullMQ and TypeORM', file: 'bullmq', needsRedis: true }),
  rival({ key: 'graphileWorker', name: 'graphile-worker', file: 'graphile-worker' }),
  rival({ key: 'pgBoss', name: 'pg-boss', file: 'pg-boss' }),
];
