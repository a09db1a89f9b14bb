import { z } from 'zod';
import { isCurrency, type Money } from '#kernel';
import { redact, type HttpAnswer } from '#platform/http';
import type { Card, ProviderAnswer } from '#providers/contract';

export const JSON_HEADERS = { 'content-type': 'application/json' } as const;

const amount = z.number().int();
const text = z.string().nullish();

const paymentDetailsSchema = z.object({
  paymentType: text,
  paymentMethod: text,
  cardDetails: z.object({ maskedPan: text, expiryDate: text }).nullish(),
});

/** `GET /v1/payments/{id}` (§4.2): no status, sums left out when zero, arrays when empty. */
const paymentSchema = z.object({
  payment: z.object({
    paymentId: z.string().min(1),
    summary: z
      .object({
        reservedAmount: amount.nullish(),
        chargedAmount: amount.nullish(),
        refundedAmount: amount.nullish(),
        cancelledAmount: amount.nullish(),
      })
      .nullish(),
    paymentDetails: paymentDetailsSchema.nullish(),
    orderDetails: z.object({ amount, currency: z.string(), reference: text }),
    charges: z.array(z.object({ chargeId: z.string().min(1), amount })).nullish(),
    refunds: z
      .array(z.object({ refundId: z.string().min(1), amount, state: z.string() }))
      .nullish(),
    terminated: text,
    unscheduledSubscription: z.object({ unscheduledSubscriptionId: text }).nullish(),
    myReference: text,
  }),
});
export type WirePayment = z.infer<typeof paymentSchema>['payment'];

const agreementSchema = z.object({
  unscheduledSubscriptionId: z.string().min(1),
  paymentDetails: paymentDetailsSchema,
});

const pageSchema = z.object({
  page: z.array(
    z.object({
      unscheduledSubscriptionId: z.string().min(1),
      status: z.string(),
      paymentId: text,
      chargeId: text,
      message: text,
      code: z.union([z.string(), z.number()]).transform(String).nullish(),
      source: text,
    }),
  ),
  more: z.boolean(),
  status: z.string(),
});
export type WirePage = z.infer<typeof pageSchema>;
export type WirePageItem = WirePage['page'][number];

/**
 * `{ code, message, source }`: `code` is an open string, two digits from an issuer and four from
 * the platform.
 */
const codedSchema = z.object({
  code: z.union([z.string(), z.number()]).transform(String),
  message: text,
  source: text,
});

const errorsSchema = z.object({ errors: z.record(z.string(), z.unknown()) });

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const reader =
  <T>(schema: z.ZodType<T>) =>
  (body: string): T | undefined =>
    schema.safeParse(parseJson(body)).data;

export const readPaymentBody = (body: string): WirePayment | undefined =>
  reader(paymentSchema)(body)?.payment;
export const readAgreementBody = reader(agreementSchema);
export const readPageBody = reader(pageSchema);
export const readCodedBody = reader(codedSchema);
export const readChargedBody = reader(
  z.object({ paymentId: z.string().min(1), chargeId: z.string().min(1).nullish() }),
);
export const readStatusBody = reader(
  z.object({ paymentId: z.string().min(1), completed: z.boolean() }),
);
export const readBulkBody = reader(z.object({ bulkId: z.string().min(1) }));
export const readRefundBody = reader(z.object({ refundId: z.string().min(1) }));
export const readCreatedBody = reader(
  z.object({ paymentId: z.string().min(1), hostedPaymentPageUrl: z.string().min(1) }),
);

/** The property paths a 400 names, with the first sentence on each. */
export const readErrors = (body: string): readonly (readonly [path: string, says: string])[] => {
  const errors = reader(errorsSchema)(body)?.errors ?? {};
  return Object.entries(errors).map(([path, says]) => [
    path,
    String(Array.isArray(says) ? says[0] : says),
  ]);
};

export type BodyKind = 'JSON' | 'EMPTY' | 'UNREADABLE';
/**
 * A proxy's page is no answer of the provider; an empty one may be (§2: several statuses have no
 * body).
 */
export const bodyKindOf = (body: string): BodyKind => {
  if (body.trim() === '' || body.trim() === 'null') return 'EMPTY';
  const parsed = parseJson(body);
  return typeof parsed === 'object' && parsed !== null ? 'JSON' : 'UNREADABLE';
};

/** Ids are UUIDs that come with hyphens here and without there (§1): one spelling for comparing. */
export const bareId = (id: string): string => id.replaceAll('-', '').toLowerCase();

/** Minor units already. */
export const moneyOf = (amountMinor: number, currency: string): Money | undefined =>
  isCurrency(currency.toUpperCase())
    ? { amountMinor, currency: currency.toUpperCase() }
    : undefined;

/** "MMYY" → "20YY-MM". */
const expiryOf = (expiryDate: string | null | undefined): string | null => {
  const match = /^(0[1-9]|1[0-2])(\d{2})$/.exec(expiryDate ?? '');
  return match ? `20${match[2]}-${match[1]}` : null;
};

export const cardOf = (details: z.infer<typeof paymentDetailsSchema> | null | undefined): Card => ({
  maskedNumber: details?.cardDetails?.maskedPan ?? null,
  brand: details?.paymentMethod ?? null,
  expiresOn: expiryOf(details?.cardDetails?.expiryDate),
});

/**
 * What may be kept of an answer. Agreement ids, card details, consumers and page addresses are not
 * among it.
 */
const KEPT_FIELDS = new Set([
  ...['payment', 'paymentId', 'chargeId', 'refundId', 'bulkId', 'completed', 'created'],
  ...['summary', 'reservedAmount', 'chargedAmount', 'refundedAmount', 'cancelledAmount'],
  ...['orderDetails', 'amount', 'currency', 'reference', 'myReference', 'terminated'],
  ...['charges', 'refunds', 'state', 'lastUpdated', 'page', 'more', 'status'],
  ...['code', 'message', 'source', 'errors'],
]);
const PATHS_ARE_FREE = new Set(['errors']);

export const keepAnswer = (answer: Exclude<HttpAnswer, { kind: 'NOT_SENT' }>): ProviderAnswer => {
  if (answer.kind === 'NO_ANSWER') return { status: null, body: { reason: answer.reason } };
  const { status, text: body } = answer;
  const kind = bodyKindOf(body);
  if (kind === 'EMPTY') return { status, body: null };
  if (kind === 'UNREADABLE') return { status, body: { unreadable: `${body.length} characters` } };
  return {
    status,
    body: redact(parseJson(body), { fields: KEPT_FIELDS, freeKeys: PATHS_ARE_FREE }),
  };
};
