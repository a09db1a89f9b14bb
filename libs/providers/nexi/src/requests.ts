import { z } from 'zod';
import { invariant, type Money, type Order, type OrderItem } from '#kernel';
import type {
  AccountAccess,
  BulkRequest,
  ChargeRequest,
  FrozenRequest,
  HostedRegistrationRequest,
  RefundRequest,
} from '#providers/contract';
import type { NexiCall } from './nexi.client.js';
import { notificationsOf } from './notifications.js';
import { JSON_HEADERS } from './wire.js';

/** §3: names and references of items. */
const TEXT_MAX = 128;
/**
 * No field may hold these, some of them nowhere (§3); control characters are of no use on a
 * receipt.
 */
const FORBIDDEN = /[<>'"&\\\p{Cc}]/gu;
/** Any text will do; it is asked for. */
const UNIT = 'pcs';

const clean = (text: string, fallback: string): string =>
  [...text.replaceAll(FORBIDDEN, '')].slice(0, TEXT_MAX).join('').trim() || fallback;

const wireItem = (item: OrderItem, orderId: string) => ({
  reference: clean(item.reference, orderId),
  name: clean(item.name, orderId),
  quantity: item.quantity,
  unit: UNIT,
  unitPrice: item.unitPriceMinor,
  taxRate: item.taxRateBasisPoints,
  taxAmount: item.taxMinor,
  grossTotalAmount: item.grossMinor,
  netTotalAmount: item.grossMinor - item.taxMinor,
});

/** An order without lines of its own, or a part of one: one line with all of it, tax not told. */
const wholeItem = ({ orderId, name }: { orderId: string; name: string }, amountMinor: number) => ({
  reference: orderId,
  name: clean(name, orderId),
  quantity: 1,
  unit: UNIT,
  unitPrice: amountMinor,
  taxRate: 0,
  taxAmount: 0,
  grossTotalAmount: amountMinor,
  netTotalAmount: amountMinor,
});

const wireOrder = (order: Order) => ({
  items:
    order.items.length > 0
      ? order.items.map((item) => wireItem(item, order.orderId))
      : [wholeItem(order, order.amount.amountMinor)],
  amount: order.amount.amountMinor,
  currency: order.amount.currency,
  reference: order.orderId,
});

const agreements = '/v1/unscheduledsubscriptions';
export const agreementPath = (providerKey: string): string =>
  `${agreements}/${encodeURIComponent(providerKey)}`;

/** §5.3. One key for one attempt: the same key again answers with its first result. */
export const describeCharge = (account: AccountAccess, request: ChargeRequest): FrozenRequest => ({
  method: 'POST',
  path: `${agreementPath(request.providerKey)}/charges`,
  headers: { ...JSON_HEADERS, 'idempotency-key': request.providerReference },
  body: JSON.stringify({
    order: wireOrder(request.order),
    notifications: notificationsOf(account),
    myReference: request.providerReference,
  }),
});

/** §5.5. Takes no `Idempotency-Key`: `externalBulkChargeId` is what makes a replay safe. */
export const describeBulk = (account: AccountAccess, request: BulkRequest): FrozenRequest => ({
  method: 'POST',
  path: `${agreements}/charges`,
  headers: JSON_HEADERS,
  body: JSON.stringify({
    externalBulkChargeId: request.externalOperationId,
    notifications: notificationsOf(account),
    unscheduledSubscriptions: request.items.map((item) => ({
      unscheduledSubscriptionId: item.providerKey,
      order: wireOrder(item.order),
      myReference: item.providerReference,
    })),
  }),
});

/** §4.3. Without lines a refund is of everything, so a part of it carries one. */
export const describeRefund = (request: RefundRequest): FrozenRequest => {
  const { amount, capturedMinor, refundedBeforeMinor, providerChargeId } = request;
  const balanceMinor = capturedMinor - refundedBeforeMinor;
  invariant(
    amount.amountMinor > 0 && amount.amountMinor <= balanceMinor,
    `expected a refund above 0 and at most ${balanceMinor}, found ${amount.amountMinor}`,
  );
  const isWhole = amount.amountMinor === capturedMinor;
  return {
    method: 'POST',
    path: providerChargeId
      ? `/v1/charges/${encodeURIComponent(providerChargeId)}/refunds`
      : `/v1/payments/${encodeURIComponent(request.providerPaymentId)}/refunds`,
    headers: { ...JSON_HEADERS, 'idempotency-key': request.reference },
    body: JSON.stringify({
      amount: amount.amountMinor,
      orderItems: isWhole ? undefined : [wholeItem(request.order, amount.amountMinor)],
      myReference: request.reference,
    }),
  };
};

/**
 * §4.1, "zero-amount card registration": verifying a card with a small real charge is forbidden by
 * the schemes.
 */
export const registrationCall = (
  account: AccountAccess,
  { reference, currency, returnUrl }: HostedRegistrationRequest,
): NexiCall => ({
  method: 'POST',
  path: '/v1/payments',
  headers: JSON_HEADERS,
  body: JSON.stringify({
    order: {
      items: [wholeItem({ orderId: reference, name: 'Card registration' }, 0)],
      amount: 0,
      currency,
      reference,
    },
    checkout: {
      integrationType: 'HostedPaymentPage',
      returnUrl,
      cancelUrl: returnUrl,
      termsUrl: account.termsUrl,
      merchantHandlesConsumerData: true,
      charge: false,
    },
    unscheduledSubscription: { create: true },
    notifications: notificationsOf(account),
    myReference: reference,
  }),
});

const chargeBody = z.object({ order: z.object({ amount: z.number(), currency: z.string() }) });

/** What a frozen charge asked for. */
export const thawCharge = ({ body, path }: FrozenRequest): Money => {
  const parsed = chargeBody.safeParse(JSON.parse(body));
  invariant(parsed.success, `expected a frozen request of this adapter for ${path}`);
  const { amount, currency } = parsed.data.order;
  return { amountMinor: amount, currency };
};
