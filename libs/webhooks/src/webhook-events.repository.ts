import { after, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { keysetOf, type Page } from '#platform/paging';

import type { WebhookEvent, WebhookEventStatus } from './webhook-event.js';

const COLUMNS = `id, provider_account_id AS "providerAccountId", event, claims,
  provider_payment_id AS "providerPaymentId", reference, order_id AS "orderId", body, status, note,
  charge_id AS "chargeId", tries, received_at AS "receivedAt", applied_at AS "appliedAt"`;

export interface Account {
  readonly merchantId: string;
  readonly providerAccountId: string;
}

/** Events of the account that wait to be applied, those that waited longest first. */
export const lockWaitingEvents = (
  tx: Transaction,
  { merchantId, providerAccountId }: Account,
  limit: number,
): Promise<WebhookEvent[]> =>
  tx.query<WebhookEvent>(
    `SELECT ${COLUMNS} FROM webhook_events
     WHERE merchant_id = $1 AND provider_account_id = $2 AND status = 'RECEIVED'
       AND next_apply_at <= $3
     ORDER BY next_apply_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
    [merchantId, providerAccountId, tx.now, limit],
  );

export const nextApplyAt = async (
  tx: Transaction,
  { merchantId, providerAccountId }: Account,
): Promise<MachineInstant | null> => {
  const [row] = await tx.query<{ at: MachineInstant }>(
    `SELECT next_apply_at AS at FROM webhook_events
     WHERE merchant_id = $1 AND provider_account_id = $2 AND status = 'RECEIVED'
     ORDER BY next_apply_at LIMIT 1`,
    [merchantId, providerAccountId],
  );
  return row?.at ?? null;
};

/** What became of an event: ended, or RECEIVED still and tried again at `nextApplyAt`. */
export interface EventChange {
  readonly id: string;
  readonly status: WebhookEventStatus;
  readonly note: string | null;
  readonly chargeId: string | null;
  readonly tries: number;
  readonly nextApplyAt: MachineInstant | null;
}

/** Of an event that somebody else ended meanwhile nothing is changed. */
export const writeEvents = async (
  tx: Transaction,
  merchantId: string,
  changes: readonly EventChange[],
): Promise<void> => {
  if (changes.length === 0) return;
  const rows = changes.map((change) => ({
    id: change.id,
    status: change.status,
    note: change.note,
    charge_id: change.chargeId,
    tries: change.tries,
    next_apply_at: change.nextApplyAt,
  }));
  await tx.query(
    `UPDATE webhook_events e SET status = r.status, note = r.note, charge_id = r.charge_id,
       tries = r.tries, next_apply_at = r.next_apply_at,
       applied_at = CASE WHEN r.status = 'APPLIED' THEN $3::timestamptz ELSE e.applied_at END
     FROM json_to_recordset($2::json) AS r (id uuid, status text, note text, charge_id uuid,
       tries int, next_apply_at timestamptz)
     WHERE e.merchant_id = $1 AND e.id = r.id AND e.status = 'RECEIVED'`,
    [merchantId, JSON.stringify(rows), tx.now],
  );
};

export interface WebhookEventFilter {
  readonly providerAccountId?: string | null;
  readonly statuses?: readonly WebhookEventStatus[] | null;
  readonly event?: string | null;
  readonly chargeId?: string | null;
}

/** Newest first. */
export const listEvents = (
  tx: Transaction,
  merchantId: string,
  { filter, page }: { readonly filter: WebhookEventFilter; readonly page: Page },
): Promise<WebhookEvent[]> => {
  const keyset = keysetOf(page, {
    column: 'id',
    type: 'uuid',
    direction: 'DESC',
    firstParameter: 6,
  });
  return tx.query<WebhookEvent>(
    `SELECT ${COLUMNS} FROM webhook_events WHERE merchant_id = $1
       AND ($2::uuid IS NULL OR provider_account_id = $2)
       AND ($3::text[] IS NULL OR status = ANY($3))
       AND ($4::text IS NULL OR event = $4)
       AND ($5::uuid IS NULL OR charge_id = $5)${keyset.where}${keyset.tail}`,
    [
      ...[merchantId, filter.providerAccountId ?? null, filter.statuses ?? null],
      ...[filter.event ?? null, filter.chargeId ?? null, ...keyset.parameters],
    ],
  );
};

export const findEvents = (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<WebhookEvent[]> =>
  tx.query<WebhookEvent>(
    `SELECT ${COLUMNS} FROM webhook_events WHERE merchant_id = $1 AND id = ANY($2::uuid[])`,
    [merchantId, ids],
  );

/** As if it had just come in. */
export const receiveAgain = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<WebhookEvent | undefined> => {
  const [row] = await tx.query<WebhookEvent>(
    `UPDATE webhook_events SET status = 'RECEIVED', note = NULL, tries = 0, next_apply_at = $3,
       applied_at = NULL
     WHERE merchant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
    [merchantId, id, tx.now],
  );
  return row;
};

/** A poll each second learns all that a storm of webhooks could tell. */
const POLL_GAP_SECONDS = 1;

/** Brings the next poll of bulk operations forward, to a second from now at the soonest. */
export const hastenPolls = async (
  tx: Transaction,
  merchantId: string,
  providerOperationIds: readonly string[],
): Promise<MachineInstant> => {
  const at = after(tx.now, POLL_GAP_SECONDS);
  await tx.query(
    `UPDATE provider_operations SET next_poll_at = $3
     WHERE merchant_id = $1 AND id = ANY($2) AND next_poll_at > $3
       AND state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED')`,
    [merchantId, providerOperationIds, at],
  );
  return at;
};
