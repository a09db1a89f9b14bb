import type { ProviderHalf } from '../core/index.js';
import { declineOf } from './declines.js';
import { cardOf, chargesOf, type AgreementRow, type BulkRow, type PaymentRow } from './model.js';
import { chargedOf } from './present.js';
import type { Nexi } from './state.js';
import { maskPan } from './test-cards.js';

const timeOf = (atMs: number): string => new Date(atMs).toISOString();

/** The provider has no word for it: a person reads it off the sums. */
const statusOf = (payment: PaymentRow): string => {
  if (payment.decline !== undefined) return 'declined';
  if (payment.terminatedAtMs !== undefined) return 'terminated';
  if (payment.refunds?.some(({ state }) => state === 'Completed')) return 'refunded';
  if (payment.cancelled !== undefined) return 'cancelled';
  if (chargesOf(payment).length > 0) {
    return chargedOf(payment) < payment.order.amount ? 'charged in part' : 'charged';
  }
  if (payment.reserved !== undefined) return 'reserved';
  return payment.checkout?.completedAtMs === undefined ? 'waiting for a card' : 'registered';
};

const showPayment = (payment: PaymentRow): object => ({
  provider: 'NEXI',
  id: payment.id,
  reference: payment.order.reference ?? payment.myReference ?? null,
  billingKey: payment.agreement ?? null,
  amount: payment.order.amount,
  currency: payment.order.currency,
  status: statusOf(payment),
  reason: payment.decline === undefined ? null : declineOf(payment.decline).meaning,
  at: timeOf(payment.atMs),
});

const showAgreement = ({ card, ...row }: AgreementRow): object => {
  const { number, expiry } = cardOf(card);
  return {
    provider: 'NEXI',
    id: row.id,
    kind: row.kind,
    card: maskPan(number),
    expiry,
    reference: row.externalReference ?? null,
    interval: row.interval ?? null,
    ends: row.endAtMs === undefined ? null : timeOf(row.endAtMs),
    at: timeOf(row.atMs),
  };
};

const showBulk = ({ state }: Nexi, bulk: BulkRow): object => ({
  provider: 'NEXI',
  id: bulk.id,
  work: bulk.work,
  agreements: bulk.kind,
  items: bulk.items.length,
  completed: bulk.isDone ? bulk.items.length : (state.progress.get(bulk.id)?.completed ?? 0),
  status: bulk.isDone ? 'Done' : 'Processing',
  fault: bulk.fate?.fate ?? null,
  at: timeOf(bulk.atMs),
});

/** What a person sees of this half on the sandbox's page. Amounts in minor units, as on the wire. */
export const overviewOf = (nexi: Nexi): NonNullable<ProviderHalf['overview']> => ({
  payments: (newest) => newest(nexi.state.payments.values()).map(showPayment),
  billingKeys: (newest) => newest(nexi.state.agreements.values()).map(showAgreement),
  bulkOperations: (newest) => newest(nexi.state.bulks.values()).map((bulk) => showBulk(nexi, bulk)),
});
