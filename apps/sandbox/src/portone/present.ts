import { majorOf } from './fields.js';
import { JsonText, quoted } from './json-text.js';
import type { Buyer, CancelRow, KeyRow, PaymentRow, ScheduleRow, StoredCard } from './rows.js';
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

/** The fields of a card stand side by side in the alphabet and are the same for all its payments. */
const cardTexts = new WeakMap<StoredCard, string>();

const cardTextOf = (card: StoredCard): string => {
  const known = cardTexts.get(card);
  if (known !== undefined) return known;
  const { code, name } = brandOf(card.brand);
  const [company, label] = [quoted(code), quoted(name)];
  const text =
    `"card_code":${company},"card_issuer_code":${company},"card_issuer_name":${label},` +
    `"card_name":${label},"card_number":${quoted(card.masked)},` +
    `"card_publisher_code":${company},"card_publisher_name":${label}`;
  cardTexts.set(card, text);
  return text;
};

const cancelTextOf = (row: PaymentRow, cancel: CancelRow): string =>
  `{"pg_tid":"${pgTidOf(row)}","amount":${majorOf(cancel.amountMinor, row.currency)},` +
  `"cancelled_at":${cancel.cancelledAt},"reason":${quoted(cancel.reason)},` +
  `"cancellation_id":"${cancel.cancellationId}","receipt_url":"${receiptOf(row)}"}`;

/** Fields in alphabetical order, as the recorded ones are; written out at every charge, so straight as text. */
export const presentPayment = (row: PaymentRow, channel: Channel): JsonText => {
  const { currency, buyer } = row;
  const wasPaid = row.paidAt > 0;
  const cancels = row.cancels ?? [];
  const last = cancels.at(-1);
  const history = cancels.map((cancel) => cancelTextOf(row, cancel)).join(',');
  const receipts = cancels.map(() => `"${receiptOf(row)}"`).join(',');
  return new JsonText(
    `{"amount":${majorOf(row.amountMinor, currency)},` +
      `"apply_num":"${wasPaid ? row.impUid.slice(-8) : ''}","bank_code":null,"bank_name":null,` +
      `"buyer_addr":${quoted(buyer?.addr)},"buyer_email":${quoted(buyer?.email)},` +
      `"buyer_name":${quoted(buyer?.name)},"buyer_postcode":${quoted(buyer?.postcode)},` +
      `"buyer_tel":${quoted(buyer?.tel)},"cancel_amount":${majorOf(cancelledMinor(row), currency)},` +
      `"cancel_history":[${history}],"cancel_reason":${quoted(last?.reason)},` +
      `"cancel_receipt_urls":[${receipts}],"cancelled_at":${last?.cancelledAt ?? 0},` +
      `${cardTextOf(row.card)},"card_quota":${row.quota},"card_type":0,` +
      `"cash_receipt_issued":false,"channel":"api","currency":"${currency}",` +
      `"custom_data":${quoted(row.customData)},"customer_uid":${quoted(row.customerUid)},` +
      `"customer_uid_usage":${quoted(row.usage)},"deposit_history":[],"emb_pg_provider":null,` +
      `"escrow":false,"fail_reason":${quoted(row.failReason)},"failed_at":${row.failedAt},` +
      `"imp_uid":"${row.impUid}","merchant_uid":${quoted(row.merchantUid)},` +
      `"name":${quoted(row.name)},"paid_at":${row.paidAt},"pay_method":"card",` +
      `"pg_id":"${channel.pgId}","pg_provider":"${channel.pgProvider}",` +
      `"pg_tid":${wasPaid ? `"${pgTidOf(row)}"` : 'null'},"promotion":null,` +
      `"receipt_url":${wasPaid ? `"${receiptOf(row)}"` : 'null'},` +
      `"sandbox":${channel.isSandbox},"started_at":${row.startedAt},"status":"${row.status}",` +
      `"user_agent":${quoted(row.userAgent)},"vbank_code":null,"vbank_date":0,` +
      `"vbank_holder":null,"vbank_issued_at":0,"vbank_name":null,"vbank_num":null}`,
  );
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
