import { quoted } from './json-text.js';
import type { CancelRow, KeyUsage, PaymentRow, PaymentStatus, StoredCard } from './rows.js';

/** All but the id, in the order below: names would be half of a journal of a million payments. */
type PackedPayment = [
  account: string,
  merchantUid: string,
  customerUid: string | null,
  usage: KeyUsage | null,
  card: StoredCard,
  amountMinor: number,
  currency: string,
  name: string | null,
  buyer: PaymentRow['buyer'],
  customData: string | null,
  noticeUrl: string | null,
  userAgent: string | null,
  quota: number,
  status: PaymentStatus,
  startedAt: number,
  paidAt: number,
  failedAt: number,
  failReason: string | null,
  cancels: CancelRow[] | null,
  lateAtMs: number,
];

/** A card is the same for all its payments. */
const cardTexts = new WeakMap<StoredCard, string>();

const cardTextOf = (card: StoredCard): string => {
  let text = cardTexts.get(card);
  if (text === undefined) {
    text = JSON.stringify(card);
    cardTexts.set(card, text);
  }
  return text;
};

const jsonOrNull = (value: object | null): string =>
  value === null ? 'null' : JSON.stringify(value);

/** A payment as the journal keeps it: written at every charge, so straight as text. */
export const packPayment = (row: PaymentRow): string =>
  `[${quoted(row.account)},${quoted(row.merchantUid)},${quoted(row.customerUid)},${quoted(row.usage)},` +
  `${cardTextOf(row.card)},${row.amountMinor},"${row.currency}",${quoted(row.name)},` +
  `${jsonOrNull(row.buyer)},${quoted(row.customData)},${quoted(row.noticeUrl)},` +
  `${quoted(row.userAgent)},${row.quota},"${row.status}",${row.startedAt},${row.paidAt},` +
  `${row.failedAt},${quoted(row.failReason)},${jsonOrNull(row.cancels)},${row.lateAtMs}]`;

export const unpackPayment = (packed: readonly unknown[], impUid: string): PaymentRow => {
  const [account, merchantUid, customerUid, usage, card, amountMinor, currency, ...rest] =
    packed as PackedPayment;
  const [name, buyer, customData, noticeUrl, userAgent, quota, status, ...times] = rest;
  const [startedAt, paidAt, failedAt, failReason, cancels, lateAtMs] = times;
  return {
    impUid,
    account,
    merchantUid,
    customerUid,
    usage,
    card,
    amountMinor,
    currency,
    name,
    buyer,
    customData,
    noticeUrl,
    userAgent,
    quota,
    status,
    startedAt,
    paidAt,
    failedAt,
    failReason,
    cancels,
    lateAtMs,
  };
};
