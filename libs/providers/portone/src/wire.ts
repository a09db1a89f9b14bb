import { z } from 'zod';
import { fromMajor, isCurrency, type Money } from '#kernel';
import type { ProviderAnswer } from '#providers/contract';
import { redact, type HttpAnswer } from '#platform/http';

/**
 * What we send beyond the path and the body: everything that must not be stored is added at the
 * moment of sending.
 */
export const JSON_HEADERS = { 'content-type': 'application/json' } as const;

const amount = z.union([z.number(), z.string()]);
const seconds = z.number().int().nullish();

/**
 * OpenAPI PaymentAnnotation: the fields we believe something of. Times are seconds, and 0 means
 * never.
 */
const paymentSchema = z.object({
  imp_uid: z.string().min(1),
  merchant_uid: z.string().min(1),
  status: z.string(),
  amount,
  cancel_amount: amount.nullish(),
  currency: z.string(),
  customer_uid: z.string().nullish(),
  fail_reason: z.string().nullish(),
  paid_at: seconds,
  cancel_history: z
    .array(
      z.object({
        amount,
        cancellation_id: z.string().nullish(),
        pg_tid: z.string().nullish(),
      }),
    )
    .nullish(),
});
export type WirePayment = z.infer<typeof paymentSchema>;

/** OpenAPI ScheduleResultAnnotation. `imp_uid` is null until it was executed. */
const scheduleSchema = z.object({
  customer_uid: z.string(),
  merchant_uid: z.string().min(1),
  imp_uid: z.string().nullish(),
  schedule_at: z.number().int(),
  amount,
  currency: z.string().nullish(),
  schedule_status: z.string(),
  payment_status: z.string().nullish(),
});

/** OpenAPI CustomerAnnotation: one stored card. The PG's own key is never shown. */
const customerSchema = z.object({
  customer_uid: z.string().min(1),
  card_name: z.string().nullish(),
  card_number: z.string().nullish(),
});
export type WireCustomer = z.infer<typeof customerSchema>;

/**
 * `previous` and `next` are page numbers, 0 (or `false`, from older servers) when there is none.
 */
const pageSchema = z.object({
  next: z.union([z.number(), z.literal(false)]).nullish(),
  list: z.array(z.unknown()),
});

const envelopeSchema = z.object({
  code: z.number(),
  message: z.string().nullish(),
  response: z.unknown(),
});

/**
 * The `{ code, message, response }` around every answer. HTTP 200 says nothing: `code` does, and 0
 * only says "handled".
 */
export type Envelope =
  | { readonly kind: 'HANDLED'; readonly response: unknown }
  | { readonly kind: 'REFUSED'; readonly code: number; readonly message: string }
  | { readonly kind: 'UNREADABLE' };

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const readEnvelope = (text: string): Envelope => {
  const parsed = envelopeSchema.safeParse(parseJson(text));
  if (!parsed.success) return { kind: 'UNREADABLE' };
  const { code, message, response } = parsed.data;
  return code === 0
    ? { kind: 'HANDLED', response }
    : { kind: 'REFUSED', code, message: message ?? '' };
};

const reader =
  <T>(schema: z.ZodType<T>) =>
  (response: unknown): T | undefined =>
    schema.safeParse(response).data;

export const readPayment = reader(paymentSchema);
export const readSchedule = reader(scheduleSchema);
export const readCustomer = reader(customerSchema);

/**
 * A list as official clients meet it (a page) or as the specification writes it (a bare array);
 * §7.5. Nothing when one entry is not what it should be: a list half understood would be read as a
 * whole one.
 */
export const readList = <T>(
  response: unknown,
  readEntry: (entry: unknown) => T | undefined,
): { readonly entries: readonly T[]; readonly hasNext: boolean } | undefined => {
  const page = Array.isArray(response)
    ? { list: response as unknown[], next: 0 }
    : pageSchema.safeParse(response).data;
  if (!page) return undefined;
  const entries = page.list.map(readEntry);
  if (entries.some((entry) => entry === undefined)) return undefined;
  return { entries: entries as T[], hasNext: Boolean(page.next) };
};

/**
 * Amounts are major units as a JSON number (10.5 USD, 9900 KRW). Nothing when it is no exact amount
 * of that currency.
 */
export const moneyOf = (major: number | string, currency: string): Money | undefined => {
  const amountMinor = isCurrency(currency) ? fromMajor(major, currency) : undefined;
  return amountMinor === undefined ? undefined : { amountMinor, currency };
};

/** What may be kept of an answer. Billing keys, card fields, buyers and tokens are not among it. */
const KEPT_FIELDS = new Set([
  ...['code', 'message', 'response', 'list', 'total', 'next', 'previous'],
  ...['imp_uid', 'merchant_uid', 'status', 'amount', 'cancel_amount', 'currency', 'channel'],
  ...['fail_reason', 'cancel_reason', 'cancel_history', 'cancellation_id', 'apply_num'],
  ...['pg_provider', 'pg_tid', 'sandbox', 'customer_uid_usage', 'custom_data'],
  ...['started_at', 'paid_at', 'failed_at', 'cancelled_at', 'inserted', 'updated'],
  ...['schedule_at', 'executed_at', 'revoked_at', 'schedule_status', 'payment_status'],
]);

/** A body as it may be kept. */
export const keepBody = (body: unknown): unknown => redact(body, { fields: KEPT_FIELDS });

export const keepAnswer = (answer: Exclude<HttpAnswer, { kind: 'NOT_SENT' }>): ProviderAnswer => {
  if (answer.kind === 'NO_ANSWER') return { status: null, body: { reason: answer.reason } };
  const body = parseJson(answer.text);
  return {
    status: answer.status,
    body: body === undefined ? { unreadable: `${answer.text.length} characters` } : keepBody(body),
  };
};
