import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Cluster } from '../lab/cluster.js';

const DATABASE = 'lean_bench';
const BATCH = 500;
/** Batches written at once: PostgreSQL has the cores for itself. */
const CONNECTIONS = 4;

/** As lean as it can be and still say why: what any engine must write that keeps its promise. Not the product's tables, nor its statements. */
const SCHEMA = `
  CREATE TABLE charges (id uuid PRIMARY KEY, order_id text NOT NULL UNIQUE, billing_key text NOT NULL,
    amount bigint NOT NULL, state text NOT NULL, due_at timestamptz NOT NULL);
  CREATE INDEX charges_due ON charges (due_at) WHERE state = 'SCHEDULED';
  CREATE TABLE attempts (id uuid PRIMARY KEY, charge_id uuid NOT NULL REFERENCES charges,
    reference text NOT NULL UNIQUE, request jsonb NOT NULL, outcome text, answer jsonb);
  CREATE TABLE transitions (id uuid PRIMARY KEY, charge_id uuid NOT NULL, from_state text NOT NULL,
    to_state text NOT NULL, at timestamptz NOT NULL);
  CREATE TABLE events (id uuid PRIMARY KEY, type text NOT NULL, charge_id uuid NOT NULL,
    data jsonb NOT NULL)`;

interface Claimed {
  readonly id: string;
  readonly order_id: string;
  readonly billing_key: string;
  readonly amount: string;
}

const uuids = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

const inTransaction = async <T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> => {
  await client.query('BEGIN');
  const result = await work();
  await client.query('COMMIT');
  return result;
};

const claim = async (client: pg.PoolClient) => {
  const { rows } = await client.query<Claimed>({
    name: 'claim',
    text: `UPDATE charges SET state = 'SUBMITTING' WHERE id IN (
        SELECT id FROM charges WHERE state = 'SCHEDULED' AND due_at <= now()
        ORDER BY due_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
      RETURNING id, order_id, billing_key, amount`,
  });
  const ids = rows.map(({ id }) => id);
  const attempts = uuids(rows.length);
  await client.query({
    name: 'attempts',
    text: `INSERT INTO attempts (id, charge_id, reference, request)
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[])`,
    values: [
      ...[attempts, ids, ids.map(() => randomBytes(12).toString('hex'))],
      rows.map((row) => JSON.stringify({ key: row.billing_key, amount: row.amount })),
    ],
  });
  await writeTransitions(client, ids, { from: 'SCHEDULED', to: 'SUBMITTING' });
  return { ids, attempts };
};

const writeTransitions = (
  client: pg.PoolClient,
  ids: readonly string[],
  { from, to }: { readonly from: string; readonly to: string },
) =>
  client.query({
    name: 'transitions',
    text: `INSERT INTO transitions (id, charge_id, from_state, to_state, at)
      SELECT id, charge, $3, $4, now() FROM unnest($1::uuid[], $2::uuid[]) AS t (id, charge)`,
    values: [uuids(ids.length), ids, from, to],
  });

const settle = async (
  client: pg.PoolClient,
  { ids, attempts }: { readonly ids: readonly string[]; readonly attempts: readonly string[] },
) => {
  await client.query({
    name: 'outcomes',
    text: `UPDATE attempts SET outcome = 'SUCCEEDED', answer = $2 WHERE id = ANY($1::uuid[])`,
    values: [attempts, { status: 'paid' }],
  });
  await client.query({
    name: 'settle',
    text: `UPDATE charges SET state = 'SUCCEEDED' WHERE id = ANY($1::uuid[])`,
    values: [ids],
  });
  await writeTransitions(client, ids, { from: 'SUBMITTING', to: 'SUCCEEDED' });
  await client.query({
    name: 'events',
    text: `INSERT INTO events (id, type, charge_id, data)
      SELECT id, 'charge.succeeded', charge, '{}' FROM unnest($1::uuid[], $2::uuid[]) AS e (id, charge)`,
    values: [uuids(ids.length), ids],
  });
};

/** The database alone: so many charges claimed with attempt and transition, and settled with attempt, charge, transition and event, in
 * batches of 500, nobody called in between. Answers how many seconds it took. */
export const settleInDatabase = async (cluster: Cluster, count: number): Promise<number> => {
  const url = await cluster.create(DATABASE);
  await cluster.query(DATABASE, `SET ROLE refrain; ${SCHEMA}; RESET ROLE`);
  await cluster.query(
    DATABASE,
    `INSERT INTO charges SELECT gen_random_uuid(), 'order-' || n, 'key-' || n, 9900, 'SCHEDULED', now()
     FROM generate_series(1, $1) AS n`,
    [count],
  );
  await cluster.query(DATABASE, 'VACUUM (ANALYZE) charges');
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  // Its last connections are closing when the database is dropped under them, which ends what is left of them.
  pool.on('error', () => undefined);
  const settleOnAndOn = async (): Promise<void> => {
    const client = await pool.connect();
    try {
      for (;;) {
        const claimed = await inTransaction(client, () => claim(client));
        if (claimed.ids.length === 0) return;
        await inTransaction(client, () => settle(client, claimed));
      }
    } finally {
      client.release();
    }
  };
  try {
    const began = performance.now();
    await Promise.all(Array.from({ length: CONNECTIONS }, settleOnAndOn));
    return (performance.now() - began) / 1_000;
  } finally {
    await pool.end();
    await cluster.drop(DATABASE);
  }
};
