import { textProblem } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import { refusal, type Refusal } from '#merchants';
import type { Card, RawCard } from '#providers/contract';

export const BILLING_KEY_STATUSES = ['PENDING', 'ACTIVE', 'INVALID', 'DELETED'] as const;
export type BillingKeyStatus = (typeof BILLING_KEY_STATUSES)[number];

/** The token for a stored card. */
export interface BillingKey {
  readonly id: string;
  readonly providerAccountId: string;
  readonly customerRef: string;
  readonly providerKey: string;
  readonly status: BillingKeyStatus;
  readonly card: Card;
  readonly createdAt: BusinessInstant;
  readonly updatedAt: BusinessInstant;
  readonly deletedAt: BusinessInstant | null;
  readonly deletionReason: string | null;
}

export interface AttachBillingKey {
  readonly providerAccountId: string;
  readonly customerRef: string;
  readonly providerKey: string;
}

export interface IssueBillingKey {
  readonly providerAccountId: string;
  readonly customerRef: string;
  /** Passes through once, in memory: never stored, not even as a hash, which could be guessed. */
  readonly card: RawCard;
  readonly idempotencyKey?: string | null;
}

export type InputRefusal = Refusal<'INVALID_INPUT'>;

/** Long enough for any id of a merchant's own; it is indexed, so it has an end. */
const CUSTOMER_REF_MAX = 255;
/** PortOne's bound; Nexi's are shorter. */
const PROVIDER_KEY_MAX = 80;
/** Stripe's bound, which clients know. */
const IDEMPOTENCY_KEY_MAX = 255;
const REASON_MAX = 200;
const PRINTABLE = /^[^\p{Cc}\p{Cs}]+$/u;

const checkText = (field: string, text: string, max: number): InputRefusal[] =>
  text.length <= max && PRINTABLE.test(text) && text.trim() === text
    ? []
    : [
        refusal(
          'INVALID_INPUT',
          [field],
          `expected 1–${max} printable characters without space around them, found ${text.length}`,
        ),
      ];

export const checkCustomerRef = (customerRef: string): InputRefusal[] =>
  checkText('customerRef', customerRef, CUSTOMER_REF_MAX);

export const checkIdempotencyKey = (key: string | null | undefined): InputRefusal[] =>
  key == null ? [] : checkText('idempotencyKey', key, IDEMPOTENCY_KEY_MAX);

export const checkReason = (reason: string): InputRefusal[] => {
  const problem = textProblem(reason, REASON_MAX);
  return problem ? [refusal('INVALID_INPUT', ['reason'], problem)] : [];
};

export const checkAttach = (input: AttachBillingKey): InputRefusal[] => [
  ...checkCustomerRef(input.customerRef),
  ...checkText('providerKey', input.providerKey, PROVIDER_KEY_MAX),
];

const CARD_FIELDS: readonly {
  readonly name: keyof RawCard;
  readonly shape: RegExp;
  readonly expected: string;
}[] = [
  { name: 'number', shape: /^\d(?:[ -]?\d){11,18}$/, expected: '12–19 digits' },
  { name: 'expiryYear', shape: /^(?:\d{2}|\d{4})$/, expected: 'a year such as 2029' },
  { name: 'expiryMonth', shape: /^(?:0?[1-9]|1[0-2])$/, expected: 'a month, 01–12' },
  {
    name: 'birthOrBusinessNumber',
    shape: /^(?:\d{6}|\d{10})$/,
    expected: 'YYMMDD, or the 10 digits of a business number',
  },
  { name: 'passwordTwoDigits', shape: /^\d{2}$/, expected: 'two digits' },
  { name: 'cvc', shape: /^\d{3,4}$/, expected: '3 or 4 digits' },
];

/** Says what was expected, never what was found: a card is not repeated to anybody. */
export const checkCard = (card: RawCard): InputRefusal[] =>
  CARD_FIELDS.flatMap(({ name, shape, expected }) => {
    const found = card[name];
    return found === undefined || shape.test(found)
      ? []
      : [refusal('INVALID_INPUT', ['card', name], `expected ${expected}`)];
  });

export const checkIssue = (input: IssueBillingKey): InputRefusal[] => [
  ...checkCustomerRef(input.customerRef),
  ...checkIdempotencyKey(input.idempotencyKey),
  ...checkCard(input.card),
];

/** The digits that may be kept of a card, and tell two of them apart for whoever repeats a call. */
export const lastFourOf = ({ number }: RawCard): string => number.replaceAll(/\D/g, '').slice(-4);

/** Seconds after the call when a key whose issue is unclear is asked about. */
const KEY_LOOKS_SECONDS = [20, 60, 120, 300, 600];
/** A provider that cannot be asked is asked again this often. */
const UNAVAILABLE_SECONDS = 300;

export type KeyLook =
  | { readonly kind: 'ACTIVE'; readonly card: Card }
  /** Absent at every look of ten minutes: it never came to be. */
  | { readonly kind: 'NEVER_ISSUED' }
  | { readonly kind: 'AGAIN'; readonly afterSeconds: number; readonly looks: number };

/** What one look at a key makes of it, `looks` looks having found it absent before. */
export const afterKeyLook = (
  looks: number,
  reading:
    { readonly kind: 'FOUND'; readonly card: Card } | { readonly kind: 'ABSENT' | 'UNAVAILABLE' },
): KeyLook => {
  if (reading.kind === 'FOUND') return { kind: 'ACTIVE', card: reading.card };
  if (reading.kind === 'UNAVAILABLE')
    return { kind: 'AGAIN', afterSeconds: UNAVAILABLE_SECONDS, looks };
  const last = KEY_LOOKS_SECONDS[looks - 1] ?? 0;
  const next = KEY_LOOKS_SECONDS[looks];
  return next === undefined
    ? { kind: 'NEVER_ISSUED' }
    : { kind: 'AGAIN', afterSeconds: next - last, looks: looks + 1 };
};
