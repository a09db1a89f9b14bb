import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from './postgres.js';

const ask = async <T extends object>(url: string, statement: string): Promise<T[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<T>(statement);
  await client.end();
  return rows;
};

describe('a test database', () => {
  const databases: TestDatabase[] = [];
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  it('is empty, and owned by a role that is no superuser in the embedded cluster', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const [row] = await ask<{ encoding: string; superuser: string }>(
      database.url,
      `SELECT pg_encoding_to_char(encoding) AS encoding,
              current_setting('is_superuser') AS superuser
         FROM pg_database WHERE datname = current_database()`,
    );
    expect(row?.encoding).toBe('UTF8');
    if (!process.env['TEST_DATABASE_URL']) expect(row?.superuser).toBe('off');
  });

  it('begins from a template that is prepared once, however many ask at once', async () => {
    let timesPrepared = 0;
    const template = {
      name: 'spec',
      prepare: async (url: string) => {
        timesPrepared += 1;
        await ask(url, 'CREATE TABLE marks AS SELECT 7 AS mark');
      },
    };
    const both = await Promise.all([createTestDatabase(template), createTestDatabase(template)]);
    databases.push(...both);
    expect(await ask(both[1].url, 'SELECT mark FROM marks')).toEqual([{ mark: 7 }]);
    expect(timesPrepared).toBe(1);
  });
});
