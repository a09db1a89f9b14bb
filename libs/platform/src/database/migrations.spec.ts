import { Client } from 'pg';
import { DataSource } from 'typeorm';

import { createTestDatabase, type TestDatabase } from '../../../../test/support/postgres.js';
import { migrate, MIGRATIONS } from './migrations.js';

const MERCHANT = '01920000-0000-7000-8000-000000000001';

/** As a release left it that knew the first of the migrations only. */
const migrateTo = async (url: string, count: number): Promise<void> => {
  const source = new DataSource({
    ...{ type: 'postgres', url, migrations: MIGRATIONS.slice(0, count) },
    migrationsTransactionMode: 'each',
  });
  await source.initialize();
  await source.runMigrations();
  await source.destroy();
};

describe('rows of a release before', () => {
  let database: TestDatabase;
  let client: Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await migrateTo(database.url, 9);
    await client.connect();
    await client.query("SELECT set_config('refrain.merchant_id', $1, false)", [MERCHANT]);
    // The row alone: what it belongs to says nothing here.
    await client.query(`ALTER TABLE refunds DROP CONSTRAINT refunds_merchant_id_charge_id_fkey,
      DROP CONSTRAINT refunds_merchant_id_attempt_id_fkey`);
    const insert = (status: string, answer: string | null) =>
      client.query(
        `INSERT INTO refunds (merchant_id, id, charge_id, attempt_id, provider_account_id, amount_minor,
           currency, status, origin, reason, request_hash, refunded_before_minor, sends, answer, created_at)
         VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 100, 'KRW',
           $2, 'MERCHANT', 'too hot', '', 0, 1, $3, now())`,
        [MERCHANT, status, answer],
      );
    await insert('PENDING', '{"status":200}');
    await insert('UNKNOWN', null);
    await insert('SUCCEEDED', null);
    await migrate(database.url);
  }, 60_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('are made whole by an owner who is no superuser: what a provider took in is never sent again', async () => {
    const { rows } = await client.query<object>(
      `SELECT status, sent_at IS NOT NULL AS sent, accepted_at IS NOT NULL AS accepted
       FROM refunds ORDER BY status`,
    );
    expect(rows).toEqual([
      { status: 'PENDING', sent: true, accepted: true },
      { status: 'SUCCEEDED', sent: false, accepted: false },
      { status: 'UNKNOWN', sent: true, accepted: false },
    ]);
  });

  it('are seen by nobody but their merchant afterwards, too', async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'merchant_id' AND NOT a.attisdropped
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND NOT c.relforcerowsecurity`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['account_agendas']);
  });
});
