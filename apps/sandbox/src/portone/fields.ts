import { decimalsOf, fromMajor, isCurrency, toMajor } from '#kernel';
import qs from 'qs';
import { badRequest, type Answer } from './answer.js';

export type Fields = Record<string, unknown>;

/** PHP itself stops at a thousand variables; ours is a batch of schedules by form. */
const MOST_FORM_FIELDS = 20_000;
const FORM = { depth: 5, arrayLimit: 1000, parameterLimit: MOST_FORM_FIELDS } as const;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The official Go client leaves spaces around names and values. */
const trimmed = (fields: Fields): Fields => {
  const result: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    result[name.trim()] = typeof value === 'string' ? value.trim() : value;
  }
  return result;
};

export const parseForm = (text: string): Fields => trimmed(qs.parse(text, FORM) as Fields);

export const parseQuery = (url: string): Fields => {
  const start = url.indexOf('?');
  return start < 0 ? {} : parseForm(url.slice(start + 1));
};

/** JSON or form, told apart by what the body looks like: clients send either under any content type. */
export const parseBody = (text: string): Fields | undefined => {
  const first = text.trimStart()[0];
  if (first === undefined) return {};
  if (first !== '{' && first !== '[') return parseForm(text);
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return undefined;
  }
};

/** Text, also when it came as a number; nothing when absent, empty, or of another kind. */
export const textIn = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
};

/** A whole number, also as digits in a string; NaN when it is something else. */
export const integerIn = (fields: Fields, name: string): number | undefined => {
  const text = textIn(fields, name)?.trim();
  if (text === undefined)
    return fields[name] === undefined || fields[name] === null || fields[name] === ''
      ? undefined
      : Number.NaN;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
};

export const flagIn = (fields: Fields, name: string): boolean => {
  const value = fields[name];
  return value === true || value === 1 || value === 'true' || value === '1';
};

/** One value or a list of them, under `name` or `name[]`. */
export const listIn = (fields: Fields, name: string): string[] => {
  const value = fields[name] ?? fields[`${name}[]`];
  const values: unknown[] = Array.isArray(value)
    ? value
    : isFields(value)
      ? Object.values(value)
      : [value];
  return values
    .filter((it): it is string | number => typeof it === 'string' || typeof it === 'number')
    .map(String)
    .filter((it) => it !== '');
};

export const missing = (name: string): Answer =>
  badRequest(`필수파라메터가 누락되었습니다. (${name})`);

export const invalid = (name: string): Answer =>
  badRequest(`파라메터가 올바르지 않습니다. (${name})`);

/** The longest each field may be (PortOne's own parameter tables). */
const LIMITS: Readonly<Record<string, number>> = {
  customer_uid: 80,
  merchant_uid: 40,
  channel_key: 55,
  pg: 80,
  name: 40,
  buyer_name: 16,
  buyer_email: 64,
  buyer_tel: 16,
  buyer_addr: 128,
  buyer_postcode: 8,
  customer_name: 20,
  customer_tel: 20,
  customer_email: 200,
  customer_addr: 200,
  customer_postcode: 8,
};

const LIMITED = Object.entries(LIMITS);

/** What is too long, or of a kind that is no text, among the fields that have a limit. */
export const findTooLong = (fields: Fields): Answer | undefined => {
  for (const [name, longest] of LIMITED) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    if (name === 'merchant_uid' && Array.isArray(value)) continue;
    if (typeof value !== 'string' && typeof value !== 'number') return invalid(name);
    if (String(value).length > longest) return invalid(name);
  }
  return undefined;
};

const decimals = new Map<string, number | undefined>();

/** How many decimals, remembered: the list of currencies is long and asked for at every charge. */
const decimalsIn = (currency: string): number | undefined => {
  if (!decimals.has(currency) && decimals.size < 1000) {
    const known = /^[A-Z]{3}$/.test(currency) && isCurrency(currency);
    decimals.set(currency, known ? decimalsOf(currency) : undefined);
  }
  return decimals.get(currency);
};

export const currencyIn = (fields: Fields): string | undefined => {
  const currency = textIn(fields, 'currency') ?? 'KRW';
  return decimalsIn(currency) === undefined ? undefined : currency;
};

/** Minor units; nothing when it is no amount of the currency. */
export const minorOf = (value: unknown, currency: string): number | undefined => {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  if (decimalsIn(currency) === 0 && typeof value === 'number' && Number.isSafeInteger(value)) {
    return value;
  }
  return fromMajor(typeof value === 'string' ? value.trim() : value, currency);
};

export const majorOf = (amountMinor: number, currency: string): number =>
  decimalsIn(currency) === 0 ? amountMinor : Number(toMajor({ amountMinor, currency }));
