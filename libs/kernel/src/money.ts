import currencyCodes from 'currency-codes';

/** An amount in minor units of an ISO 4217 currency: KRW has none (1 = ₩1), SEK two (100 = 1 kr). Always a safe integer. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export const isCurrency = (code: string): boolean => currencyCodes.code(code) !== undefined;

/** How many decimals the currency has: ISO 4217's, as `currency-codes` publishes it. */
export const decimalsOf = (currency: string): number => {
  const entry = currencyCodes.code(currency);
  if (!entry) throw new RangeError(`expected an ISO 4217 currency, found ${currency}`);
  return entry.digits;
};

/** 1050 SEK → "10.50"; 9900 KRW → "9900". Exact: digits are moved, nothing is divided. */
export const toMajor = ({ amountMinor, currency }: Money): string => {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(amountMinor);
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, '0');
  return `${amountMinor < 0 ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

/** "10.5" SEK → 1050. Nothing when the text is no number, has more decimals than the currency, or leaves the safe integers. */
export const fromMajor = (major: string | number, currency: string): number | undefined => {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(major));
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const decimals = decimalsOf(currency);
  if (fraction.slice(decimals).replaceAll('0', '') !== '') return undefined;
  const minor = Number(`${sign}${whole}${fraction.slice(0, decimals).padEnd(decimals, '0')}`);
  return Number.isSafeInteger(minor) ? minor : undefined;
};
