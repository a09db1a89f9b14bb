import { after, type BusinessInstant } from '#platform/clock';
import { exactSum, type Transaction } from '#platform/database';
import { grantRetries } from '#charges';
import { hasten, type Lane } from '#merchants';

import type { ClockOperation, ClockOutcome } from './clock-operation.js';
import { LEAD_SECONDS } from './schedule.js';

const COLUMNS = `o.id, o.merchant_id AS "merchantId",
  o.provider_account_id AS "providerAccountId", o.from_at AS "fromAt", o.to_at AS "toAt",
  o.reached_at AS "reachedAt", o.told_at AS "toldAt", o.status, o.message,
  o.created_at AS "createdAt", o.completed_at AS "completedAt"`;

export const insertOperation = async (
  tx: Transaction,
  operation: Pick<ClockOperation, 'id' | 'merchantId' | 'providerAccountId' | 'fromAt' | 'toAt'>,
): Promise<void> => {
  await tx.query(
    `INSERT INTO clock_operations (merchant_id, id, provider_account_id, from_at, to_at,
       reached_at, told_at, status, created_at)
     VALUES ($1, $2, $3, $4, $5, $4, $4, 'RUNNING', $6) ON CONFLICT DO NOTHING`,
    [
      operation.merchantId,
      operation.id,
      operation.providerAccountId,
      operation.fromAt,
      operation.toAt,
      tx.now,
    ],
  );
};

export const findOperation = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<ClockOperation | undefined> => {
  const [operation] = await tx.query<ClockOperation>(
    `SELECT ${COLUMNS} FROM clock_operations o WHERE o.merchant_id = $1 AND o.id = $2`,
    [merchantId, id],
  );
  return operation;
};

/** The one that runs on this account. */
export const findRunning = async (
  tx: Transaction,
  merchantId: string,
  providerAccountId: string,
): Promise<ClockOperation | undefined> => {
  const [operation] = await tx.query<ClockOperation>(
    `SELECT ${COLUMNS} FROM clock_operations o
     WHERE o.merchant_id = $1 AND o.provider_account_id = $2 AND o.status = 'RUNNING'`,
    [merchantId, providerAccountId],
  );
  return operation;
};

/** The latest that went exactly there. */
export const findCompletedTo = async (
  tx: Transaction,
  merchantId: string,
  { providerAccountId, toAt }: { readonly providerAccountId: string; readonly toAt: Date },
): Promise<ClockOperation | undefined> => {
  const [operation] = await tx.query<ClockOperation>(
    `SELECT ${COLUMNS} FROM clock_operations o
     WHERE o.merchant_id = $1 AND o.provider_account_id = $2 AND o.to_at = $3
       AND o.status = 'COMPLETED' ORDER BY o.id DESC LIMIT 1`,
    [merchantId, providerAccountId, toAt],
  );
  return operation;
};

/** Whether anything that falls due by this account's clock, or was set off by it, is not at its end yet. What a person must decide is not
 * waited for. */
export const isUnderWay = async (
  tx: Transaction,
  { merchantId, providerAccountId }: ClockOperation,
  businessNow: BusinessInstant,
): Promise<boolean> => {
  const [row] = await tx.query<{ busy: boolean }>(
    `SELECT EXISTS (SELECT FROM charges WHERE merchant_id = $1 AND provider_account_id = $2
         AND state IN ('SCHEDULED', 'RETRY_SCHEDULED') AND send_at <= $3)
       OR EXISTS (SELECT FROM charges WHERE merchant_id = $1 AND provider_account_id = $2
         AND state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN'))
       OR EXISTS (SELECT FROM charges WHERE merchant_id = $1 AND provider_account_id = $2
         AND state = 'REGISTERED' AND (due_at <= $3 OR register_at IS NOT NULL))
       OR EXISTS (SELECT FROM schedules WHERE merchant_id = $1 AND provider_account_id = $2
         AND status = 'ACTIVE' AND next_due_at <= $4)
       OR EXISTS (SELECT FROM schedules WHERE merchant_id = $1 AND provider_account_id = $2
         AND status IN ('ACTIVE', 'PAUSED') AND cancel_at <= $3)
       OR EXISTS (SELECT FROM webhook_events WHERE merchant_id = $1 AND provider_account_id = $2
         AND status = 'RECEIVED')
       OR EXISTS (SELECT FROM refunds WHERE merchant_id = $1 AND provider_account_id = $2
         AND status IN ('PENDING', 'UNKNOWN') AND review_since IS NULL)
       OR EXISTS (SELECT FROM provider_operations WHERE merchant_id = $1
         AND provider_account_id = $2 AND state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED'))
       AS busy`,
    [merchantId, providerAccountId, businessNow, after(businessNow, LEAD_SECONDS)],
  );
  return row?.busy ?? false;
};

/** The next time at which something falls due on this account. */
export const nextInstant = async (
  tx: Transaction,
  { merchantId, providerAccountId }: ClockOperation,
): Promise<BusinessInstant | null> => {
  const [row] = await tx.query<{ at: BusinessInstant | null }>(
    `SELECT LEAST(
       (SELECT min(send_at) FROM charges WHERE merchant_id = $1 AND provider_account_id = $2
          AND state IN ('SCHEDULED', 'RETRY_SCHEDULED')),
       (SELECT min(due_at) FROM charges WHERE merchant_id = $1 AND provider_account_id = $2
          AND state = 'REGISTERED'),
       (SELECT min(next_due_at) FROM schedules WHERE merchant_id = $1
          AND provider_account_id = $2 AND status = 'ACTIVE') - make_interval(secs => $3),
       (SELECT min(cancel_at) FROM schedules WHERE merchant_id = $1
          AND provider_account_id = $2 AND status IN ('ACTIVE', 'PAUSED'))) AS at`,
    [merchantId, providerAccountId, LEAD_SECONDS],
  );
  return row?.at ?? null;
};

