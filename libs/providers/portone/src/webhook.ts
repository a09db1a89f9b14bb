import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { WebhookHint } from '#providers/contract';

const text = z.union([z.string(), z.number()]).transform(String).nullish();
/** Four fields, JSON or form (wire reference §6). No amount, no key, no signature. */
const bodySchema = z.object({
  imp_uid: text,
  merchant_uid: text,
  status: text,
  cancellation_id: text,
});

const CLAIMS: ReadonlyMap<string, WebhookHint['claims']> = new Map([
  ['paid', 'CAPTURED'],
  ['failed', 'FAILED'],
  ['cancelled', 'REFUNDED'],
]);

/** Anybody can send this: it says what to ask about, never what happened. */
export const readWebhook = (body: unknown): WebhookHint => {
  const fields = bodySchema.safeParse(body).data ?? {};
  const { imp_uid, merchant_uid, status, cancellation_id } = fields;
  const told = [imp_uid, merchant_uid, status, cancellation_id].map((field) => field ?? '');
  const known = told.some((field) => field !== '') ? told.join('|') : (JSON.stringify(body) ?? '');
  return {
    // There is nothing to check: the route's token was all, and the payment is asked for in any
    // case.
    isAuthentic: true,
    dedupeKey: createHash('sha256').update(known).digest('hex'),
    event: status ?? 'unknown',
    claims: CLAIMS.get(status ?? '') ?? 'OTHER',
    providerPaymentId: imp_uid ?? null,
    reference: merchant_uid ?? null,
    orderId: null,
  };
};
