import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Dunning1764400000000 implements MigrationInterface {
  name = 'Dunning1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: running cases are pinned to versions of their policy');
  }
}

const SQL = /* sql */ `
-- A retry policy is a name and its versions. No version is ever changed, so that a case goes on by the one it began with.
CREATE TABLE retry_policy_versions (
  merchant_id uuid NOT NULL,
  retry_policy_id uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL,               -- machine time
  PRIMARY KEY (merchant_id, retry_policy_id, version),
  FOREIGN KEY (merchant_id, retry_policy_id) REFERENCES retry_policies (merchant_id, id)
);
ALTER TABLE retry_policies
  ADD COLUMN version integer NOT NULL DEFAULT 1,  -- the one that new cases begin with
  ADD COLUMN request_hash text,                   -- of the creating call as sent
  ALTER COLUMN delays_seconds DROP NOT NULL;      -- of the release before; dropped by a later one
INSERT INTO retry_policy_versions (merchant_id, retry_policy_id, version, definition, created_at)
SELECT p.merchant_id, p.id, 1, jsonb_build_object(
    'soft', COALESCE((SELECT jsonb_agg(jsonb_build_object('afterSeconds', d) ORDER BY n)
       FROM unnest(p.delays_seconds) WITH ORDINALITY AS s (d, n)), '[]'::jsonb),
    'transient', CASE WHEN cardinality(p.delays_seconds) = 0 THEN '[]'::jsonb ELSE
      (SELECT jsonb_agg(jsonb_build_object('afterSeconds', d)) FROM unnest(ARRAY[60, 300, 900, 3600, 10800, 21600, 43200, 86400, 86400]) AS d) END,
    'configuration', CASE WHEN cardinality(p.delays_seconds) = 0 THEN '[]'::jsonb ELSE
      (SELECT jsonb_agg(jsonb_build_object('afterSeconds', d)) FROM unnest(ARRAY[600, 3600, 21600, 86400, 86400]) AS d) END,
    'timeZone', 'UTC', 'atEnd', 'GO_ON'), p.created_at
FROM retry_policies p;

ALTER TABLE charges
  ADD COLUMN retry_policy_version integer,        -- pinned when it failed first; absent: a preset of the build
  ADD COLUMN first_failed_at timestamptz,         -- business time: what a policy's days are counted from
  ADD COLUMN retry_reason text;                   -- why it is tried again then, or not at all

-- What card networks count: each decline of a card, and the approvals that end a run of them. Business time.
CREATE TABLE declines (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,                               -- the attempt
  provider_account_id uuid NOT NULL,
  billing_key_id uuid NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  is_approval boolean NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, billing_key_id) REFERENCES billing_keys (merchant_id, id)
);
CREATE INDEX declines_of_payment ON declines (merchant_id, billing_key_id, amount_minor, currency, at);
-- A code that says "never again on this card": no order is sent to the key after it, whoever asks.
ALTER TABLE billing_keys
  ADD COLUMN hard_failure_code text,
  ADD COLUMN hard_failed_at timestamptz;          -- business time

DO $$
DECLARE owned text;
BEGIN
  FOREACH owned IN ARRAY ARRAY['retry_policy_versions', 'declines'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY own_merchant ON %I USING (merchant_id = current_merchant()) WITH CHECK (merchant_id = current_merchant())', owned);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO refrain_app', owned);
  END LOOP;
END $$;
GRANT UPDATE ON declines TO refrain_app;         -- a decline that turns out to have been paid
`;