/** What waits by the account's clock: these lanes' next times were told in machine time, and move with it. */
const MOVED_LANES: readonly Lane[] = ['DISPATCH', 'MATERIALISE', 'REGISTER', 'RESOLVE', 'POLL'];

/** Sets the account's clock to the instant, never back. The resolver's first look at what the provider fires was told in machine time, and
 * moves with it: what fell due is looked at now, what falls due as the clock ticks on, then. */
export const moveClock = async (
  tx: Transaction,
  { merchantId, providerAccountId, id }: ClockOperation,
  { to, firstLookSeconds }: { readonly to: BusinessInstant; readonly firstLookSeconds: number },
): Promise<void> => {
  await tx.query(
    `UPDATE provider_accounts SET clock_offset_ms = GREATEST(clock_offset_ms, $3)
     WHERE merchant_id = $1 AND id = $2 AND clock_mode = 'TEST'`,
    [merchantId, providerAccountId, Math.max(0, to.getTime() - tx.now.getTime())],
  );
  await tx.query('UPDATE clock_operations SET reached_at = $3 WHERE merchant_id = $1 AND id = $2', [
    merchantId,
    id,
    to,
  ]);
  await tx.query(
    `WITH moved AS (
       SELECT c.id, GREATEST(c.due_at - a.clock_offset_ms * interval '1 ms', $3) AS since
       FROM charges c JOIN provider_accounts a
         ON a.merchant_id = c.merchant_id AND a.id = c.provider_account_id
       WHERE c.merchant_id = $1 AND c.provider_account_id = $2
         AND c.state = 'REGISTERED' AND c.register_at IS NULL)
     UPDATE charges c SET unresolved_since = moved.since,
       next_look_at = moved.since + make_interval(secs => $4)
     FROM moved WHERE c.merchant_id = $1 AND c.id = moved.id
       AND c.next_look_at > moved.since + make_interval(secs => $4)`,
    [merchantId, providerAccountId, tx.now, firstLookSeconds],
  );
  await grantRetries(tx, { merchantId, providerAccountId });
  const lookAt = after(tx.now, firstLookSeconds);
  await hasten(tx, [
    ...MOVED_LANES.map((lane) => ({ providerAccountId, lane, at: tx.now })),
    { providerAccountId, lane: 'RESOLVE', at: lookAt },
  ]);
};

export const writeTold = async (
  tx: Transaction,
  { merchantId, id }: ClockOperation,
  toldAt: BusinessInstant,
): Promise<void> => {
  await tx.query(
    `UPDATE clock_operations SET told_at = GREATEST(told_at, $3)
     WHERE merchant_id = $1 AND id = $2`,
    [merchantId, id, toldAt],
  );
};

/** It ends at that time, or where it is by now. */
export const shortenOperation = async (
  tx: Transaction,
  { merchantId, id }: ClockOperation,
  toAt: BusinessInstant,
): Promise<void> => {
  await tx.query(
    `UPDATE clock_operations SET to_at = GREATEST($3, reached_at)
     WHERE merchant_id = $1 AND id = $2 AND status = 'RUNNING' AND to_at > $3`,
    [merchantId, id, toAt],
  );
};

export const endOperation = async (
  tx: Transaction,
  { merchantId, id }: ClockOperation,
  end: { readonly status: 'COMPLETED' | 'FAILED'; readonly message: string | null },
): Promise<void> => {
  await tx.query(
    `UPDATE clock_operations SET status = $3, message = $4, completed_at = $5
     WHERE merchant_id = $1 AND id = $2 AND status = 'RUNNING'`,
    [merchantId, id, end.status, end.message, tx.now],
  );
};

/** Ids are UUIDv7 of the process that wrote them; its clock may be this much off the database's. */
const CLOCK_SKEW_MS = 60_000;

/** The first UUIDv7 of a millisecond. */
const firstIdAt = (atMs: number): string => {
  const hex = Math.max(0, atMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

/** Read from history, whose rows know when they were written: nothing is counted twice, and nothing is kept for it. */
export const readOutcome = async (
  tx: Transaction,
  { merchantId, providerAccountId, createdAt, completedAt }: ClockOperation,
): Promise<ClockOutcome> => {
  const rows = await tx.query<{ to: string; currency: string; count: number; sum: number }>(
    `SELECT t.to_state AS to, c.currency, count(*)::int AS count,
       ${exactSum('sum(c.amount_minor)')} AS sum
     FROM charge_transitions t
     JOIN charges c ON c.merchant_id = t.merchant_id AND c.id = t.charge_id
     WHERE t.merchant_id = $1 AND c.provider_account_id = $2 AND t.id >= $3
       AND t.recorded_at >= $4 AND t.recorded_at <= $5
       AND t.to_state IN ('SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED')
     GROUP BY 1, 2 ORDER BY 2`,
    [
      merchantId,
      providerAccountId,
      firstIdAt(createdAt.getTime() - CLOCK_SKEW_MS),
      createdAt,
      completedAt ?? tx.now,
    ],
  );
  const countOf = (state: string) =>
    rows.reduce((total, { to, count }) => total + (to === state ? count : 0), 0);
  return {
    succeeded: countOf('SUCCEEDED'),
    failed: countOf('FAILED'),
    retried: countOf('RETRY_SCHEDULED'),
    money: rows
      .filter(({ to }) => to === 'SUCCEEDED')
      .map(({ currency, sum }) => ({ currency, amountMinor: sum })),
  };
};
