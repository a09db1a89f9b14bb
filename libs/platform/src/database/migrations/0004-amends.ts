import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Amends1764300000000 implements MigrationInterface {
  name = 'Amends1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: what people decided about incidents stays');
  }
}

const SQL = /* sql */ `
-- Who closed an incident, and why. The reason is asked for, so that the next person need not ask again.
ALTER TABLE incidents
  ADD COLUMN resolved_by text,
  ADD COLUMN resolution_note text,
  ADD CHECK (resolved_at IS NULL OR (resolved_by IS NOT NULL AND resolution_note <> ''));
CREATE INDEX incidents_by_charge ON incidents (merchant_id, charge_id) WHERE charge_id IS NOT NULL;

-- What becomes of a capture beside the one that counts: told (a person decides), or paid back at once.
ALTER TABLE provider_accounts
  ADD COLUMN duplicate_capture_policy text NOT NULL DEFAULT 'REPORT'
    CHECK (duplicate_capture_policy IN ('REPORT', 'REFUND'));
`;
