import { escapeIdentifier, escapeLiteral } from 'pg';

import type { House } from './house.js';
import { openLocker, type HeldTable } from './held-table.js';

const KEY = 20_260_131;

export interface HeldReaders extends HeldTable {
  /** Whoever stands still goes on doing so, and whoever comes from now on does not. */
  letOthersPass(): Promise<void>;
}

/** Statements of which this is a part stand still while they read the table: after their snapshot was taken, and before they lock a row. */
export const holdReaders = async (
  house: House,
  table: string,
  part: string,
): Promise<HeldReaders> => {
  const locker = await openLocker(house);
  const gate = await openLocker(house);
  const standStill = (statement: string) =>
    gate.query(
      `CREATE OR REPLACE FUNCTION stand_still() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
         IF position(${escapeLiteral(part)} IN current_query()) > 0 THEN ${statement}; END IF;
         RETURN true;
       END $$`,
    );
  await standStill(`PERFORM pg_advisory_xact_lock_shared(${KEY})`);
  await gate.query(
    `CREATE POLICY stands_still ON ${escapeIdentifier(table)} AS RESTRICTIVE USING (stand_still())`,
  );
  await locker.query(`BEGIN; SELECT pg_advisory_xact_lock(${KEY})`);
  return {
    ...locker,
    letOthersPass: async () => {
      await standStill('NULL');
    },
    release: async () => {
      await locker.query('COMMIT');
      await gate.query(`DROP POLICY stands_still ON ${escapeIdentifier(table)}`);
      await gate.query('DROP FUNCTION stand_still');
      await Promise.all([locker.release(), gate.release()]);
    },
  };
};
