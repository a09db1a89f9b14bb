import { createHttpSender } from '#platform/http';
import {
  conformanceCases,
  SandboxClient,
  type AccountAccess,
  type ConformanceSetting,
  type ProviderName,
} from '#providers/contract';
import { NexiProvider } from '#providers/nexi';
import { PortoneProvider } from '#providers/portone';
import { createSandbox, type Sandbox } from '../../apps/sandbox/src/sandbox.js';

/** Hanging answers hang for as long as the adapter waits: shortened from 35 s. */
const http = createHttpSender({ deadlineMs: 1_500 });
let sandbox: Sandbox;
let url = '';

beforeAll(async () => {
  sandbox = await createSandbox({});
  url = await sandbox.listen();
});
afterAll(async () => {
  await http.close();
  await sandbox.close();
});

const accounts: Record<ProviderName, AccountAccess> = {
  PORTONE: {
    providerAccountId: 'portone-sandbox',
    provider: 'PORTONE',
    baseUrl: '',
    credentials: { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' },
    webhookSecret: 'unused-webhook-secret',
    notificationUrl: 'http://127.0.0.1:1/webhooks/portone/token',
    termsUrl: 'https://merchant.example/terms',
    replay: 'UNPROVEN',
    isReferenceReusable: true,
    isRawCardRegistrationOn: true,
  },
  NEXI: {
    providerAccountId: 'nexi-sandbox',
    provider: 'NEXI',
    baseUrl: '',
    credentials: {
      secret_key: 'test-secret-key-sandbox',
      checkout_key: 'test-checkout-key-sandbox',
    },
    webhookSecret: 'nexiwebhooksecret0123456789',
    notificationUrl: 'http://127.0.0.1:1/webhooks/nexi/token',
    termsUrl: 'https://merchant.example/terms',
    replay: 'ENFORCED',
    isReferenceReusable: false,
    isRawCardRegistrationOn: false,
  },
};

/**
 * The cases are listed before the sandbox has an address, so the address is filled in when one
 * runs.
 */
const settingFor = (name: ProviderName, address: string): ConformanceSetting =>
  name === 'PORTONE'
    ? {
        provider: portone,
        account: { ...accounts.PORTONE, baseUrl: `${address}/portone` },
        sandbox: new SandboxClient(address, 'PORTONE'),
        currency: 'KRW',
        accountKey: 'imp_sandbox',
      }
    : {
        provider: nexi,
        account: { ...accounts.NEXI, baseUrl: `${address}/nexi` },
        sandbox: new SandboxClient(address, 'NEXI'),
        currency: 'EUR',
        accountKey: 'test-secret-key-sandbox',
      };
const portone = new PortoneProvider(http);
const nexi = new NexiProvider(http);

describe.each(['PORTONE', 'NEXI'] as const)('the %s adapter against the sandbox', (name) => {
  const names = conformanceCases(settingFor(name, '')).map((one) => one.name);
  it.each(names)(
    '%s',
    async (wanted) => {
      const cases = conformanceCases(settingFor(name, url));
      await cases.find((one) => one.name === wanted)?.run();
    },
    60_000,
  );
});
