import { invariant } from '#kernel';
import { formatApiKey, newApiKey, parseApiKey, type ApiKeyParts } from './api-key.js';
import type { Merchants } from './merchants.js';
import type { ConnectProviderAccount, ProviderAccount } from './provider-account.js';
import type { AccountUpdate, Connection } from './provider-accounts.service.js';
import type { Merchant } from './provisioning.js';
import { ANY_HOST } from './return-host.js';

/** Always the same, so that a key made once for `demo` is one for every installation. */
export const DEMO_MERCHANT_ID = '01900000-0000-7000-8000-00000000de30';
const DEMO_NAME = 'demo';

/** The sandbox's own default credentials. */
const accountsAt = (sandboxUrl: string): readonly ConnectProviderAccount[] => [
  {
    name: 'portone-sandbox',
    provider: 'PORTONE',
    mode: 'SANDBOX',
    baseUrl: `${sandboxUrl}/portone`,
    credentials: { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' },
    currencies: ['KRW', 'USD'],
    returnHosts: [ANY_HOST],
    isRawCardRegistrationOn: true,
    clockMode: 'TEST',
  },
  {
    name: 'nexi-sandbox',
    provider: 'NEXI',
    mode: 'SANDBOX',
    baseUrl: `${sandboxUrl}/nexi`,
    credentials: {
      secret_key: 'test-secret-key-sandbox',
      checkout_key: 'test-checkout-key-sandbox',
    },
    currencies: ['EUR', 'SEK', 'NOK', 'DKK'],
    termsUrl: 'https://merchant.example/terms',
    returnHosts: [ANY_HOST],
    replay: 'ENFORCED',
    clockMode: 'TEST',
  },
];

/** A key of the merchant `demo`; nothing when the text is none. */
export const parseDemoApiKey = (text: string): ApiKeyParts | undefined => {
  const parts = parseApiKey(text);
  return parts?.merchantId === DEMO_MERCHANT_ID ? parts : undefined;
};

export const newDemoApiKey = (): string => formatApiKey(newApiKey(DEMO_MERCHANT_ID));

export interface DemoMerchant {
  readonly merchant: Merchant;
  readonly portone: ProviderAccount;
  readonly nexi: ProviderAccount;
}

/** The merchant `demo` with exactly this key and its two sandbox accounts. Again: the same, at the sandbox's address of now. */
export const provideDemo = async (
  { accounts, provisioning }: Merchants,
  { apiKey, sandboxUrl }: { readonly apiKey: string; readonly sandboxUrl: string },
): Promise<DemoMerchant> => {
  const parts = parseDemoApiKey(apiKey);
  invariant(parts, 'expected an API key of the merchant demo');
  const merchant = await provisioning.createMerchant(DEMO_NAME, DEMO_MERCHANT_ID);
  await provisioning.keepApiKey(parts, DEMO_NAME);
  const connect = async (input: ConnectProviderAccount): Promise<ProviderAccount> => {
    const earlier = await accounts.findByName(merchant.id, input.name);
    if (earlier && earlier.baseUrl === input.baseUrl) return earlier;
    const { baseUrl } = input;
    const written: AccountUpdate | Connection = earlier
      ? await accounts.update(merchant.id, earlier.id, baseUrl ? { baseUrl } : {})
      : await accounts.connect(merchant.id, input);
    invariant(written.kind !== 'REFUSED', `expected the account ${input.name} to be taken`);
    return written.account;
  };
  const [portone, nexi] = accountsAt(sandboxUrl);
  invariant(portone && nexi, 'expected two sandbox accounts');
  return { merchant, portone: await connect(portone), nexi: await connect(nexi) };
};
