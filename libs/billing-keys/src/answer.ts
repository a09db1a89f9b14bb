import type { FailureCode } from '#kernel';
import { refusal, type Refusal } from '#merchants';
import type { Capabilities, Failure } from '#providers/contract';

import type { BillingKey } from './billing-key.js';
import type { CardRegistration, StartRefusalCode } from './card-registration.js';

export type KeyRefusalCode =
  | StartRefusalCode
  | 'NOT_FOUND'
  | 'IDEMPOTENCY_MISMATCH'
  | 'INVALID_STATE'
  | 'UNSUPPORTED_BY_PROVIDER'
  | 'PROVIDER_REFUSED'
  | 'PROVIDER_UNAVAILABLE'
  | 'KEY_BELONGS_TO_OTHER_CUSTOMER'
  | 'RAW_CARD_REGISTRATION_OFF'
  | 'CARD_REFUSED';

/** The provider refused the card: with its own words, and ours for the kind of failure. */
export interface KeyRefusal extends Refusal<KeyRefusalCode> {
  readonly failureCode?: FailureCode;
  readonly providerMessage?: string | null;
}

interface Refused {
  readonly kind: 'REFUSED';
  readonly refusals: readonly KeyRefusal[];
}
export type KeyAnswer =
  | { readonly kind: 'ANSWERED'; readonly billingKey: BillingKey; readonly replayed: boolean }
  | Refused;
export type RegistrationAnswer =
  | {
      readonly kind: 'ANSWERED';
      readonly registration: CardRegistration;
      readonly replayed: boolean;
    }
  | Refused;

export const refused = (
  code: KeyRefusalCode,
  field: readonly string[],
  message: string,
): Refused => ({ kind: 'REFUSED', refusals: [refusal(code, field, message)] });

export const noAccount = (): Refused =>
  refused(
    'NOT_FOUND',
    ['providerAccountId'],
    'expected a provider account of yours, found none with this id',
  );

export const unavailable = (reason: string): Refused =>
  refused(
    'PROVIDER_UNAVAILABLE',
    ['providerAccountId'],
    `expected an answer of the provider, found ${reason}; nothing was registered, try again`,
  );

export const mismatch = (): Refused =>
  refused(
    'IDEMPOTENCY_MISMATCH',
    ['idempotencyKey'],
    'expected the content this key was first used with',
  );

/** What the account's provider offers instead, by the operation's name. */
const alternativesOf = (capabilities: Capabilities): string =>
  [
    ...(capabilities.hostedRegistration ? ['startCardRegistration'] : []),
    ...(capabilities.attach ? ['attachBillingKey'] : []),
    ...(capabilities.rawCardRegistration ? ['issueBillingKey'] : []),
  ].join(' or ');

export const unsupported = (operation: string, capabilities: Capabilities): Refused =>
  refused(
    'UNSUPPORTED_BY_PROVIDER',
    ['providerAccountId'],
    `expected an account whose provider has ${operation}; use ${alternativesOf(capabilities)} here`,
  );

/** A refusal of the card is for the person who typed it; one of our request or settings is for us. */
export const cardRefused = ({ failureCode, providerCode, providerMessage }: Failure): Refused => {
  const isOurs = failureCode === 'CONFIGURATION' || failureCode === 'RATE_LIMITED';
  const said = [providerCode, providerMessage].filter(Boolean).join(' ');
  return {
    kind: 'REFUSED',
    refusals: [
      {
        ...refusal(
          isOurs ? 'PROVIDER_REFUSED' : 'CARD_REFUSED',
          [isOurs ? 'providerAccountId' : 'card'],
          `expected the provider to take it, found ${failureCode}${said ? `: ${said}` : ''}`,
        ),
        failureCode,
        providerMessage,
      },
    ],
  };
};
