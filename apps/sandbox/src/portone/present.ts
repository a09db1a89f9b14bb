import { majorOf } from './fields.js';
import type { Buyer, KeyRow, PaymentRow, ScheduleRow } from './rows.js';
import { brandOf } from './test-cards.js';

/** The one channel this account charges through. */
export interface Channel {
  pgProvider: string;
  pgId: string;
  isSandbox: boolean;
}

const cancelledMinor = (row: PaymentRow): number =>
  row.cancels?.reduce((sum, cancel) => sum + cancel.amountMinor, 0) ?? 0;

export const restMinor = (row: PaymentRow): number => row.amountMinor - cancelledMinor(row);

const buyerFields = (buyer: Buyer | null): Record<string, string | null> => ({
  buyer_addr: buyer?.addr ?? null,
  buyer_email: buyer?.email ?? null,
  buyer_name: buyer?.name ?? null,
  buyer_postcode: buyer?.postcode ?? null,
  buyer_tel: buyer?.tel ?? null,
});

/** The PG's own number of a payment: from its imp_uid, so that it need not be kept. */
const pgTidOf = (row: PaymentRow): string =>
  `nictest04m0116${row.startedAt}${row.impUid.slice(-6)}`;
const receiptOf = (row: PaymentRow): string =>
  `https://npg.nicepay.co.kr/issue/IssueLoader.do?TID=${pgTidOf(row)}`;

/** Fields in alphabetical order, as the recorded ones are; one literal, as it is made at every charge. */
// oxlint-disable-next-line max-lines-per-function -- it is the provider's list of fields, line by line
export const presentPayment = (row: PaymentRow, channel: Channel): Record<string, unknown> => {
  const brand = brandOf(row.card.brand);
  const wasPaid = row.paidAt > 0;
  const { currency } = row;
  const cancels = row.cancels ?? [];
  const last = cancels.at(-1);
  return {
    amount: majorOf(row.amountMinor, currency),
    apply_num: wasPaid ? row.impUid.slice(-8) : '',
    bank_code: null,
    bank_name: null,
    buyer_addr: row.buyer?.addr ?? null,
    buyer_email: row.buyer?.email ?? null,
    buyer_name: row.buyer?.name ?? null,
    buyer_postcode: row.buyer?.postcode ?? null,
    buyer_tel: row.buyer?.tel ?? null,
    cancel_amount: majorOf(cancelledMinor(row), currency),
    cancel_history: cancels.map((cancel) => ({
      pg_tid: pgTidOf(row),
      amount: majorOf(cancel.amountMinor, currency),
      cancelled_at: cancel.cancelledAt,
      reason: cancel.reason,
      cancellation_id: cancel.cancellationId,
      receipt_url: receiptOf(row),
    })),
    cancel_reason: last?.reason ?? null,
    cancel_receipt_urls: cancels.map(() => receiptOf(row)),
    cancelled_at: last?.cancelledAt ?? 0,
    card_code: brand.code,
    card_issuer_code: brand.code,
    card_issuer_name: brand.name,
    card_name: brand.name,
    card_number: row.card.masked,
    card_publisher_code: brand.code,
    card_publisher_name: brand.name,
    card_quota: row.quota,
    card_type: 0,
    cash_receipt_issued: false,
    channel: 'api',
    currency,
    custom_data: row.customData,
    customer_uid: row.customerUid,
    customer_uid_usage: row.usage,
    deposit_history: [],
    emb_pg_provider: null,
    escrow: false,
    fail_reason: row.failReason,
    failed_at: row.failedAt,
    imp_uid: row.impUid,
    merchant_uid: row.merchantUid,
    name: row.name,
    paid_at: row.paidAt,
    pay_method: 'card',
    pg_id: channel.pgId,
    pg_provider: channel.pgProvider,
    pg_tid: wasPaid ? pgTidOf(row) : null,
    promotion: null,
    receipt_url: wasPaid ? receiptOf(row) : null,
    sandbox: channel.isSandbox,
    started_at: row.startedAt,
    status: row.status,
    user_agent: row.userAgent,
    vbank_code: null,
    vbank_date: 0,
    vbank_holder: null,
    vbank_issued_at: 0,
    vbank_name: null,
    vbank_num: null,
  };
};

export const presentKey = (row: KeyRow, channel: Channel): Record<string, unknown> => {
  const brand = brandOf(row.card.brand);
  return {
    card_code: brand.code,
    card_issuer_code: brand.code,
    card_issuer_name: brand.name,
    card_name: brand.name,
    card_number: row.card.masked,
    card_publisher_code: brand.code,
    card_publisher_name: brand.name,
    card_type: 0,
    customer_addr: row.customer?.addr ?? null,
    customer_email: row.customer?.email ?? null,
    customer_id: row.customerId,
    customer_name: row.customer?.name ?? null,
    customer_postcode: row.customer?.postcode ?? null,
    customer_tel: row.customer?.tel ?? null,
    customer_uid: row.customerUid,
    inserted: row.insertedAt,
    pg_id: channel.pgId,
    pg_provider: channel.pgProvider,
    sandbox: channel.isSandbox,
    updated: row.updatedAt,
  };
};

/** `payment` is what the schedule became; null while it waits or when it never became one. */
export const presentSchedule = (
  row: ScheduleRow,
  payment: PaymentRow | null,
  channel: Channel,
): Record<string, unknown> => ({
  amount: majorOf(row.amountMinor, row.currency),
  ...buyerFields(row.buyer),
  currency: row.currency,
  custom_data: row.customData,
  customer_id: null,
  customer_uid: row.customerUid,
  executed_at: row.executedAt,
  fail_reason: payment?.failReason ?? row.failReason,
  imp_uid: row.impUid,
  merchant_uid: row.merchantUid,
  name: row.name,
  payment_status: row.status === 'executed' ? (payment?.status ?? 'failed') : null,
  pg_id: channel.pgId,
  pg_provider: channel.pgProvider,
  promotion_id: null,
  revoked_at: row.revokedAt,
  schedule_at: row.scheduleAt,
  schedule_status: row.status,
});
