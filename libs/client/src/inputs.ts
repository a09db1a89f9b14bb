import { z } from 'zod';
import { ChargeStatus, Money } from './answers.js';

/** What the API takes, as far as this client sends it. Nothing is checked here: what is wrong with an input, the API says best. */

const OrderItem = z.object({
  reference: z.string(),
  name: z.string(),
  quantity: z.number().optional(),
  unitPrice: z.number(),
  taxRateBasisPoints: z.number().optional(),
  taxAmount: z.number().optional(),
  grossAmount: z.number(),
});

export const Order = z.object({
  orderId: z.string(),
  name: z.string(),
  amount: Money,
  items: z.array(OrderItem).optional(),
});
export type Order = Readonly<z.input<typeof Order>>;

export const ConnectProviderAccount = z.object({
  name: z.string(),
  provider: z.enum(['PORTONE', 'NEXI']),
  mode: z.enum(['LIVE', 'SANDBOX']),
  credentials: z.object({
    portone: z.object({ impKey: z.string(), impSecret: z.string() }).optional(),
    nexi: z.object({ secretKey: z.string(), checkoutKey: z.string() }).optional(),
  }),
  currencies: z.array(z.string()),
  baseUrl: z.string().optional(),
  termsUrl: z.string().optional(),
  returnHosts: z.array(z.string()).optional(),
  clockMode: z.enum(['REAL', 'TEST']).optional(),
  isRawCardRegistrationOn: z.boolean().optional(),
});

export const AttachBillingKey = z.object({
  providerAccountId: z.string(),
  customerRef: z.string(),
  providerKey: z.string(),
});

export const IssueBillingKey = z.object({
  providerAccountId: z.string(),
  customerRef: z.string(),
  card: z.object({
    number: z.string(),
    expiryYear: z.string(),
    expiryMonth: z.string(),
    birthOrBusinessNumber: z.string().optional(),
    passwordTwoDigits: z.string().optional(),
    cvc: z.string().optional(),
  }),
  idempotencyKey: z.string(),
});

export const StartCardRegistration = z.object({
  providerAccountId: z.string(),
  customerRef: z.string(),
  returnUrl: z.string(),
  currency: z.string(),
  idempotencyKey: z.string(),
});

export const CreateCharge = z.object({
  billingKeyId: z.string(),
  order: Order,
  dueAt: z.string().optional(),
  retryPolicyId: z.string().optional(),
});

export const WithId = z.object({ id: z.string() });

export const RefundCharge = z.object({
  id: z.string(),
  /** Absent: all that is left. */
  amount: Money.optional(),
  reason: z.string(),
  idempotencyKey: z.string(),
});

export const Recurrence = z.object({
  every: z.number(),
  unit: z.enum(['DAY', 'WEEK', 'MONTH', 'YEAR']),
  anchorDay: z.number().optional(),
  timeOfDay: z.string().optional(),
  timeZone: z.string(),
});

export const CreateSchedule = z.object({
  billingKeyId: z.string(),
  order: Order,
  recurrence: Recurrence.optional(),
  startAt: z.string(),
  endAt: z.string().optional(),
  maxOccurrences: z.number().optional(),
  execution: z.enum(['PROVIDER_SCHEDULED', 'SERVICE_DISPATCHED']).optional(),
  retryPolicyId: z.string().optional(),
  externalId: z.string().optional(),
});

export const CreateBulkCharge = z.object({
  providerAccountId: z.string(),
  externalId: z.string(),
  /** At most 1,000. */
  items: z.array(z.object({ billingKeyId: z.string(), order: Order })),
  submit: z.boolean(),
  retryPolicyId: z.string().optional(),
});

export const AdvanceTestClock = z.object({ providerAccountId: z.string(), to: z.string() });

export const ChargeFilter = z.object({
  statuses: z.array(ChargeStatus).optional(),
  orderIdPrefix: z.string().optional(),
  billingKeyId: z.string().optional(),
  scheduleId: z.string().optional(),
  bulkChargeId: z.string().optional(),
  failureCode: z.string().optional(),
});
export type ChargeFilter = Readonly<z.input<typeof ChargeFilter>>;
