import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NonSends1764800000000 implements MigrationInterface {
  name = 'NonSends1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: waiting charges count their non-sends in it');
  }
}

const SQL = /* sql */ `
-- What nobody read is no failure, and uses up no step of a retry policy: from here on setbacks are transient and configuration failures only.
-- Those of charges that wait now stay as they were counted.
ALTER TABLE charges
  ADD COLUMN non_sends integer NOT NULL DEFAULT 0; -- definite non-sends and refusals for being too many in a row: back-off, not a step
`;
