import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SecondCaptures1764100000000 implements MigrationInterface {
  name = 'SecondCaptures1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  /** What the release before does not know of, it leaves alone: there is nothing to take back. */
  async down(): Promise<void> {
    throw new Error('expected no way back from a migration; restore a backup instead');
  }
}

const SQL = /* sql */ `
-- A decision that can be overtaken is looked at again.
ALTER TABLE charges
  ADD COLUMN afterlooks integer NOT NULL DEFAULT 0,  -- looks made since it was decided
  ADD COLUMN next_afterlook_at timestamptz;          -- machine time; absent: nobody looks again
CREATE INDEX charges_to_look_at_after ON charges (merchant_id, provider_account_id, next_afterlook_at)
  WHERE next_afterlook_at IS NOT NULL;

-- How far an account's captures, as its provider lists them, are accounted for.
CREATE TABLE reconciliations (
  merchant_id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  next_sweep_at timestamptz NOT NULL,                -- machine time; whoever sweeps moves it ahead first
  swept_until timestamptz NOT NULL,                  -- business time: every capture before is accounted for
  sweeping_to timestamptz,                           -- business time: the end of a sweep that was begun; absent: none
  open_from timestamptz,                             -- business time: the first of its captures that is to be read again
  counts jsonb NOT NULL,                             -- of the last sweep
  swept_at timestamptz,                              -- machine time: when one last came to its end
  PRIMARY KEY (merchant_id, provider_account_id),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id)
);
ALTER TABLE reconciliations ENABLE ROW LEVEL SECURITY;
ALTER TABLE reconciliations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_merchant ON reconciliations
  USING (merchant_id = current_merchant()) WITH CHECK (merchant_id = current_merchant());
GRANT SELECT, INSERT, UPDATE ON reconciliations TO refrain_app;

-- One more lane, also for the accounts there are. Its first serving writes the account's row above.
ALTER TABLE account_agendas DROP CONSTRAINT account_agendas_lane_check;
ALTER TABLE account_agendas ADD CONSTRAINT account_agendas_lane_check CHECK (lane IN
  ('DISPATCH', 'REGISTER', 'RESOLVE', 'MATERIALISE', 'POLL', 'APPLY', 'SETTLE_KEYS', 'REFUND', 'CLOCK', 'RECONCILE'));
INSERT INTO account_agendas (provider_account_id, lane, merchant_id, next_due_at, last_served_at)
SELECT provider_account_id, 'RECONCILE', merchant_id, clock_timestamp(), clock_timestamp()
FROM account_agendas WHERE lane = 'DISPATCH';
`;
