import { isCurrency } from '#kernel';
import {
  CREDENTIAL_NAMES,
  PROVIDER_BASE_URLS,
  type AccountMode,
  type AccountSettings,
  type ConnectProviderAccount,
} from './provider-account.js';
import { ANY_HOST } from './return-host.js';
import { refusal, type Refusal } from './refusal.js';
import type { ProviderName } from '#providers/contract';

export type AccountRefusalCode = 'INVALID_INPUT' | 'INVALID_CURRENCY';
type AccountRefusal = Refusal<AccountRefusalCode>;

/** What the process allows: where its own sandbox is, and whether any loopback address will do. */
export interface AccountRules {
  readonly sandboxUrl: string;
  readonly isProduction: boolean;
}

interface Subject {
  readonly provider: ProviderName;
  readonly mode: AccountMode;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
/** Nexi's bounds of the `authorization` of a webhook. */
const WEBHOOK_SECRET = /^[A-Za-z0-9]{8,64}$/;
/** Providers' own are under 100 characters; printable, because they stand in headers. */
const CREDENTIAL = /^[\x21-\x7e]{1,200}$/;
/** A host as in a URL, with an optional port; no scheme, no path. */
const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;
/** Nexi's `termsUrl` and `webhooks.url` hold 256. */
const URL_MAX = 256;
const HOSTS_MAX = 20;
const CURRENCIES_MAX = 20;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

const parseUrl = (text: string): URL | undefined =>
  text.length <= URL_MAX && URL.canParse(text) ? new URL(text) : undefined;

/** The credentials go to this address, so it is one of the provider's own, the sandbox's, or (never in production) this machine's. */
const checkBaseUrl = (baseUrl: string, subject: Subject, rules: AccountRules): AccountRefusal[] => {
  const url = parseUrl(baseUrl);
  const own = new URL(PROVIDER_BASE_URLS[subject.provider][subject.mode]).origin;
  const isPlain = url !== undefined && url.username === '' && url.search === '' && url.hash === '';
  const isSandbox =
    subject.mode === 'SANDBOX' &&
    (url?.origin === new URL(rules.sandboxUrl).origin ||
      (!rules.isProduction && LOOPBACK.has(url?.hostname ?? '')));
  return isPlain && (url.origin === own || isSandbox)
    ? []
    : [refusal('INVALID_INPUT', ['baseUrl'], `expected ${own} or, in SANDBOX mode, the sandbox`)];
};

const checkWebAddress = (field: string, address: string, mode: AccountMode): AccountRefusal[] => {
  const url = parseUrl(address);
  const schemes = mode === 'LIVE' ? ['https:'] : ['https:', 'http:'];
  return url && schemes.includes(url.protocol) && url.username === ''
    ? []
    : [
        refusal(
          'INVALID_INPUT',
          [field],
          `expected an absolute ${mode === 'LIVE' ? 'https' : 'http or https'} URL of at most ${URL_MAX} characters`,
        ),
      ];
};

const checkCurrencies = (currencies: readonly string[]): AccountRefusal[] => {
  if (currencies.length === 0 || currencies.length > CURRENCIES_MAX)
    return [
      refusal(
        'INVALID_CURRENCY',
        ['currencies'],
        `expected 1–${CURRENCIES_MAX} currencies, found ${currencies.length}`,
      ),
    ];
  return currencies.flatMap((currency, index) =>
    isCurrency(currency) && currencies.indexOf(currency) === index
      ? []
      : [
          refusal(
            'INVALID_CURRENCY',
            ['currencies', String(index)],
            `expected ISO 4217 codes, each once, found ${currency.slice(0, 10)}`,
          ),
        ],
  );
};

const checkCredentials = (
  credentials: Readonly<Record<string, string>>,
  provider: ProviderName,
): AccountRefusal[] => {
  const names = CREDENTIAL_NAMES[provider];
  const missing = names
    .filter((name) => !CREDENTIAL.test(credentials[name] ?? ''))
    .map((name) =>
      refusal(
        'INVALID_INPUT',
        ['credentials', name],
        `expected ${name}, 1–200 printable characters`,
      ),
    );
  const foreign = Object.keys(credentials)
    .filter((name) => !names.includes(name))
    .map((name) =>
      refusal('INVALID_INPUT', ['credentials', name], `expected only ${names.join(' and ')}`),
    );
  return [...missing, ...foreign];
};

const checkNumber = (
  field: string,
  value: number | null | undefined,
  max: number,
): AccountRefusal[] =>
  value == null || (Number.isInteger(value) && value >= 1 && value <= max)
    ? []
    : [refusal('INVALID_INPUT', [field], `expected 1–${max}, found ${value}`)];

/** Nexi's bulk call was seen to take this many; PortOne has none, so ours is the bound. */
const BULK_OPERATION_MAX = 5_000;
const RATE_LIMIT_MAX = 10_000;

export const checkSettings = (
  settings: AccountSettings,
  subject: Subject,
  rules: AccountRules,
): AccountRefusal[] => {
  const { mode, provider } = subject;
  const hosts = settings.returnHosts ?? [];
  return [
    ...(settings.baseUrl ? checkBaseUrl(settings.baseUrl, subject, rules) : []),
    ...(settings.currencies ? checkCurrencies(settings.currencies) : []),
    ...(settings.termsUrl ? checkWebAddress('termsUrl', settings.termsUrl, mode) : []),
    ...(settings.notificationUrl
      ? checkWebAddress('notificationUrl', settings.notificationUrl, mode)
      : []),
    ...(hosts.length > HOSTS_MAX ||
    !hosts.every((host) => HOST.test(host) || (host === ANY_HOST && mode === 'SANDBOX'))
      ? [refusal('INVALID_INPUT', ['returnHosts'], `expected at most ${HOSTS_MAX} host names`)]
      : []),
    ...checkNumber('rateLimitPerSecond', settings.rateLimitPerSecond, RATE_LIMIT_MAX),
    ...checkNumber('bulkOperationSize', settings.bulkOperationSize, BULK_OPERATION_MAX),
    ...(settings.credentials ? checkCredentials(settings.credentials, provider) : []),
    ...(settings.webhookSecret != null && !WEBHOOK_SECRET.test(settings.webhookSecret)
      ? [refusal('INVALID_INPUT', ['webhookSecret'], 'expected 8–64 letters and digits')]
      : []),
    ...(settings.isRawCardRegistrationOn && provider === 'NEXI'
      ? [
          refusal(
            'INVALID_INPUT',
            ['isRawCardRegistrationOn'],
            'expected it off: Nexi takes cards only on its own page',
          ),
        ]
      : []),
  ];
};

export const checkConnection = (
  input: ConnectProviderAccount,
  rules: AccountRules,
): AccountRefusal[] => [
  ...(NAME.test(input.name)
    ? []
    : [
        refusal(
          'INVALID_INPUT',
          ['name'],
          'expected 1–64 letters, digits, spaces and . _ -, beginning with a letter or digit',
        ),
      ]),
  ...(input.clockMode === 'TEST' && input.mode !== 'SANDBOX'
    ? [refusal('INVALID_INPUT', ['clockMode'], 'expected REAL on a LIVE account')]
    : []),
  ...(input.provider === 'NEXI' && !input.termsUrl
    ? [refusal('INVALID_INPUT', ['termsUrl'], 'expected the page of terms that Nexi shows')]
    : []),
  ...checkSettings(input, input, rules),
];
