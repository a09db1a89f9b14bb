import type { FailureCode } from '#kernel';
import type { MagicCard } from '../core/index.js';
import { ALL_DECLINES, declineOf, pgText } from './declines.js';

/** Card companies by PortOne's three-digit codes. */
const BRANDS = {
  bc: { code: '361', name: 'BC카드' },
  samsung: { code: '365', name: '삼성카드' },
  shinhan: { code: '366', name: '신한카드' },
  hyundai: { code: '367', name: '현대카드' },
  kb: { code: '381', name: 'KB국민카드' },
  visa: { code: '438', name: '해외비자' },
  mastercard: { code: '439', name: '해외마스터' },
} as const;

export type Brand = keyof typeof BRANDS;
export const brandOf = (brand: Brand): { code: string; name: string } => BRANDS[brand];

/** Cards whose charges are not merely declined; all but the first are in no list. */
const STORIES = ['APPROVED', 'LATE', 'LATE_DECLINE', 'PENDING', 'UNSTOPPABLE'] as const;

/** What becomes of a card's charges: paid; declined; declined and paid a minute (LATE) or some seconds (LATE_DECLINE) later; pending for some
 * seconds, then paid; paid at their time though their schedule was revoked. */
export type CardFate = (typeof STORIES)[number] | FailureCode;

export const isDecline = (fate: CardFate): fate is FailureCode =>
  !(STORIES as readonly string[]).includes(fate);

export interface TestCard {
  digits: string;
  brand: Brand;
  fate: CardFate;
  /** Refused as a value of its own even where its outcome is usually a failed payment. */
  isRefused?: boolean;
  failsAtRegistration?: boolean;
  isListed: boolean;
}

const checkDigitOf = (payload: string): string => {
  let sum = 0;
  for (let index = 0; index < payload.length; index += 1) {
    const digit = Number(payload[payload.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return String((10 - (sum % 10)) % 10);
};

export const isLuhnValid = (digits: string): boolean =>
  /^\d{14,16}$/.test(digits) && checkDigitOf(digits.slice(0, -1)) === digits.at(-1);

/** Fifteen digits and the check digit that makes them a card number. */
const numbered = (payload: string): string => payload + checkDigitOf(payload);

const APPROVED: readonly { payload: string; brand: Brand }[] = [
  { payload: '433012000000000', brand: 'visa' },
  { payload: '541000000000000', brand: 'mastercard' },
  { payload: '941010000000000', brand: 'bc' },
  { payload: '940920000000000', brand: 'kb' },
  { payload: '451842000000000', brand: 'shinhan' },
  { payload: '949088000000000', brand: 'hyundai' },
  { payload: '536510000000000', brand: 'samsung' },
];

const fromDeclines = (prefix: string, mark: Partial<TestCard>): TestCard[] =>
  ALL_DECLINES.map(({ outcome }, index) => ({
    digits: numbered(`${prefix}${String(index + 1).padStart(9, '0')}`),
    brand: 'visa' as const,
    fate: outcome,
    isListed: true,
    ...mark,
  }));

/** Outcomes whose card has a twin that answers in the other of the two ways. */
const TWINS: readonly FailureCode[] = ['INSUFFICIENT_FUNDS', 'DO_NOT_HONOR', 'EXPIRED_CARD'];
const AT_REGISTRATION: readonly FailureCode[] = [
  'INVALID_CARD',
  'EXPIRED_CARD',
  'LOST_OR_STOLEN',
  'AUTHENTICATION_REQUIRED',
];

export const TEST_CARDS: readonly TestCard[] = [
  ...APPROVED.map(({ payload, brand }) => ({
    digits: numbered(payload),
    brand,
    fate: 'APPROVED' as const,
    isListed: true,
  })),
  ...fromDeclines('400000', {}),
  ...fromDeclines('400001', { isRefused: true }).filter((card) =>
    TWINS.some((outcome) => outcome === card.fate),
  ),
  ...fromDeclines('400009', { failsAtRegistration: true }).filter((card) =>
    AT_REGISTRATION.some((outcome) => outcome === card.fate),
  ),
  // Not in the list of magic cards: what their charges come to is a longer story.
  { digits: numbered('400002000000001'), brand: 'visa', fate: 'LATE', isListed: false },
  { digits: numbered('400002000000002'), brand: 'visa', fate: 'LATE_DECLINE', isListed: false },
  { digits: numbered('400002000000003'), brand: 'visa', fate: 'PENDING', isListed: false },
  { digits: numbered('400002000000004'), brand: 'visa', fate: 'UNSTOPPABLE', isListed: false },
];

const BY_DIGITS = new Map(TEST_CARDS.map((card) => [card.digits, card]));

/** A listed card, or any other number whose check digit is right (approved); nothing for what is no card number. */
export const findTestCard = (number: string): TestCard | undefined => {
  const digits = number.replace(/[\s-]/g, '');
  const known = BY_DIGITS.get(digits);
  if (known) return known;
  if (!isLuhnValid(digits)) return undefined;
  const brand = digits.startsWith('5') ? 'mastercard' : digits.startsWith('9') ? 'bc' : 'visa';
  return { digits, brand, fate: 'APPROVED', isListed: false };
};

/** `dddd-dddd-dddd-dddd`, the form PortOne's pages ask for. */
export const withDashes = (digits: string): string => digits.replace(/(\d{4})(?=\d)/g, '$1-');

const describe = (card: TestCard): string => {
  if (!isDecline(card.fate)) return `${brandOf(card.brand).name}: every charge is paid`;
  const text = pgText(declineOf(card.fate));
  if (card.failsAtRegistration) return `refused at registration: ${text}`;
  const isRefused = card.isRefused ?? declineOf(card.fate).kind === 'REFUSED';
  return isRefused
    ? `registers; charges are refused (code other than 0, no payment): ${text}`
    : `registers; charges become failed payments (code 0, status failed): ${text}`;
};

export const MAGIC_CARDS: readonly MagicCard[] = TEST_CARDS.flatMap((card) => {
  const { fate } = card;
  if (!card.isListed || (fate !== 'APPROVED' && !isDecline(fate))) return [];
  return {
    provider: 'PORTONE' as const,
    number: withDashes(card.digits),
    outcome: fate,
    description: describe(card),
    ...(card.failsAtRegistration && { at: 'REGISTRATION' as const }),
  };
});
