import type { Answer } from './answer.js';
import {
  currencyIn,
  findTooLong,
  integerIn,
  invalid,
  isFields,
  minorOf,
  missing,
  textIn,
  type Fields,
} from './fields.js';
import type { Buyer, StoredCard } from './rows.js';
import { declineOf } from './declines.js';
import { findTestCard, isDecline, type TestCard } from './test-cards.js';

/** What every charge names, immediate or scheduled. */
export interface OrderFields {
  merchantUid: string;
  amountMinor: number;
  currency: string;
  name: string | null;
  buyer: Buyer | null;
  customData: string | null;
  noticeUrl: string | null;
  quota: number;
}

export type Read<T> = { value: T; problem?: undefined } | { value?: undefined; problem: Answer };

export const readOrder = (fields: Fields): Read<OrderFields> => {
  const problem = findTooLong(fields);
  if (problem) return { problem };
  const merchantUid = textIn(fields, 'merchant_uid');
  if (merchantUid === undefined) return { problem: missing('merchant_uid') };
  if (fields['amount'] === undefined || fields['amount'] === null || fields['amount'] === '') {
    return { problem: missing('amount') };
  }
  const currency = currencyIn(fields);
  if (currency === undefined) return { problem: invalid('currency') };
  const amountMinor = minorOf(fields['amount'], currency);
  if (amountMinor === undefined || amountMinor <= 0) return { problem: invalid('amount') };
  const quota = integerIn(fields, 'card_quota') ?? 0;
  if (!(quota >= 0 && quota <= 36)) return { problem: invalid('card_quota') };
  return {
    value: {
      merchantUid,
      amountMinor,
      currency,
      name: textIn(fields, 'name') ?? null,
      buyer: buyerIn(fields, 'buyer'),
      customData: customDataIn(fields),
      noticeUrl: textIn(fields, 'notice_url') ?? null,
      quota,
    },
  };
};

const customDataIn = (fields: Fields): string | null => {
  const value = fields['custom_data'];
  if (isFields(value) || Array.isArray(value)) return JSON.stringify(value);
  return textIn(fields, 'custom_data') ?? null;
};

export const buyerIn = (fields: Fields, prefix: 'buyer' | 'customer'): Buyer | null => {
  const name = textIn(fields, `${prefix}_name`) ?? null;
  const email = textIn(fields, `${prefix}_email`) ?? null;
  const tel = textIn(fields, `${prefix}_tel`) ?? null;
  const addr = textIn(fields, `${prefix}_addr`) ?? null;
  const postcode = textIn(fields, `${prefix}_postcode`) ?? null;
  const isEmpty = (name ?? email ?? tel ?? addr ?? postcode) === null;
  return isEmpty ? null : { name, email, tel, addr, postcode };
};

/** What the buyer of a schedule leaves out comes from the key's customer. */
export const mergeBuyers = (buyer: Buyer | null, customer: Buyer | null): Buyer | null => {
  if (!buyer || !customer) return buyer ?? customer;
  return {
    name: buyer.name ?? customer.name,
    email: buyer.email ?? customer.email,
    tel: buyer.tel ?? customer.tel,
    addr: buyer.addr ?? customer.addr,
    postcode: buyer.postcode ?? customer.postcode,
  };
};

/** Card data of a request; no card when the number is none a PG would take. */
export const readCard = (fields: Fields): Read<TestCard | undefined> => {
  const number = textIn(fields, 'card_number');
  if (number === undefined) return { problem: missing('card_number') };
  const expiry = textIn(fields, 'expiry');
  if (expiry === undefined) return { problem: missing('expiry') };
  const parts = /^(\d{4})-?(\d{2})$/.exec(expiry);
  const month = Number(parts?.[2]);
  if (!parts || month < 1 || month > 12) return { problem: invalid('expiry') };
  const birth = textIn(fields, 'birth');
  if (birth !== undefined && !/^(\d{6}|\d{10})$/.test(birth)) return { problem: invalid('birth') };
  const pin = textIn(fields, 'pwd_2digit');
  if (pin !== undefined && !/^\d{2}$/.test(pin)) return { problem: invalid('pwd_2digit') };
  const card = findTestCard(number);
  // A real card past its date is refused; real time, so that a clock moved by years ages no test card.
  const isPast = Date.UTC(Number(parts[1]), month, 1) <= Date.now();
  if (card && isPast)
    return { value: { ...card, fate: 'EXPIRED_CARD', failsAtRegistration: true } };
  return { value: card };
};

export const storedCardOf = (card: TestCard): StoredCard => {
  const { digits, brand, fate } = card;
  const masked = `${digits.slice(0, 6)}${'*'.repeat(digits.length - 10)}${digits.slice(-4)}`;
  const isRefused = card.isRefused ?? (isDecline(fate) && declineOf(fate).kind === 'REFUSED');
  return { brand, masked, fate, isRefused };
};
