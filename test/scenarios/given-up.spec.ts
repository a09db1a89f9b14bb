import { EventEmitter, once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { Database, migrate } from '#platform/database';

const MERCHANT = '01900000-0000-7000-8000-000000000001';

describe('a transaction that PostgreSQL gives up for the sake of another', () => {
  let own: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    own = await createTestDatabase();
    await migrate(own.url);
    database = await Database.open({ url: own.url, applicationName: 'test', poolSize: 4 });
    await database.dataSource.query(
      'CREATE TABLE counters (id integer PRIMARY KEY, count integer NOT NULL)',
    );
    await database.dataSource.query('GRANT SELECT, INSERT, UPDATE ON counters TO refrain_app');
  }, 60_000);
  beforeEach(() =>
    database.dataSource.query(
      'INSERT INTO counters VALUES (1, 0), (2, 0) ON CONFLICT (id) DO UPDATE SET count = 0',
    ),
  );
  afterAll(async () => {
    await database?.close();
    await own?.drop();
  });

  const counts = async () =>
    (
      await database.dataSource.query<{ count: number }[]>('SELECT count FROM counters ORDER BY id')
    ).map(({ count }) => count);

  it('is run again after a deadlock, and each writes once (row 25)', async () => {
    let runs = 0;
    let holding = 0;
    const both = new EventEmitter();
    const together = once(both, 'both');
    const add = (first: number, second: number) =>
      database.withMerchant(MERCHANT, async (tx) => {
        runs += 1;
        await tx.query('UPDATE counters SET count = count + 1 WHERE id = $1', [first]);
        holding += 1;
        if (holding === 2) both.emit('both');
        await together; // each holds what the other wants next
        await tx.query('UPDATE counters SET count = count + 1 WHERE id = $1', [second]);
      });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(runs).toBe(3);
    expect(await counts()).toEqual([2, 2]);
  });

  it('is run again after a serialization failure (row 25)', async () => {
    let runs = 0;
    await database.withMerchant(MERCHANT, async (tx) => {
      runs += 1;
      if (runs < 3) await tx.query("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$");
      await tx.query('UPDATE counters SET count = count + 1 WHERE id = 1');
    });
    expect(runs).toBe(3);
    expect(await counts()).toEqual([1, 0]);
  });

  it('fails after five runs, with nothing written (row 25)', async () => {
    let runs = 0;
    const failing = database.withMerchant(MERCHANT, async (tx) => {
      runs += 1;
      await tx.query('UPDATE counters SET count = count + 1 WHERE id = 1');
      await tx.query("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$");
    });
    await expect(failing).rejects.toMatchObject({ code: '40P01' });
    expect(runs).toBe(5);
    expect(await counts()).toEqual([0, 0]);
  });
});
