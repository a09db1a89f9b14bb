import type { Transaction } from '#platform/database';
import { hasten } from '#merchants';
import type { WebhookHint } from '#providers/contract';

export interface ReceivedEvent {
  readonly id: string;
  readonly providerAccountId: string;
  readonly hint: WebhookHint;
  /** Redacted, and of strings that PostgreSQL takes. */
  readonly body: unknown;
}

/** Stores what came in, many at once, and tells the applier. */
export const insertEvents = async (
  tx: Transaction,
  merchantId: string,
  events: readonly ReceivedEvent[],
): Promise<void> => {
  const rows = events.map(({ id, providerAccountId, hint, body }) => ({
    id,
    provider_account_id: providerAccountId,
    dedupe_key: hint.dedupeKey,
    event: hint.event,
    claims: hint.claims,
    provider_payment_id: hint.providerPaymentId,
    reference: hint.reference,
    order_id: hint.orderId,
    body,
  }));
  await tx.query(
    `INSERT INTO webhook_events (merchant_id, id, provider_account_id, dedupe_key, event, claims,
       provider_payment_id, reference, order_id, body, status, received_at, next_apply_at)
     SELECT m.id, r.id, r.provider_account_id, r.dedupe_key, r.event, r.claims,
       r.provider_payment_id, r.reference, r.order_id, r.body, 'RECEIVED', $3, $3
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, provider_account_id uuid, dedupe_key text,
       event text, claims text, provider_payment_id text, reference text, order_id text,
       body jsonb) ON true
     WHERE m.id = $1`,
    [merchantId, JSON.stringify(rows), tx.now],
  );
  const accounts = [...new Set(events.map(({ providerAccountId }) => providerAccountId))].sort();
  await hasten(
    tx,
    accounts.map((providerAccountId) => ({ providerAccountId, lane: 'APPLY', at: tx.now })),
  );
};
