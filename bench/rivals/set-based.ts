import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { charge, newReference, requestOf } from './provider.js';

export interface Due {
  readonly id: string;
  readonly billing_key: string;
  readonly order_id: string;
  readonly amount: number;
  readonly next_number: number;
}

/** Marks what is due as queued; the caller puts it into the queue in the same statement or right after. */
export const TAKE_DUE = `UPDATE subscriptions SET status = 'QUEUED' WHERE id IN (
    SELECT id FROM subscriptions WHERE status = 'ACTIVE' AND next_due_at <= now()
    ORDER BY next_due_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
  RETURNING id, billing_key, order_id, amount, next_number`;

/** One charge as somebody writes it who knows the database: one statement before the call, one after it, each a commit. */
export const chargeOne = async (pool: pg.Pool, due: Due): Promise<void> => {
  const { billing_key: billingKey, amount, next_number: number } = due;
  const orderId = `${due.order_id}-${number}`;
  const call = { reference: newReference(), billingKey, orderId, amount };
  const [paymentId, attemptId] = [randomUUID(), randomUUID()];
  await pool.query({
    name: 'intent',
    text: `WITH payment AS (
        INSERT INTO payments (id, subscription_id, number, order_id, amount, status, created_at)
        VALUES ($1, $2, $3, $4, $5, 'PENDING', now()))
      INSERT INTO payment_attempts (id, payment_id, reference, status, request)
      VALUES ($6, $1, $7, 'SENT', $8)`,
    values: [
      paymentId,
      due.id,
      number,
      orderId,
      amount,
      attemptId,
      call.reference,
      requestOf(call),
    ],
  });
  const answer = await charge(call);
  const status = answer.isPaid ? 'SUCCEEDED' : 'FAILED';
  await pool.query({
    name: 'outcome',
    text: `WITH attempt AS (
        UPDATE payment_attempts SET status = $2, answer = $3 WHERE id = $1),
      payment AS (UPDATE payments SET status = $2, settled_at = now() WHERE id = $4),
      subscription AS (UPDATE subscriptions SET status = 'ACTIVE', next_number = next_number + 1,
        next_due_at = next_due_at + interval '1 month' WHERE id = $5)
      INSERT INTO outbox_events (id, type, payment_id, payload) VALUES ($6, $7, $4, $8)`,
    values: [
      ...[attemptId, status, JSON.stringify(answer.body), paymentId, due.id, randomUUID()],
      ...[`payment.${status.toLowerCase()}`, { orderId, amount }],
    ],
  });
};
