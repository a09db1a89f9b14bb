import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ScheduleChoices1764500000000 implements MigrationInterface {
  name = 'ScheduleChoices1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: what was promised for a later date stays');
  }
}

const SQL = /* sql */ `
ALTER TABLE schedules
  ADD COLUMN first_amount_minor bigint CHECK (first_amount_minor > 0 AND first_amount_minor <= 9007199254740991),
  ADD COLUMN cancel_at timestamptz,               -- business time: canceled then, at the end of the period that was paid for
  ADD COLUMN pending_change jsonb,                -- a change for a later date, and from which due time on it holds
  ADD COLUMN pending_change_at timestamptz,       -- business time
  -- What the forecast groups by: the day of the month and the quarter of the day of the anchor, on the schedule's clocks.
  ADD COLUMN anchor_day smallint NOT NULL DEFAULT 1,
  ADD COLUMN anchor_quarter smallint NOT NULL DEFAULT 0,
  ADD CHECK ((pending_change IS NULL) = (pending_change_at IS NULL));
UPDATE schedules SET
  anchor_day = extract(day FROM anchor_at AT TIME ZONE (recurrence->>'timeZone')),
  anchor_quarter = floor(extract(epoch FROM COALESCE((recurrence->>'timeOfDay')::time,
    (anchor_at AT TIME ZONE (recurrence->>'timeZone'))::time)) / 900)
WHERE recurrence IS NOT NULL;
CREATE INDEX schedules_to_cancel ON schedules (merchant_id, provider_account_id, cancel_at)
  WHERE status = 'ACTIVE' AND cancel_at IS NOT NULL;

ALTER TABLE charges
  ADD COLUMN wait_reason text,                    -- of an occurrence that is due and waits for an earlier one
  ADD COLUMN keeps_terms boolean NOT NULL DEFAULT false;  -- its order and key stay as they are, though the schedule has others by now

-- When nobody served an account: what fell due then is caught up as its schedule says.
CREATE TABLE downtimes (
  merchant_id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  from_at timestamptz NOT NULL,                   -- business time
  to_at timestamptz NOT NULL,                     -- business time
  PRIMARY KEY (merchant_id, provider_account_id, from_at),
  CHECK (from_at < to_at),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id)
);
ALTER TABLE downtimes ENABLE ROW LEVEL SECURITY;
ALTER TABLE downtimes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_merchant ON downtimes
  USING (merchant_id = current_merchant()) WITH CHECK (merchant_id = current_merchant());
GRANT SELECT, INSERT ON downtimes TO refrain_app;
`;
