import { Client } from 'pg';
import { migrate } from '#platform/database';
import { createTestDatabase } from '../../../test/support/postgres.js';
import { TRANSITIONS, type Origin } from './charge-state.js';

/** As the migration wrote it into a real database. */
const allowedTransitions = async (): Promise<string[]> => {
  const template = { name: 'migrated', prepare: async (url: string) => void (await migrate(url)) };
  const database = await createTestDatabase(template);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ edge: string }>(
    "SELECT from_state || ' → ' || to_state AS edge FROM allowed_transitions",
  );
  await client.end();
  await database.drop();
  return rows.map(({ edge }) => edge).toSorted();
};

const ORIGINS = Object.keys(TRANSITIONS) as Origin[];

describe('the life of a charge, as the database holds it', () => {
  it('is the same table that the database holds', async () => {
    const ours = ORIGINS.flatMap((from) => TRANSITIONS[from].map((to) => `${from} → ${to}`));
    expect(await allowedTransitions()).toEqual(ours.toSorted());
  });
});
