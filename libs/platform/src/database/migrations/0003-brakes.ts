import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Brakes1764200000000 implements MigrationInterface {
  name = 'Brakes1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  /** What the release before does not know of, it leaves alone: there is nothing to take back. */
  async down(): Promise<void> {
    throw new Error('expected no way back from a migration; restore a backup instead');
  }
}

const SQL = /* sql */ `
-- While one stands, nothing new is sent for its subject; asking and settling go on.
CREATE TABLE holds (
  merchant_id uuid NOT NULL REFERENCES merchants (id),
  id uuid NOT NULL,
  scope text NOT NULL CHECK (scope IN ('MERCHANT', 'PROVIDER_ACCOUNT', 'SCHEDULE')),
  subject_id uuid NOT NULL,                      -- of a MERCHANT: its own id
  reason text NOT NULL CHECK (reason <> ''),
  held_by text NOT NULL,
  held_at timestamptz NOT NULL,                  -- machine time
  released_by text,
  released_at timestamptz,                       -- machine time
  release_reason text,
  PRIMARY KEY (merchant_id, id),
  CHECK (scope <> 'MERCHANT' OR subject_id = merchant_id),
  CHECK ((released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL))
);
CREATE UNIQUE INDEX holds_live ON holds (merchant_id, scope, subject_id) WHERE released_at IS NULL;
CREATE INDEX holds_of_subject ON holds (merchant_id, scope, subject_id, id);
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE holds FORCE ROW LEVEL SECURITY;
CREATE POLICY own_merchant ON holds
  USING (merchant_id = current_merchant()) WITH CHECK (merchant_id = current_merchant());
GRANT SELECT, INSERT, UPDATE ON holds TO refrain_app;

ALTER TABLE charges
  ADD COLUMN claims integer NOT NULL DEFAULT 0;  -- taken so often since anything was last written down about it
ALTER TABLE account_agendas
  ADD COLUMN retry_tokens double precision NOT NULL DEFAULT 10,  -- of lane DISPATCH: what may be sent again
  ADD COLUMN retry_tokens_at timestamptz NOT NULL DEFAULT clock_timestamp();  -- machine time: when that was so
`;
