import { businessInstant, machineTimeOf } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { recordEvents } from '#events';
import { hasten } from '#merchants';

import type { NewCharge } from './charge.js';
import { recordTransitions } from './transitions.repository.js';

export interface AcceptContext {
  readonly merchantId: string;
  readonly clockOffsetMs: number;
}

/** Writes charges down as SCHEDULED, with their first transition and event, and puts them on their account's agenda.
 * One that breaks a unique rule (its order id, its occurrence, its bulk line) is left out. Answers the ids that were written. */
export const acceptCharges = async (
  tx: Transaction,
  charges: readonly NewCharge[],
  context: AcceptContext,
): Promise<Set<string>> => {
  if (charges.length === 0) return new Set();
  const { merchantId, clockOffsetMs } = context;
  const businessNow = businessInstant(tx.now.getTime() + clockOffsetMs);
  const accepted = new Set(await insertCharges(tx, charges, { merchantId, businessNow }));
  const written = charges.filter(({ id }) => accepted.has(id));
  await recordTransitions(
    tx,
    merchantId,
    written.map(({ id, cause }) => ({
      chargeId: id,
      version: 1,
      from: 'NONE',
      to: 'SCHEDULED',
      at: businessNow,
      cause,
    })),
  );
  await recordEvents(
    tx,
    merchantId,
    written.map((charge) => ({
      type: 'charge.scheduled',
      subjectId: charge.id,
      data: { orderId: charge.orderId, dueAt: charge.dueAt },
      at: businessNow,
    })),
  );
  await hasten(tx, earliestPerAccount(written, clockOffsetMs));
  return accepted;
};

const earliestPerAccount = (charges: readonly NewCharge[], clockOffsetMs: number) => {
  const earliest = new Map<string, NewCharge>();
  for (const charge of charges) {
    const known = earliest.get(charge.providerAccountId);
    if (!known || charge.dueAt < known.dueAt) earliest.set(charge.providerAccountId, charge);
  }
  return [...earliest].map(([providerAccountId, { dueAt }]) => ({
    providerAccountId,
    lane: 'DISPATCH' as const,
    at: machineTimeOf(dueAt, clockOffsetMs),
  }));
};

const insertCharges = async (
  tx: Transaction,
  charges: readonly NewCharge[],
  { merchantId, businessNow }: { merchantId: string; businessNow: Date },
): Promise<string[]> => {
  const rows = charges.map((charge) => ({
    id: charge.id,
    provider_account_id: charge.providerAccountId,
    billing_key_id: charge.billingKeyId,
    order_id: charge.orderId,
    order_name: charge.orderName,
    order_items: charge.orderItems,
    amount_minor: charge.amountMinor,
    currency: charge.currency,
    origin: charge.origin,
    schedule_id: charge.scheduleId ?? null,
    occurrence_number: charge.occurrenceNumber ?? null,
    bulk_charge_id: charge.bulkChargeId ?? null,
    bulk_line: charge.bulkLine ?? null,
    retry_policy_id: charge.retryPolicyId ?? null,
    is_retry_off: charge.isRetryOff ?? false,
    request_hash: charge.requestHash ?? null,
    due_at: charge.dueAt,
  }));
  const inserted = await tx.query<{ id: string }>(
    `INSERT INTO charges (merchant_id, id, provider_account_id, billing_key_id, order_id, order_name,
       order_items, amount_minor, currency, origin, schedule_id, occurrence_number, bulk_charge_id,
       bulk_line, retry_policy_id, is_retry_off, request_hash, state, due_at, send_at, created_at,
       updated_at)
     SELECT m.id, r.id, r.provider_account_id, r.billing_key_id, r.order_id, r.order_name,
       r.order_items, r.amount_minor, r.currency, r.origin, r.schedule_id, r.occurrence_number,
       r.bulk_charge_id, r.bulk_line, r.retry_policy_id, r.is_retry_off, r.request_hash,
       'SCHEDULED', r.due_at, r.due_at, $3, $3
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, provider_account_id uuid, billing_key_id uuid,
       order_id text, order_name text, order_items jsonb, amount_minor bigint, currency text,
       origin text, schedule_id uuid, occurrence_number int, bulk_charge_id uuid, bulk_line int,
       retry_policy_id uuid, is_retry_off boolean, request_hash text, due_at timestamptz) ON true
     WHERE m.id = $1
     ON CONFLICT DO NOTHING RETURNING id`,
    [merchantId, JSON.stringify(rows), businessNow],
  );
  return inserted.map(({ id }) => id);
};
