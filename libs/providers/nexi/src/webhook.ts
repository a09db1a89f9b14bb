import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AccountAccess, WebhookHint } from '#providers/contract';
import { bareId } from './wire.js';

const text = z.string().nullish();
/**
 * §8.4. `order.reference` is the merchant's order id, `myReference` ours; which of them an event
 * carries differs.
 */
const eventSchema = z.object({
  id: text,
  event: text,
  data: z
    .object({ paymentId: text, myReference: text, order: z.object({ reference: text }).nullish() })
    .nullish(),
});

const CLAIMS: ReadonlyMap<string, WebhookHint['claims']> = new Map([
  ['payment.charge.created', 'CAPTURED'],
  ['payment.charge.created.v2', 'CAPTURED'],
  ['payment.charge.failed', 'FAILED'],
  ['payment.charge.failed.v2', 'FAILED'],
  // A declined agreement charge says this, not charge.failed (trap 7).
  ['payment.reservation.failed', 'FAILED'],
  ['payment.refund.initiated', 'REFUNDED'],
  ['payment.refund.initiated.v2', 'REFUNDED'],
  ['payment.refund.completed', 'REFUNDED'],
  ['payment.refund.failed', 'REFUNDED'],
  ['payment.checkout.completed', 'REGISTERED'],
]);

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

/**
 * The value we registered comes back verbatim, and it is the only sign of where a call comes from
 * (§8.2).
 */
const isAuthentic = (given: string | undefined, webhookSecret: string): boolean =>
  webhookSecret !== '' && timingSafeEqual(digest(given ?? ''), digest(webhookSecret));

export const readWebhook = (
  { webhookSecret }: AccountAccess,
  delivery: {
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: unknown;
  },
): WebhookHint => {
  const { id, event, data } = eventSchema.safeParse(delivery.body).data ?? {};
  // One id is shared by two events of one reservation (§8.2): both together tell deliveries apart.
  const known = id && event ? `${id}|${event}` : (JSON.stringify(delivery.body) ?? '');
  return {
    isAuthentic: isAuthentic(delivery.headers['authorization'], webhookSecret),
    dedupeKey: digest(known).toString('hex'),
    event: event ?? 'unknown',
    claims: CLAIMS.get(event ?? '') ?? 'OTHER',
    providerPaymentId: data?.paymentId ? bareId(data.paymentId) : null,
    reference: data?.myReference ?? null,
    orderId: data?.order?.reference ?? null,
  };
};
