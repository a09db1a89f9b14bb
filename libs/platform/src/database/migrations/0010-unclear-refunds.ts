import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UnclearRefunds1764900000000 implements MigrationInterface {
  name = 'UnclearRefunds1764900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('expected no way back: that a provider took a refund in must not be forgotten');
  }
}

const SQL = /* sql */ `
ALTER TABLE refunds
  ADD COLUMN sent_at timestamptz,                        -- machine time: the last send; the quiet period counts from here
  ADD COLUMN accepted_at timestamptz,                    -- machine time: the provider said that it takes it; never sent again by itself
  ADD COLUMN review_since timestamptz,                   -- machine time: a person is asked; absent: nobody is
  ADD COLUMN resend_granted boolean NOT NULL DEFAULT false, -- a person said that it never happened: one more send
  ADD COLUMN resolved_by text,                           -- the person who ended what asking could not
  ADD COLUMN resolution_note text,
  ADD CHECK (resolved_by IS NULL OR resolution_note <> '');
-- The owner is bound by the policies too, and acts for no merchant: without this it would find no row.
ALTER TABLE refunds NO FORCE ROW LEVEL SECURITY;
-- What is under way was sent by now at the latest, and what is PENDING after an answer was taken in by that answer.
UPDATE refunds SET sent_at = clock_timestamp(),
  accepted_at = CASE WHEN status = 'PENDING' AND (answer IS NOT NULL OR provider_refund_id IS NOT NULL)
    THEN clock_timestamp() END
WHERE status IN ('PENDING', 'UNKNOWN') AND sends > 0;
ALTER TABLE refunds FORCE ROW LEVEL SECURITY;
CREATE INDEX refunds_in_review ON refunds (merchant_id) WHERE review_since IS NOT NULL;
`;
