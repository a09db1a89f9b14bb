import { DataSource } from 'typeorm';

import { TheHouse1763769600000 } from './migrations/0001-the-house.js';
import { SecondCaptures1764100000000 } from './migrations/0002-second-captures.js';
import { Brakes1764200000000 } from './migrations/0003-brakes.js';
import { Amends1764300000000 } from './migrations/0004-amends.js';
import { Dunning1764400000000 } from './migrations/0005-dunning.js';
import { ScheduleChoices1764500000000 } from './migrations/0006-schedule-choices.js';
import { Forecast1764600000000 } from './migrations/0007-forecast.js';
import { Pauses1764700000000 } from './migrations/0008-pauses.js';
import { NonSends1764800000000 } from './migrations/0009-non-sends.js';
import { UnclearRefunds1764900000000 } from './migrations/0010-unclear-refunds.js';
import { KeptTerms1765000000000 } from './migrations/0011-kept-terms.js';
import { RowsOfBefore1765100000000 } from './migrations/0012-rows-of-before.js';

export const MIGRATIONS = [
  TheHouse1763769600000,
  SecondCaptures1764100000000,
  Brakes1764200000000,
  Amends1764300000000,
  Dunning1764400000000,
  ScheduleChoices1764500000000,
  Forecast1764600000000,
  Pauses1764700000000,
  NonSends1764800000000,
  UnclearRefunds1764900000000,
  KeptTerms1765000000000,
  RowsOfBefore1765100000000,
] as const;

/** Any number that no other lock of this database uses. */
const MIGRATION_LOCK = 727_433_725;

/** Brings the schema up to date; however many processes start, one migrates and the others wait. Answers the names of what it ran. */
export const migrate = async (url: string): Promise<string[]> => {
  const dataSource = await new DataSource({
    type: 'postgres',
    url,
    migrations: [...MIGRATIONS],
    migrationsTransactionMode: 'each',
    applicationName: 'refrain-migrate',
    poolSize: 2,
  }).initialize();
  // TypeORM locks nothing by itself; a lock that lives as long as a transaction also holds through a transaction pooler.
  const lock = dataSource.createQueryRunner();
  try {
    await lock.startTransaction();
    await lock.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const ran = await dataSource.runMigrations();
    await lock.commitTransaction();
    return ran.map(({ name }) => name);
  } finally {
    await lock.release();
    await dataSource.destroy();
  }
};

/** Whether every migration this build knows has been run. */
export const pendingMigrations = async (dataSource: DataSource): Promise<boolean> =>
  dataSource.showMigrations();
