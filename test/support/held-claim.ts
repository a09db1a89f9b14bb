import type { House } from './house.js';
import { openLocker, type HeldTable } from './held-table.js';

const KEY = 20_260_131;

/** Claims stand still while they read the schedules: after their snapshot was taken, and before they lock a charge. Nobody else does. */
export const holdClaims = async (house: House): Promise<HeldTable> => {
  const locker = await openLocker(house);
  await locker.query(`
    CREATE FUNCTION stand_still() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
      IF current_query() LIKE '%FOR UPDATE OF c SKIP LOCKED%' THEN PERFORM pg_advisory_xact_lock_shared(${KEY}); END IF;
      RETURN true;
    END $$;
    CREATE POLICY claims_stand_still ON schedules AS RESTRICTIVE USING (stand_still())`);
  await locker.query(`BEGIN; SELECT pg_advisory_xact_lock(${KEY})`);
  return {
    ...locker,
    release: async () => {
      await locker.query(
        'COMMIT; DROP POLICY claims_stand_still ON schedules; DROP FUNCTION stand_still',
      );
      await locker.release();
    },
  };
};
