import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Forecast1764600000000 implements MigrationInterface {
  name = 'Forecast1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: forecasts read by it');
  }
}

const SQL = /* sql */ `
-- What the forecast groups by in place of the document, which takes more than half as long again as all else it reads.
ALTER TABLE schedules
  ADD COLUMN recurrence_key bigint GENERATED ALWAYS AS (jsonb_hash_extended(recurrence, 0)) STORED;
CREATE INDEX schedules_by_recurrence ON schedules (merchant_id, recurrence_key);
CREATE INDEX schedules_changing ON schedules (merchant_id, id) WHERE pending_change_at IS NOT NULL;
`;
