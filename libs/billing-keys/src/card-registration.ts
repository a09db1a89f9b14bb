import { isCurrency } from '#kernel';
import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import { mayReturnTo, refusal, type ProviderAccount, type Refusal } from '#merchants';

import { checkCustomerRef, checkIdempotencyKey } from './billing-key.js';

export const REGISTRATION_STATUSES = ['PENDING', 'COMPLETED', 'FAILED', 'EXPIRED'] as const;
export type RegistrationStatus = (typeof REGISTRATION_STATUSES)[number];

/** A card being registered on the provider's own page, for a payment of zero. */
export interface CardRegistration {
  readonly id: string;
  readonly providerAccountId: string;
  readonly customerRef: string;
  readonly currency: string;
  readonly returnUrl: string;
  readonly status: RegistrationStatus;
  readonly providerPaymentId: string | null;
  readonly paymentUrl: string | null;
  readonly billingKeyId: string | null;
  readonly failureReason: string | null;
  readonly looks: number;
  readonly expiresAt: MachineInstant;
  readonly createdAt: BusinessInstant;
}

export interface StartCardRegistration {
  readonly providerAccountId: string;
  readonly customerRef: string;
  readonly returnUrl: string;
  readonly currency: string;
  readonly idempotencyKey?: string | null;
}

export type StartRefusalCode =
  'INVALID_INPUT' | 'INVALID_CURRENCY' | 'CURRENCY_NOT_SUPPORTED' | 'RETURN_HOST_NOT_ALLOWED';

/** How long the provider keeps its page open (Nexi: 48 hours, then a new payment is needed). */
export const REGISTRATION_LIFE_SECONDS = 172_800;
/** What a hosted page takes for a return address. */
const RETURN_URL_MAX = 256;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export const checkStart = (
  input: StartCardRegistration,
  account: ProviderAccount,
): Refusal<StartRefusalCode>[] => [
  ...checkCustomerRef(input.customerRef),
  ...checkIdempotencyKey(input.idempotencyKey),
  ...checkCurrency(input.currency, account),
  ...checkReturnUrl(input.returnUrl, account),
  ...(account.mode === 'LIVE' && !account.termsUrl
    ? [
        refusal(
          'INVALID_INPUT' as const,
          ['providerAccountId'],
          'expected an account with a termsUrl, which the page shows; update the provider account',
        ),
      ]
    : []),
];

const checkCurrency = (
  currency: string,
  { currencies }: ProviderAccount,
): Refusal<StartRefusalCode>[] => {
  if (!isCurrency(currency))
    return [refusal('INVALID_CURRENCY', ['currency'], 'expected a currency by ISO 4217')];
  return currencies.includes(currency)
    ? []
    : [
        refusal(
          'CURRENCY_NOT_SUPPORTED',
          ['currency'],
          `expected one that the account takes: ${currencies.join(', ')}; found ${currency}`,
        ),
      ];
};

/** The page sends a person there with our customer's trust: so only to hosts the merchant named. In SANDBOX mode, where nobody's
 * card is typed, an empty list leaves it open, and this machine is always allowed. */
const checkReturnUrl = (
  returnUrl: string,
  account: ProviderAccount,
): Refusal<StartRefusalCode>[] => {
  const { mode, returnHosts } = account;
  const url =
    returnUrl.length <= RETURN_URL_MAX && URL.canParse(returnUrl) ? new URL(returnUrl) : undefined;
  const schemes = mode === 'LIVE' ? ['https:'] : ['https:', 'http:'];
  if (!url || !schemes.includes(url.protocol) || url.username !== '' || url.password !== '')
    return [
      refusal(
        'INVALID_INPUT',
        ['returnUrl'],
        `expected an absolute ${mode === 'LIVE' ? 'https' : 'http or https'} URL of at most ${RETURN_URL_MAX} characters`,
      ),
    ];
  const isOpen = mode === 'SANDBOX' && (returnHosts.length === 0 || LOOPBACK.has(url.hostname));
  if (isOpen || mayReturnTo(account, returnUrl)) return [];
  const hosts = returnHosts.length > 0 ? returnHosts.join(', ') : 'none are named, update it';
  return [
    refusal(
      'RETURN_HOST_NOT_ALLOWED',
      ['returnUrl'],
      `expected a host that the account returns to (${hosts}), found ${url.host}`,
    ),
  ];
};

/** Seconds from the start: the webhook gets the first twenty. Well under the provider's 30 reads an hour. */
const LOOKS_SECONDS = [20, 60, 120, 300, 600, 1_800];
/** Afterwards: whoever has not typed a card in half an hour is not waiting for us. */
const LATER_LOOKS_SECONDS = 3_600;

/** When a registration that began at `startedAt` is looked at after `looks` looks. */
export const nextRegistrationLook = (
  registration: Pick<CardRegistration, 'expiresAt'>,
  looks: number,
  now: MachineInstant,
): MachineInstant => {
  const startedAt = after(registration.expiresAt, -REGISTRATION_LIFE_SECONDS);
  const planned = LOOKS_SECONDS[looks];
  const next = planned === undefined ? after(now, LATER_LOOKS_SECONDS) : after(startedAt, planned);
  // Looks that a webhook brought forward, or that downtime passed over, do not pile up.
  return next.getTime() > now.getTime() ? next : after(now, LOOKS_SECONDS[0] ?? 0);
};
