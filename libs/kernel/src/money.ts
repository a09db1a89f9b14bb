import currencyCodes from 'currency-codes';

/**
 * An amount in minor units of an ISO 4217 currency: KRW has none (1 = ₩1), SEK two (100 = 1 kr).
 * Always a safe integer.
 */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

/**
 * Twelve digits, as ISO 8583 has them (field 4, n 12): no card can be charged more in one message.
 * Nine thousand such amounts still add up to a safe integer, so that one slip of the pen spoils no
 * sum.
 */
export const AMOUNT_MAX_MINOR = 999_999_999_999;

/** Whole minor units that one payment or one line of it can have, below zero too. */
export const isAmountMinor = (value: number): boolean =>
  Number.isSafeInteger(value) && Math.abs(value) <= AMOUNT_MAX_MINOR;

/**
 * ISO 4217 as `currency-codes` publishes it, without what no card can pay in: metals, the test code
 * and "no currency", whose country is one of the standard's own Zz placeholders. A map, because
 * every charge asks.
 */
const DECIMALS = new Map<string, number>(
  currencyCodes
    .codes()
    .map((code) => currencyCodes.code(code))
    .filter((entry) => entry !== undefined)
    .filter(({ countries }) => countries.some((country) => !country.startsWith('Zz')))
    .map(({ code, digits }) => [code, digits]),
);

/** In capital letters only: what is stored and compared has one spelling. */
export const isCurrency = (code: string): boolean => DECIMALS.has(code);

/** How many decimals the currency has. */
export const decimalsOf = (currency: string): number => {
  const decimals = DECIMALS.get(currency);
  if (decimals === undefined)
    throw new RangeError(`expected an ISO 4217 currency, found ${currency}`);
  return decimals;
};

/** 1050 SEK → "10.50"; 9900 KRW → "9900". Exact: digits are moved, nothing is divided. */
export const toMajor = ({ amountMinor, currency }: Money): string => {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(amountMinor);
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, '0');
  return `${amountMinor < 0 ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

/**
 * "10.5" SEK → 1050. Nothing when the text is no number, has more decimals than the currency, or
 * leaves the safe integers.
 */
export const fromMajor = (major: string | number, currency: string): number | undefined => {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(major));
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const decimals = decimalsOf(currency);
  if (fraction.slice(decimals).replaceAll('0', '') !== '') return undefined;
  const minor = Number(`${sign}${whole}${fraction.slice(0, decimals).padEnd(decimals, '0')}`);
  // "-0" is no amount of its own: 0 + -0 is 0.
  return Number.isSafeInteger(minor) ? 0 + minor : undefined;
};
