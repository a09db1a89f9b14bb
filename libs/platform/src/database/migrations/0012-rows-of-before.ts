import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RowsOfBefore1765100000000 implements MigrationInterface {
  name = 'RowsOfBefore1765100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: rows that were made whole stay so');
  }
}

const SQL = /* sql */ `
-- What waits for an earlier occurrence, among millions parked for other reasons.
CREATE INDEX charges_behind_open ON charges (merchant_id, provider_account_id)
  WHERE state = 'SCHEDULED' AND wait_reason IS NOT NULL;

-- Cards that were answered "never again" of late.
CREATE INDEX billing_keys_hard ON billing_keys (merchant_id, provider_account_id, hard_failed_at)
  WHERE hard_failure_code IS NOT NULL;

-- 0005 and 0006 wrote what rows of before lacked as the owner, who is bound by the policies: where it is no superuser they found none.
ALTER TABLE schedules NO FORCE ROW LEVEL SECURITY;
UPDATE schedules SET
  anchor_day = extract(day FROM anchor_at AT TIME ZONE (recurrence->>'timeZone')),
  anchor_quarter = floor(extract(epoch FROM COALESCE((recurrence->>'timeOfDay')::time,
    (anchor_at AT TIME ZONE (recurrence->>'timeZone'))::time)) / 900)
WHERE recurrence IS NOT NULL AND (anchor_day, anchor_quarter) = (1, 0);
ALTER TABLE schedules FORCE ROW LEVEL SECURITY;

ALTER TABLE retry_policies NO FORCE ROW LEVEL SECURITY;
ALTER TABLE retry_policy_versions NO FORCE ROW LEVEL SECURITY;
INSERT INTO retry_policy_versions (merchant_id, retry_policy_id, version, definition, created_at)
SELECT p.merchant_id, p.id, 1, jsonb_build_object(
    'soft', COALESCE((SELECT jsonb_agg(jsonb_build_object('afterSeconds', d) ORDER BY n)
       FROM unnest(p.delays_seconds) WITH ORDINALITY AS s (d, n)), '[]'::jsonb),
    'transient', CASE WHEN cardinality(p.delays_seconds) = 0 THEN '[]'::jsonb ELSE
      (SELECT jsonb_agg(jsonb_build_object('afterSeconds', d)) FROM unnest(ARRAY[60, 300, 900, 3600, 10800, 21600, 43200, 86400, 86400]) AS d) END,
    'configuration', CASE WHEN cardinality(p.delays_seconds) = 0 THEN '[]'::jsonb ELSE
      (SELECT jsonb_agg(jsonb_build_object('afterSeconds', d)) FROM unnest(ARRAY[600, 3600, 21600, 86400, 86400]) AS d) END,
    'timeZone', 'UTC', 'atEnd', 'GO_ON'), p.created_at
FROM retry_policies p WHERE p.delays_seconds IS NOT NULL
ON CONFLICT DO NOTHING;
ALTER TABLE retry_policies FORCE ROW LEVEL SECURITY;
ALTER TABLE retry_policy_versions FORCE ROW LEVEL SECURITY;
`;
