import { setTimeout as pause } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import type { House } from './house.js';

/** Two busy cores; what takes longer than this does not come at all. */
const PATIENCE_MS = 20_000;

/** Writers of a table stand still, readers do not: what a race needs to come out the same each time. */
export interface HeldTable {
  /** How many statements of this database wait for a lock now. */
  waiting(): Promise<number>;
  /** Waits until so many stand in line. */
  untilWaiting(count: number): Promise<void>;
  release(): Promise<void>;
}

/** A connection of its own, that can tell who waits. */
export const openLocker = async (
  house: House,
): Promise<HeldTable & { query(sql: string): Promise<unknown> }> => {
  const client = new Client({ connectionString: house.platform.config.databaseUrl! });
  await client.connect();
  const waiting = async (): Promise<number> => {
    // Within a transaction the list of who is connected stays as it was first seen.
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(DISTINCT pid)::int AS count FROM pg_locks WHERE NOT granted AND
         pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`,
    );
    return rows[0]!.count;
  };
  return {
    query: (sql) => client.query(sql),
    waiting,
    untilWaiting: async (count) => {
      const giveUpAt = performance.now() + PATIENCE_MS;
      while ((await waiting()) < count) {
        if (performance.now() > giveUpAt) throw new Error(`expected ${count} to wait for a lock`);
        await pause(10);
      }
    },
    release: () => client.end(),
  };
};

export const holdWriters = async (house: House, table: string): Promise<HeldTable> => {
  const locker = await openLocker(house);
  await locker.query(`BEGIN; LOCK TABLE ${escapeIdentifier(table)} IN SHARE MODE`);
  return {
    ...locker,
    release: async () => {
      await locker.query('COMMIT');
      await locker.release();
    },
  };
};
