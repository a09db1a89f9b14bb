import type { ProviderName } from '#providers/contract';
import { ANY_HOST } from './return-host.js';

export const PROVIDER_NAMES = ['PORTONE', 'NEXI'] as const satisfies readonly ProviderName[];
export const ACCOUNT_MODES = ['SANDBOX', 'LIVE'] as const;
export const CLOCK_MODES = ['REAL', 'TEST'] as const;
export const REPLAY_SETTINGS = ['ENFORCED', 'UNPROVEN'] as const;
export const DUPLICATE_CAPTURE_POLICIES = ['REPORT', 'REFUND'] as const;
export type AccountMode = (typeof ACCOUNT_MODES)[number];
export type ClockMode = (typeof CLOCK_MODES)[number];
export type ReplaySetting = (typeof REPLAY_SETTINGS)[number];
export type DuplicateCapturePolicy = (typeof DUPLICATE_CAPTURE_POLICIES)[number];

/** A merchant's account at one provider, without its secrets. */
export interface ProviderAccount {
  readonly merchantId: string;
  readonly id: string;
  readonly name: string;
  readonly provider: ProviderName;
  readonly mode: AccountMode;
  readonly baseUrl: string;
  readonly currencies: readonly string[];
  readonly termsUrl: string | null;
  /** Where a person may be sent back to after typing a card; empty: nowhere. */
  readonly returnHosts: readonly string[];
  /** Where its webhooks are sent; null: the address made of PUBLIC_URL and the account's webhook token. */
  readonly notificationUrl: string | null;
  /** Null: as fast as the provider answers. */
  readonly rateLimitPerSecond: number | null;
  readonly replay: ReplaySetting;
  readonly isReferenceReusable: boolean;
  readonly isRawCardRegistrationOn: boolean;
  readonly bulkOperationSize: number;
  /** What becomes of a capture beside the one that counts. */
  readonly duplicateCapturePolicy: DuplicateCapturePolicy;
  readonly clockMode: ClockMode;
  /** How far the account's clock is ahead of the machine's. 0 on a real clock. */
  readonly clockOffsetMs: number;
  /** What the account's clock showed when this was read. */
  readonly clockNow: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What may be changed after connecting. Provider, mode and clock may not: what was charged stands on them. */
export interface AccountSettings {
  readonly baseUrl?: string | null;
  readonly currencies?: readonly string[] | null;
  readonly termsUrl?: string | null;
  readonly returnHosts?: readonly string[] | null;
  readonly notificationUrl?: string | null;
  readonly rateLimitPerSecond?: number | null;
  readonly replay?: ReplaySetting | null;
  readonly isReferenceReusable?: boolean | null;
  readonly isRawCardRegistrationOn?: boolean | null;
  readonly bulkOperationSize?: number | null;
  readonly duplicateCapturePolicy?: DuplicateCapturePolicy | null;
  readonly credentials?: Readonly<Record<string, string>> | null;
  /** Nexi: 8–64 letters and digits, sent back to us as the `Authorization` of each webhook. */
  readonly webhookSecret?: string | null;
}

export interface ConnectProviderAccount extends AccountSettings {
  readonly name: string;
  readonly provider: ProviderName;
  readonly mode: AccountMode;
  readonly currencies: readonly string[];
  readonly credentials: Readonly<Record<string, string>>;
  readonly clockMode?: ClockMode | null;
}

/** The credentials each provider gives out; the names are theirs. */
export const CREDENTIAL_NAMES: Readonly<Record<ProviderName, readonly string[]>> = {
  PORTONE: ['imp_key', 'imp_secret'],
  NEXI: ['secret_key', 'checkout_key'],
};

/** The providers' own hosts. PortOne has one for both modes: its test channels are settings of the account. */
export const PROVIDER_BASE_URLS: Readonly<Record<ProviderName, Record<AccountMode, string>>> = {
  PORTONE: { SANDBOX: 'https://api.iamport.kr', LIVE: 'https://api.iamport.kr' },
  NEXI: { SANDBOX: 'https://test.api.dibspayment.eu', LIVE: 'https://api.dibspayment.eu' },
};

/** Daou asks for at most 50 card calls a second; a fifth of it disturbs nobody, and the merchant may raise it. */
const LIVE_RATE_LIMIT = 10;
/** Small enough that a lost reply leaves few charges unclear, large enough for 10,000 charges in twenty calls. */
export const BULK_OPERATION_SIZE = 500;

/** What stands in the row where the caller left it open. */
export const withDefaults = (input: ConnectProviderAccount) => ({
  baseUrl: (input.baseUrl ?? PROVIDER_BASE_URLS[input.provider][input.mode]).replace(/\/+$/, ''),
  currencies: input.currencies.map((currency) => currency.toUpperCase()),
  termsUrl: input.termsUrl ?? null,
  returnHosts: (input.returnHosts ?? (input.mode === 'SANDBOX' ? [ANY_HOST] : [])).map((host) =>
    host.toLowerCase(),
  ),
  notificationUrl: input.notificationUrl ?? null,
  rateLimitPerSecond:
    input.rateLimitPerSecond === undefined && input.mode === 'LIVE'
      ? LIVE_RATE_LIMIT
      : (input.rateLimitPerSecond ?? null),
  replay: input.replay ?? 'UNPROVEN',
  isReferenceReusable: input.isReferenceReusable ?? true,
  isRawCardRegistrationOn: input.isRawCardRegistrationOn ?? false,
  bulkOperationSize: input.bulkOperationSize ?? BULK_OPERATION_SIZE,
  // Paying back is a decision about money: it is made by people until they say otherwise.
  duplicateCapturePolicy: input.duplicateCapturePolicy ?? 'REPORT',
  clockMode: input.clockMode ?? 'REAL',
});

/** What a merchant must know when connecting; said, not refused. */
export const warningsFor = (provider: ProviderName): string[] =>
  provider === 'PORTONE'
    ? [
        'Switch off the automatic retry ("recovery") of failed scheduled payments in the PortOne console: ' +
          'a retry that Refrain does not know of charges the customer beside its own.',
      ]
    : [];
