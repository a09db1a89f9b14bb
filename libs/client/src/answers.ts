import { z } from 'zod';
import { withArguments } from './operation.js';

/** What the API shows, as far as this client asks for it. Closed sets are spelled out; open ones (failure codes) stay text. */

export const Money = z.object({ amount: z.number(), currency: z.string() });
export type Money = Readonly<z.infer<typeof Money>>;

const Reference = z.object({ id: z.string() });

export const Viewer = z.object({
  merchant: z.object({ id: z.string(), name: z.string() }),
  scopes: z.array(z.string()),
});
export type Viewer = z.infer<typeof Viewer>;

export const ProviderAccount = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.enum(['PORTONE', 'NEXI']),
  mode: z.enum(['LIVE', 'SANDBOX']),
  baseUrl: z.string(),
  currencies: z.array(z.string()),
  clock: z.object({ mode: z.enum(['REAL', 'TEST']), now: z.string() }),
});
export type ProviderAccount = z.infer<typeof ProviderAccount>;

export const BillingKey = z.object({
  id: z.string(),
  customerRef: z.string(),
  providerKey: z.string(),
  status: z.enum(['PENDING', 'ACTIVE', 'INVALID', 'DELETED']),
});
export type BillingKey = z.infer<typeof BillingKey>;

export const CardRegistration = z.object({
  id: z.string(),
  status: z.enum(['PENDING', 'COMPLETED', 'FAILED', 'EXPIRED']),
  paymentUrl: z.string().nullable(),
  billingKey: Reference.nullable(),
});
export type CardRegistration = z.infer<typeof CardRegistration>;

export const ChargeStatus = z.enum([
  'SCHEDULED',
  'REGISTERED',
  'SUBMITTING',
  'PROCESSING',
  'UNKNOWN',
  'NEEDS_REVIEW',
  'RETRY_SCHEDULED',
  'SUCCEEDED',
  'PARTIALLY_REFUNDED',
  'REFUNDED',
  'FAILED',
  'CANCELED',
  'SKIPPED',
]);
export type ChargeStatus = z.infer<typeof ChargeStatus>;

export const Refund = z.object({
  id: z.string(),
  status: z.enum(['PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED']),
  origin: z.enum(['MERCHANT', 'OPERATOR', 'PROVIDER']),
  amount: Money,
});
export type Refund = z.infer<typeof Refund>;

/** A charge as a list shows it. */
export const ChargeSummary = z.object({
  id: z.string(),
  orderId: z.string(),
  status: ChargeStatus,
  amount: Money,
  dueAt: z.string(),
  failureCode: z.string().nullable(),
  failureClass: z.string().nullable(),
  billingKey: z.object({ id: z.string(), providerKey: z.string() }),
  refundedAmount: Money,
  refunds: z.array(Refund),
});
export type ChargeSummary = z.infer<typeof ChargeSummary>;

/** A charge with its history. */
export const Charge = ChargeSummary.extend({
  providerMessage: z.string().nullable(),
  explanation: z.string(),
  attempts: z.array(
    z.object({
      number: z.number(),
      providerReference: z.string(),
      outcome: z.string().nullable(),
      failureCode: z.string().nullable(),
      sentAt: z.string().nullable(),
    }),
  ),
  timeline: z.array(
    z.object({
      from: ChargeStatus.nullable(),
      to: ChargeStatus,
      at: z.string(),
      cause: z.string(),
    }),
  ),
  schedule: Reference.nullable(),
  bulkCharge: Reference.nullable(),
});
export type Charge = z.infer<typeof Charge>;

/** A year of a monthly schedule, a quarter of a weekly one. */
const NEXT_OCCURRENCES = 'first: 12';

export const Schedule = z.object({
  id: z.string(),
  status: z.enum(['ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELED']),
  nextOccurrences: withArguments(z.array(z.string()), NEXT_OCCURRENCES),
});
export type Schedule = z.infer<typeof Schedule>;

export const BulkCharge = z.object({
  id: z.string(),
  externalId: z.string(),
  status: z.enum([
    'DRAFT',
    'AWAITING_APPROVAL',
    'SUBMITTING',
    'PROCESSING',
    'PAUSED',
    'HELD',
    'COMPLETED',
    'CANCELED',
  ]),
  counts: z.object({
    total: z.number(),
    pending: z.number(),
    succeeded: z.number(),
    failed: z.number(),
    unknown: z.number(),
    canceled: z.number(),
  }),
  progress: z.number(),
});
export type BulkCharge = z.infer<typeof BulkCharge>;

export const ClockOperation = z.object({
  id: z.string(),
  status: z.enum(['RUNNING', 'COMPLETED', 'FAILED']),
  reachedAt: z.string(),
  /** Why it FAILED. */
  message: z.string().nullable(),
});
export type ClockOperation = z.infer<typeof ClockOperation>;

const PageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

export const pageOf = <Node extends z.ZodType>(node: Node) =>
  z.object({ nodes: z.array(node), pageInfo: PageInfo });
