import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Pauses1764700000000 implements MigrationInterface {
  name = 'Pauses1764700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: what was due before a pause would not be charged');
  }
}

const SQL = /* sql */ `
-- A pause from before has no beginning: whatever fell due before its end is skipped, as it was promised then.
ALTER TABLE schedules
  ADD COLUMN paused_at timestamptz,               -- business time; of a schedule that is PAUSED
  -- Pauses resumed without what fell due in them, while something in them is to be skipped still; skip_due_before is the end of the last.
  ADD COLUMN skipped_pauses jsonb NOT NULL DEFAULT '[]';

-- The end of a period comes for those that are paused, too.
DROP INDEX schedules_to_cancel;
CREATE INDEX schedules_to_cancel ON schedules (merchant_id, provider_account_id, cancel_at)
  WHERE status IN ('ACTIVE', 'PAUSED') AND cancel_at IS NOT NULL;
`;
