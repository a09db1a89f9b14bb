import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TheHouse1763769600000 implements MigrationInterface {
  name = 'TheHouse1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  /** Money is never un-migrated: what was learned stays (expand, then contract). */
  async down(): Promise<void> {
    throw new Error('expected no way back from the first migration; restore a backup instead');
  }
}

const SQL = /* sql */ `
-- The first schema. Every merchant's table has merchant_id first in its primary, unique and foreign keys; row-level security is forced
-- for the role the application works as. Rules that can be constraints are constraints.

-- The role all work is done as (SET LOCAL ROLE in each transaction): neither owner nor superuser, so row-level security binds it.
DO $$ BEGIN
  CREATE ROLE refrain_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT refrain_app TO %I', current_user);
EXCEPTION WHEN unique_violation OR SQLSTATE 'XX000' THEN NULL; -- two databases of one cluster migrated at the same instant
END $$;

CREATE FUNCTION current_merchant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('refrain.merchant_id', true), '')::uuid $$;

CREATE TABLE merchants (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  created_at timestamptz NOT NULL
);

CREATE TABLE data_keys (
  merchant_id uuid NOT NULL REFERENCES merchants (id),
  id uuid NOT NULL,
  wrapped_key text NOT NULL,
  encryption_key_id text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

CREATE TABLE api_keys (
  merchant_id uuid NOT NULL REFERENCES merchants (id),
  id uuid NOT NULL,
  name text NOT NULL,
  secret_hash text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (merchant_id, id)
);

CREATE TABLE provider_accounts (
  merchant_id uuid NOT NULL REFERENCES merchants (id),
  id uuid NOT NULL,
  name text NOT NULL,
  provider text NOT NULL CHECK (provider IN ('PORTONE', 'NEXI')),
  mode text NOT NULL CHECK (mode IN ('SANDBOX', 'LIVE')),
  base_url text NOT NULL,
  sealed_credentials text NOT NULL,
  sealed_webhook_secret text NOT NULL,
  webhook_token_hash text NOT NULL,
  sealed_webhook_token text NOT NULL,
  currencies text[] NOT NULL CHECK (cardinality(currencies) > 0),
  terms_url text,
  return_hosts text[] NOT NULL DEFAULT '{}',
  notification_url text,
  rate_limit_per_second integer CHECK (rate_limit_per_second > 0),
  replay text NOT NULL DEFAULT 'UNPROVEN' CHECK (replay IN ('ENFORCED', 'UNPROVEN')),
  is_reference_reusable boolean NOT NULL DEFAULT true,
  is_raw_card_registration_on boolean NOT NULL DEFAULT false,
  bulk_operation_size integer NOT NULL DEFAULT 500 CHECK (bulk_operation_size BETWEEN 1 AND 5000),
  clock_mode text NOT NULL DEFAULT 'REAL' CHECK (clock_mode IN ('REAL', 'TEST')),
  clock_offset_ms bigint NOT NULL DEFAULT 0 CHECK (clock_offset_ms >= 0),
  request_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, name),
  CHECK (clock_mode = 'TEST' OR clock_offset_ms = 0),
  CHECK (clock_mode = 'REAL' OR mode = 'SANDBOX')
);

-- The only cross-merchant read of the hot path, outside row-level security; its columns are hints that a sweep repairs.
-- next_due_at is machine time. One row per account and lane of work.
CREATE TABLE account_agendas (
  provider_account_id uuid NOT NULL,
  lane text NOT NULL CHECK (lane IN ('DISPATCH', 'REGISTER', 'RESOLVE', 'MATERIALISE', 'POLL', 'APPLY', 'SETTLE_KEYS', 'REFUND', 'CLOCK')),
  merchant_id uuid NOT NULL,
  next_due_at timestamptz NOT NULL,
  last_served_at timestamptz NOT NULL,
  tokens double precision NOT NULL DEFAULT 0,
  refilled_at timestamptz,
  held boolean NOT NULL DEFAULT false,
  is_resting boolean NOT NULL DEFAULT false,   -- the last serving found nothing more: one more look, then it sleeps
  PRIMARY KEY (provider_account_id, lane)
) WITH (fillfactor = 50);
CREATE INDEX account_agendas_due ON account_agendas (lane, next_due_at) WHERE NOT held;

CREATE TABLE retry_policies (
  merchant_id uuid NOT NULL REFERENCES merchants (id),
  id uuid NOT NULL,
  name text NOT NULL,
  delays_seconds integer[] NOT NULL CHECK (cardinality(delays_seconds) <= 20),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, name)
);

CREATE TABLE billing_keys (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  customer_ref text NOT NULL CHECK (customer_ref <> ''),
  provider_key text NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'INVALID', 'DELETED')),
  masked_number text,
  brand text,
  expires_on text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  verified_at timestamptz,
  deleted_at timestamptz,
  deletion_reason text,
  idempotency_key text,
  request_hash text,
  looks integer NOT NULL DEFAULT 0,
  next_look_at timestamptz,               -- machine time: a PENDING key is looked up, a deletion that was begun is ended
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, idempotency_key),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id)
);
CREATE INDEX billing_keys_to_look_at
  ON billing_keys (merchant_id, provider_account_id, next_look_at) WHERE next_look_at IS NOT NULL;
CREATE UNIQUE INDEX billing_keys_one_per_provider_key
  ON billing_keys (merchant_id, provider_account_id, provider_key) WHERE status <> 'DELETED';
CREATE INDEX billing_keys_by_customer ON billing_keys (merchant_id, customer_ref, id);

CREATE TABLE card_registrations (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  customer_ref text NOT NULL,
  currency text NOT NULL,
  return_url text NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'COMPLETED', 'FAILED', 'EXPIRED')),
  provider_payment_id text,
  payment_url text,
  billing_key_id uuid,
  failure_reason text,
  idempotency_key text,
  request_hash text NOT NULL,
  looks integer NOT NULL DEFAULT 0,
  next_look_at timestamptz,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, idempotency_key),
  UNIQUE (merchant_id, provider_account_id, provider_payment_id),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id),
  FOREIGN KEY (merchant_id, billing_key_id) REFERENCES billing_keys (merchant_id, id)
);
CREATE INDEX card_registrations_to_look_at
  ON card_registrations (merchant_id, provider_account_id, next_look_at) WHERE status = 'PENDING';

CREATE TABLE schedules (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  billing_key_id uuid NOT NULL,
  external_id text,
  order_id text NOT NULL CHECK (order_id ~ '^[A-Za-z0-9._-]{1,32}$'),
  order_name text NOT NULL,
  order_items jsonb NOT NULL DEFAULT '[]',
  amount_minor bigint NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 9007199254740991),
  currency text NOT NULL,
  recurrence jsonb,                       -- absent: a one-off
  start_at timestamptz NOT NULL,
  end_at timestamptz,
  max_occurrences integer CHECK (max_occurrences > 0),
  execution text NOT NULL CHECK (execution IN ('PROVIDER_SCHEDULED', 'SERVICE_DISPATCHED')),
  when_previous_open text NOT NULL DEFAULT 'CHARGE' CHECK (when_previous_open IN ('CHARGE', 'WAIT', 'SKIP')),
  catch_up text NOT NULL DEFAULT 'ALL' CHECK (catch_up IN ('ALL', 'LATEST', 'NONE')),
  retry_policy_id uuid,
  status text NOT NULL CHECK (status IN ('ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELED')),
  next_number integer NOT NULL DEFAULT 1,  -- the next occurrence that has no charge yet
  next_due_at timestamptz,                 -- its due time (business); absent when there is none
  anchor_at timestamptz NOT NULL,          -- what occurrences are computed from, and the number it has: start_at and 1 until changed
  anchor_number integer NOT NULL DEFAULT 1 CHECK (anchor_number > 0),
  skip_due_before timestamptz,             -- what fell due before it was paused over, and is skipped
  pause_reason text,
  version integer NOT NULL DEFAULT 1,
  request_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, external_id),
  UNIQUE (merchant_id, order_id),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id),
  FOREIGN KEY (merchant_id, billing_key_id) REFERENCES billing_keys (merchant_id, id),
  FOREIGN KEY (merchant_id, retry_policy_id) REFERENCES retry_policies (merchant_id, id)
);
CREATE INDEX schedules_to_materialise
  ON schedules (merchant_id, provider_account_id, next_due_at) WHERE status = 'ACTIVE' AND next_due_at IS NOT NULL;
CREATE INDEX schedules_by_key ON schedules (merchant_id, billing_key_id);

CREATE TABLE bulk_charges (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  external_id text NOT NULL CHECK (external_id <> ''),
  status text NOT NULL CHECK (status IN
    ('DRAFT', 'AWAITING_APPROVAL', 'SUBMITTING', 'PROCESSING', 'PAUSED', 'HELD', 'COMPLETED', 'CANCELED')),
  retry_policy_id uuid,
  request_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  submitted_at timestamptz,
  completed_at timestamptz,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, external_id),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id),
  FOREIGN KEY (merchant_id, retry_policy_id) REFERENCES retry_policies (merchant_id, id)
);

-- Counts as inserted deltas, folded by the reader and a sweep: never an update of one hot row.
CREATE TABLE bulk_charge_counts (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  bulk_charge_id uuid NOT NULL,
  pending integer NOT NULL DEFAULT 0,
  succeeded integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  unknown integer NOT NULL DEFAULT 0,
  canceled integer NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, bulk_charge_id) REFERENCES bulk_charges (merchant_id, id)
);
CREATE INDEX bulk_charge_counts_by_bulk ON bulk_charge_counts (merchant_id, bulk_charge_id);

-- One asynchronous operation at a provider: the frozen body is kept here once, for all its attempts.
CREATE TABLE provider_operations (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  bulk_charge_id uuid,
  external_operation_id text NOT NULL CHECK (length(external_operation_id) BETWEEN 1 AND 64),
  request jsonb NOT NULL,
  request_hash text NOT NULL,
  item_count integer NOT NULL,
  state text NOT NULL CHECK (state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED', 'DONE', 'REFUSED', 'NOT_SENT', 'NEEDS_REVIEW')),
  provider_operation_id text,
  sends integer NOT NULL DEFAULT 0,
  polls integer NOT NULL DEFAULT 0,
  next_poll_at timestamptz,               -- machine time
  lease_token uuid,
  lease_until timestamptz,
  answer jsonb,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, provider_account_id, external_operation_id),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id),
  FOREIGN KEY (merchant_id, bulk_charge_id) REFERENCES bulk_charges (merchant_id, id)
);
CREATE INDEX provider_operations_to_poll
  ON provider_operations (merchant_id, provider_account_id, next_poll_at) WHERE state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED');

-- Every edge a charge may take; a transition row points at it, so the database refuses any other (docs/state-machines.md).
CREATE TABLE allowed_transitions (
  from_state text NOT NULL,
  to_state text NOT NULL,
  PRIMARY KEY (from_state, to_state)
);
INSERT INTO allowed_transitions (from_state, to_state)
SELECT edges.from_state, unnest(edges.to_states) FROM (VALUES
  ('NONE', ARRAY['SCHEDULED']),
  ('SCHEDULED', ARRAY['REGISTERED', 'SUBMITTING', 'CANCELED', 'SKIPPED', 'FAILED', 'RETRY_SCHEDULED']),
  ('REGISTERED', ARRAY['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'UNKNOWN', 'SCHEDULED', 'CANCELED', 'SKIPPED']),
  ('SUBMITTING', ARRAY['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'UNKNOWN', 'SCHEDULED']),
  ('PROCESSING', ARRAY['SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'UNKNOWN', 'NEEDS_REVIEW']),
  ('UNKNOWN', ARRAY['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'SUBMITTING', 'NEEDS_REVIEW']),
  ('NEEDS_REVIEW', ARRAY['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'SUBMITTING']),
  ('RETRY_SCHEDULED', ARRAY['SUBMITTING', 'FAILED', 'CANCELED', 'SUCCEEDED']),
  ('FAILED', ARRAY['RETRY_SCHEDULED', 'SUCCEEDED']),
  ('CANCELED', ARRAY['SUCCEEDED']),
  ('SKIPPED', ARRAY['SUCCEEDED']),
  ('SUCCEEDED', ARRAY['PARTIALLY_REFUNDED', 'REFUNDED']),
  ('PARTIALLY_REFUNDED', ARRAY['REFUNDED'])
) AS edges (from_state, to_states);

CREATE TABLE charges (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  billing_key_id uuid NOT NULL,
  order_id text COLLATE "C" NOT NULL CHECK (order_id ~ '^[A-Za-z0-9._-]{1,40}$'),
  order_name text NOT NULL,
  order_items jsonb NOT NULL DEFAULT '[]',
  amount_minor bigint NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 9007199254740991),
  currency text NOT NULL,
  origin text NOT NULL CHECK (origin IN ('REQUEST', 'SCHEDULE', 'BULK')),
  schedule_id uuid,
  occurrence_number integer,
  bulk_charge_id uuid,
  bulk_line integer,
  retry_policy_id uuid,
  is_retry_off boolean NOT NULL DEFAULT false,   -- a bulk item without a policy of its bulk
  request_hash text,
  state text NOT NULL CHECK (state IN ('SCHEDULED', 'REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW',
    'RETRY_SCHEDULED', 'SUCCEEDED', 'FAILED', 'CANCELED', 'SKIPPED', 'PARTIALLY_REFUNDED', 'REFUNDED')),
  version integer NOT NULL DEFAULT 1,            -- counts the transitions; the last one's version
  due_at timestamptz NOT NULL,                   -- business time
  send_at timestamptz NOT NULL,                  -- business time: when it may be claimed next (due, then each retry)
  attempt_count integer NOT NULL DEFAULT 0,
  declines integer NOT NULL DEFAULT 0,           -- retry steps used up
  setbacks integer NOT NULL DEFAULT 0,           -- definite non-sends and transient refusals in a row: back-off, not a step
  failure_code text,
  failure_class text,
  provider_code text,
  provider_message text,
  looks integer NOT NULL DEFAULT 0,
  absents integer NOT NULL DEFAULT 0,            -- times in a row that the provider did not know it
  first_absent_at timestamptz,                   -- machine time
  next_look_at timestamptz,                      -- machine time
  unresolved_since timestamptz,                  -- machine time: when it became SUBMITTING, PROCESSING or UNKNOWN
  register_at timestamptz,                       -- machine time: the registrar's next step; absent: the provider has it, or needs no word
  revocation text CHECK (revocation IN ('FOLLOW_SCHEDULE', 'CANCEL', 'SKIP')),  -- wished: take it back from the provider, then this
  lease_token uuid,
  lease_until timestamptz,                       -- machine time
  refunded_minor bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, order_id),
  UNIQUE (merchant_id, schedule_id, occurrence_number),
  UNIQUE (merchant_id, bulk_charge_id, bulk_line),
  CHECK ((origin = 'SCHEDULE') = (schedule_id IS NOT NULL)),
  CHECK ((schedule_id IS NULL) = (occurrence_number IS NULL)),
  CHECK ((origin = 'BULK') = (bulk_charge_id IS NOT NULL)),
  CHECK (refunded_minor >= 0 AND refunded_minor <= amount_minor),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id),
  FOREIGN KEY (merchant_id, billing_key_id) REFERENCES billing_keys (merchant_id, id),
  FOREIGN KEY (merchant_id, schedule_id) REFERENCES schedules (merchant_id, id),
  FOREIGN KEY (merchant_id, bulk_charge_id) REFERENCES bulk_charges (merchant_id, id),
  FOREIGN KEY (merchant_id, retry_policy_id) REFERENCES retry_policies (merchant_id, id)
) WITH (fillfactor = 80);
-- What is live, and only that: the settled millions are in none of these.
CREATE INDEX charges_to_send ON charges (merchant_id, provider_account_id, send_at)
  WHERE state IN ('SCHEDULED', 'RETRY_SCHEDULED');
CREATE INDEX charges_to_look_at ON charges (merchant_id, provider_account_id, next_look_at)
  WHERE state IN ('REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW') AND next_look_at IS NOT NULL;
CREATE INDEX charges_to_register ON charges (merchant_id, provider_account_id, register_at)
  WHERE state = 'REGISTERED' AND register_at IS NOT NULL;
CREATE INDEX charges_live_by_key ON charges (merchant_id, billing_key_id)
  WHERE state IN ('SCHEDULED', 'REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW', 'RETRY_SCHEDULED');
CREATE INDEX charges_by_state ON charges (merchant_id, state, id);
CREATE INDEX charges_by_due ON charges (merchant_id, due_at, id);
CREATE INDEX charges_by_bulk ON charges (merchant_id, bulk_charge_id, bulk_line) WHERE bulk_charge_id IS NOT NULL;
CREATE INDEX charges_by_key ON charges (merchant_id, billing_key_id, id);

CREATE TABLE attempts (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  charge_id uuid NOT NULL,
  number integer NOT NULL,
  provider_account_id uuid NOT NULL,
  billing_key_id uuid NOT NULL,
  provider_reference text NOT NULL CHECK (provider_reference ~ '^[a-z0-9]{20,36}$'),
  kind text NOT NULL CHECK (kind IN ('CHARGE', 'SCHEDULE', 'BULK')),
  provider_operation_id uuid,
  request jsonb,                                  -- absent for BULK: kept once on the operation
  request_hash text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  sends integer NOT NULL DEFAULT 0,
  sent_at timestamptz,                            -- business time of the first send
  outcome text CHECK (outcome IN
    ('NOT_SENT', 'REJECTED', 'DECLINED', 'SUCCEEDED', 'PENDING', 'UNKNOWN', 'DUPLICATE_CAPTURE')),  -- absent: under way
  failure_code text,
  provider_code text,
  provider_message text,
  provider_payment_id text,
  provider_charge_id text,
  captured_minor bigint NOT NULL DEFAULT 0,
  refunded_minor bigint NOT NULL DEFAULT 0,
  reserved_minor bigint NOT NULL DEFAULT 0,
  answer jsonb,
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, charge_id, number),
  UNIQUE (merchant_id, provider_account_id, provider_reference, number),
  CHECK (captured_minor >= 0 AND refunded_minor >= 0 AND reserved_minor >= 0),
  CHECK (refunded_minor + reserved_minor <= captured_minor),
  FOREIGN KEY (merchant_id, charge_id) REFERENCES charges (merchant_id, id),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id),
  FOREIGN KEY (merchant_id, billing_key_id) REFERENCES billing_keys (merchant_id, id),
  FOREIGN KEY (merchant_id, provider_operation_id) REFERENCES provider_operations (merchant_id, id)
) WITH (fillfactor = 80);
-- At most one attempt under way per charge, and at most one success that counts.
CREATE UNIQUE INDEX attempts_one_live ON attempts (merchant_id, charge_id)
  WHERE outcome IS NULL OR outcome IN ('PENDING', 'UNKNOWN');
CREATE UNIQUE INDEX attempts_one_success ON attempts (merchant_id, charge_id) WHERE outcome = 'SUCCEEDED';
-- Pages of an operation are matched by key, so a key stands in one operation once.
CREATE UNIQUE INDEX attempts_one_key_per_operation ON attempts (merchant_id, provider_operation_id, billing_key_id)
  WHERE provider_operation_id IS NOT NULL;
CREATE UNIQUE INDEX attempts_one_per_provider_payment ON attempts (merchant_id, provider_account_id, provider_payment_id)
  WHERE provider_payment_id IS NOT NULL AND outcome IN ('SUCCEEDED', 'DUPLICATE_CAPTURE');
-- The other half, so that a webhook about a failed or undecided payment finds its attempt too.
CREATE INDEX attempts_by_provider_payment ON attempts (merchant_id, provider_account_id, provider_payment_id)
  WHERE provider_payment_id IS NOT NULL AND (outcome IS NULL OR outcome NOT IN ('SUCCEEDED', 'DUPLICATE_CAPTURE'));

CREATE TABLE charge_transitions (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  charge_id uuid NOT NULL,
  version integer NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  at timestamptz NOT NULL,                        -- business time
  recorded_at timestamptz NOT NULL,               -- machine time
  cause text NOT NULL,
  evidence jsonb,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (from_state, to_state) REFERENCES allowed_transitions (from_state, to_state)
) PARTITION BY RANGE (id);
CREATE INDEX charge_transitions_by_charge ON charge_transitions (merchant_id, charge_id, version);

-- What was learned and not applied: answers to a stale lease, rows that could not be settled.
CREATE TABLE observations (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  charge_id uuid NOT NULL,
  attempt_id uuid,
  note text NOT NULL,
  outcome jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX observations_by_charge ON observations (merchant_id, charge_id);

CREATE TABLE incidents (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('LATE_SUCCESS', 'DUPLICATE_CAPTURE', 'AMOUNT_DIFFERS', 'FOREIGN_PAYMENT', 'CONFIGURATION', 'QUARANTINED', 'UNCLEAR_OPERATION')),
  charge_id uuid,
  provider_account_id uuid,
  detail jsonb NOT NULL,
  opened_at timestamptz NOT NULL,
  resolved_at timestamptz,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, charge_id) REFERENCES charges (merchant_id, id)
);
CREATE INDEX incidents_open ON incidents (merchant_id, opened_at) WHERE resolved_at IS NULL;

CREATE TABLE refunds (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  charge_id uuid NOT NULL,
  attempt_id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED')),
  origin text NOT NULL CHECK (origin IN ('MERCHANT', 'OPERATOR', 'PROVIDER')),
  reason text NOT NULL,
  idempotency_key text,
  request_hash text NOT NULL,
  request jsonb,
  refunded_before_minor bigint NOT NULL,
  provider_refund_id text,
  failure_code text,
  provider_message text,
  sends integer NOT NULL DEFAULT 0,
  looks integer NOT NULL DEFAULT 0,
  next_look_at timestamptz,
  lease_token uuid,
  lease_until timestamptz,
  answer jsonb,
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, idempotency_key),
  FOREIGN KEY (merchant_id, charge_id) REFERENCES charges (merchant_id, id),
  FOREIGN KEY (merchant_id, attempt_id) REFERENCES attempts (merchant_id, id)
);
CREATE UNIQUE INDEX refunds_one_live ON refunds (merchant_id, attempt_id) WHERE status IN ('PENDING', 'UNKNOWN');
CREATE INDEX refunds_to_look_at ON refunds (merchant_id, provider_account_id, next_look_at) WHERE status IN ('PENDING', 'UNKNOWN');
CREATE INDEX refunds_by_charge ON refunds (merchant_id, charge_id, id);

-- The inbox: stored before the 200.
CREATE TABLE webhook_events (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  dedupe_key text NOT NULL,
  event text NOT NULL,
  claims text NOT NULL,
  provider_payment_id text,
  reference text,
  order_id text,
  body jsonb NOT NULL,
  status text NOT NULL CHECK (status IN ('RECEIVED', 'APPLIED', 'IGNORED', 'ORPHANED')),
  note text,
  charge_id uuid,
  tries integer NOT NULL DEFAULT 0,
  received_at timestamptz NOT NULL,
  next_apply_at timestamptz,
  applied_at timestamptz,
  PRIMARY KEY (merchant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX webhook_events_to_apply ON webhook_events (merchant_id, provider_account_id, next_apply_at) WHERE status = 'RECEIVED';
CREATE INDEX webhook_events_by_dedupe_key ON webhook_events (merchant_id, provider_account_id, dedupe_key);

-- The outbox.
CREATE TABLE events (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  type text NOT NULL,
  subject_id uuid NOT NULL,
  data jsonb NOT NULL,
  at timestamptz NOT NULL,
  transaction_id xid8 NOT NULL,
  PRIMARY KEY (merchant_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX events_by_subject ON events (merchant_id, subject_id, id);

CREATE TABLE clock_operations (
  merchant_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_account_id uuid NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  reached_at timestamptz NOT NULL,
  told_at timestamptz NOT NULL,           -- how far the sandbox's clock is known to have come along
  status text NOT NULL CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED')),
  message text,
  lease_until timestamptz,
  created_at timestamptz NOT NULL,
  completed_at timestamptz,
  PRIMARY KEY (merchant_id, id),
  FOREIGN KEY (merchant_id, provider_account_id) REFERENCES provider_accounts (merchant_id, id)
);
CREATE UNIQUE INDEX clock_operations_one_running ON clock_operations (merchant_id, provider_account_id) WHERE status = 'RUNNING';

-- History is partitioned by the month in its UUIDv7 id, so that old months can be detached.
CREATE FUNCTION ensure_history_partitions(months_from date, months integer) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  parent text; month date; lower_bound uuid; upper_bound uuid; child text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['charge_transitions', 'observations', 'webhook_events', 'events'] LOOP
    FOR i IN 0..months - 1 LOOP
      month := (date_trunc('month', months_from) + make_interval(months => i))::date;
      lower_bound := rpad(lpad(to_hex((extract(epoch FROM month::timestamp) * 1000)::bigint), 12, '0'), 32, '0')::uuid;
      upper_bound := rpad(lpad(to_hex((extract(epoch FROM month + interval '1 month') * 1000)::bigint), 12, '0'), 32, '0')::uuid;
      child := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
      IF to_regclass(format('public.%I', child)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent, lower_bound, upper_bound);
      END IF;
    END LOOP;
  END LOOP;
END $$;
DO $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['charge_transitions', 'observations', 'webhook_events', 'events'] LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_default', parent);
  END LOOP;
  PERFORM ensure_history_partitions(current_date, 4);
END $$;

-- Row-level security, forced, for every table that a merchant owns.
DO $$
DECLARE owned text;
BEGIN
  FOR owned IN
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'merchant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'account_agendas'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY own_merchant ON %I USING (merchant_id = current_merchant()) WITH CHECK (merchant_id = current_merchant())', owned);
  END LOOP;
END $$;
ALTER TABLE merchants ENABLE ROW LEVEL SECURITY;
ALTER TABLE merchants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_merchant ON merchants USING (id = current_merchant()) WITH CHECK (id = current_merchant());

GRANT USAGE ON SCHEMA public TO refrain_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO refrain_app;
REVOKE INSERT, UPDATE ON allowed_transitions FROM refrain_app;
REVOKE UPDATE ON charge_transitions, observations, events, bulk_charge_counts FROM refrain_app;
GRANT DELETE ON account_agendas, bulk_charge_counts TO refrain_app;
-- History is reached through its parents alone: a partition by its own name would know neither the append-only rule nor the merchant.
DO $$
DECLARE child regclass;
BEGIN
  FOR child IN SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class p ON p.oid = inhparent WHERE p.relkind = 'p' LOOP
    EXECUTE format('REVOKE ALL ON %s FROM refrain_app', child);
  END LOOP;
END $$;
`;
