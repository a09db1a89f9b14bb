import type {
  AccountAccess,
  ChargeQuestion,
  ProviderAnswer,
  ProviderPayment,
  Reading,
} from '#providers/contract';
import { failureOf } from './failure-codes.js';
import type { PortoneClient } from './portone.client.js';
import { keepUnread, readHandled } from './reading.js';
import { keepBody, moneyOf, readList, readPayment, type WirePayment } from './wire.js';

/**
 * `limit` may be 1,000 (§5.4); a hundred payments under one reference are already beyond belief.
 */
const PAGE_SIZE = 100;
const PAGES_MAX = 20;

const STATUSES: ReadonlyMap<string, ProviderPayment['status']> = new Map([
  ['paid', 'PAID'],
  ['failed', 'FAILED'],
  ['ready', 'PENDING'],
  ['cancelled', 'CANCELED'],
]);

/**
 * A payment in our words; nothing when it is none that we understand. `cancelled` is also said of
 * one that was taken back in part (§5.6, trap 3): that one is still paid.
 */
export const toProviderPayment = (payment: WirePayment): ProviderPayment | undefined => {
  const amount = moneyOf(payment.amount, payment.currency);
  const refunded = moneyOf(payment.cancel_amount ?? 0, payment.currency);
  const told = STATUSES.get(payment.status);
  if (!amount || !refunded || !told) return undefined;
  const isPartly = told === 'CANCELED' && refunded.amountMinor < amount.amountMinor;
  const status = isPartly ? 'PAID' : told;
  // A payment cancelled before it was ever paid (a window given up) has taken nothing.
  const isCaptured = status === 'PAID' || (status === 'CANCELED' && Boolean(payment.paid_at));
  return {
    providerPaymentId: payment.imp_uid,
    providerChargeId: null,
    reference: payment.merchant_uid,
    providerKey: payment.customer_uid ?? null,
    status,
    amount,
    capturedMinor: isCaptured ? amount.amountMinor : 0,
    refundedMinor: isCaptured ? refunded.amountMinor : 0,
    failure: status === 'FAILED' ? failureOf(payment.fail_reason ?? '') : null,
    answer: { status: 200, body: keepBody(payment) },
  };
};

type FoundWire = Reading<{ readonly wire: WirePayment; readonly payment: ProviderPayment }>;

/** §5.1. Payments of test channels are hidden unless asked for (trap 13). */
export const readWirePayment = async (
  client: PortoneClient,
  account: AccountAccess,
  providerPaymentId: string,
): Promise<FoundWire> => {
  const path = `/payments/${encodeURIComponent(providerPaymentId)}?include_sandbox=true`;
  const read = readHandled(await client.send(account, { method: 'GET', path }));
  if (read.kind !== 'HANDLED') return keepUnread(read, 'PAYMENT');
  const wire = readPayment(read.response);
  const payment = wire && toProviderPayment(wire);
  if (!payment) return { kind: 'UNAVAILABLE', reason: 'a payment that cannot be read' };
  return { kind: 'FOUND', wire, payment };
};

type Listed = Reading<{ readonly payments: readonly ProviderPayment[] }>;

/**
 * §5.4: every payment under one reference, all pages. Never `find`, which shows one of several
 * (trap 18).
 */
const listPayments = async (
  client: PortoneClient,
  account: AccountAccess,
  reference: string,
): Promise<Listed> => {
  const payments: ProviderPayment[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const query = `page=${page}&limit=${PAGE_SIZE}&include_sandbox=true`;
    const path = `/payments/findAll/${encodeURIComponent(reference)}?${query}`;
    const read = readHandled(await client.send(account, { method: 'GET', path }));
    if (read.kind !== 'HANDLED') {
      const unread = keepUnread(read, 'PAYMENT');
      // A page after the last one is also "none".
      return unread.kind === 'ABSENT' && page > 1 ? { kind: 'FOUND', payments } : unread;
    }
    const list = readList(read.response, (entry) => {
      const wire = readPayment(entry);
      return wire && toProviderPayment(wire);
    });
    if (!list) return { kind: 'UNAVAILABLE', reason: 'a list of payments that cannot be read' };
    payments.push(...list.entries);
    if (!list.hasNext)
      return payments.length > 0 ? { kind: 'FOUND', payments } : { kind: 'ABSENT' };
  }
  return { kind: 'UNAVAILABLE', reason: `more than ${PAGES_MAX} pages under one reference` };
};

/**
 * Asks for every reference and every known id. One answer that fails makes the whole reading fail:
 * absence is a proof, and half of it is none.
 */
export const findPayments = async (
  client: PortoneClient,
  account: AccountAccess,
  question: ChargeQuestion,
): Promise<Listed> => {
  const found = new Map<string, ProviderPayment>();
  let lastAbsent: ProviderAnswer | undefined;
  for (const { reference } of question.references) {
    const listed = await listPayments(client, account, reference);
    if (listed.kind === 'UNAVAILABLE') return listed;
    if (listed.kind === 'ABSENT') lastAbsent = listed.answer ?? lastAbsent;
    else for (const payment of listed.payments) found.set(payment.providerPaymentId, payment);
  }
  for (const id of question.providerPaymentIds) {
    if (found.has(id)) continue;
    const read = await readWirePayment(client, account, id);
    if (read.kind === 'UNAVAILABLE') return read;
    if (read.kind === 'FOUND') found.set(id, read.payment);
    else lastAbsent = read.answer ?? lastAbsent;
  }
  if (found.size > 0) return { kind: 'FOUND', payments: [...found.values()] };
  return { kind: 'ABSENT', ...(lastAbsent ? { answer: lastAbsent } : {}) };
};
