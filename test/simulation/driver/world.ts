import { randomUUID } from 'node:crypto';
import { createMerchants } from '#merchants';
import { toPublicId } from '#kernel';
import { parseEncryptionKeys, readConfig } from '#platform/config';
import { Database } from '#platform/database';
import { ENCRYPTION_KEYS, type Fleet } from '../fleet/fleet.js';
import { SHORT_STEPS } from '../test-build/short-times.js';
import { Client } from './client.js';
import type { History } from './history.js';

export type ProviderName = 'PORTONE' | 'NEXI';
/** DOOMED: keys that somebody deletes. LATE: declined, and paid after all. UNSTOPPABLE: paid though its schedule was revoked. */
export type CardKind =
  'APPROVED' | 'SOFT' | 'HARD' | 'LATE' | 'PENDING' | 'UNSTOPPABLE' | 'DOOMED' | 'DOOMED_SOFT';
export type PolicyKind = keyof typeof RETRY_DELAYS;

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly provider: ProviderName;
  readonly currency: string;
  readonly isTestClock: boolean;
  readonly client: Client;
  readonly policies: Readonly<Record<PolicyKind, string>>;
  readonly keys: Record<CardKind, string[]>;
}

/** Three merchants, five accounts at both providers, four currencies; two accounts live on a clock that can be moved. */
const ACCOUNTS = [
  { merchant: 0, name: 'a-portone', provider: 'PORTONE', currency: 'KRW', isTestClock: true },
  { merchant: 0, name: 'a-nexi', provider: 'NEXI', currency: 'EUR', isTestClock: true },
  { merchant: 1, name: 'b-portone', provider: 'PORTONE', currency: 'KRW', isTestClock: false },
  { merchant: 1, name: 'b-nexi', provider: 'NEXI', currency: 'SEK', isTestClock: false },
  { merchant: 2, name: 'c-portone', provider: 'PORTONE', currency: 'USD', isTestClock: false },
] as const;

/** Magic cards: soft declines are retried by the policy, hard ones never. */
const CARDS: Readonly<Record<ProviderName, Readonly<Partial<Record<CardKind, string>>>>> = {
  PORTONE: {
    APPROVED: '4330-1200-0000-0009',
    SOFT: '4000-0000-0000-0010',
    HARD: '4000-0000-0000-0069',
    LATE: '4000-0200-0000-0026',
    PENDING: '4000-0200-0000-0034',
    UNSTOPPABLE: '4000-0200-0000-0042',
    DOOMED: '4330-1200-0000-0009',
    DOOMED_SOFT: '4000-0000-0000-0010',
  },
  NEXI: {
    APPROVED: '4925000000000004',
    SOFT: '4925000000000517',
    HARD: '4925000000000418',
    DOOMED: '4925000000000004',
    DOOMED_SOFT: '4925000000000517',
  },
};
const KEYS: Readonly<Record<CardKind, number>> = {
  ...{ APPROVED: 16, SOFT: 2, HARD: 1, LATE: 1, PENDING: 1, UNSTOPPABLE: 1 },
  ...{ DOOMED: 4, DOOMED_SOFT: 4 },
};
/** In seconds, as all times here are: shorter than the API allows, so their rows are written directly. LONG: a retry that comes only where
 * somebody moves the clock; DAYS: one that comes after the next day's occurrence. */
const RETRY_DELAYS = { SHORT: [1, 2], ONCE: [7], LONG: [3_600], DAYS: [30 * 3_600], NONE: [] } as const;

const makeSandboxAccount = async (
  fleet: Fleet,
  name: string,
  provider: ProviderName,
): Promise<Readonly<Record<string, string>>> => {
  const key = `test-${name}-key`;
  const secret = `test-${name}-secret`;
  await fleet.control('accounts', { provider, key, secret });
  return provider === 'PORTONE'
    ? { imp_key: key, imp_secret: secret }
    : { secret_key: key, checkout_key: secret };
};

const definitionOf = (delaysSeconds: readonly number[]) => {
  const stepsOf = (seconds: readonly number[]) =>
    delaysSeconds.length > 0 ? seconds.map((afterSeconds) => ({ afterSeconds })) : [];
  return {
    soft: stepsOf(delaysSeconds),
    transient: stepsOf(SHORT_STEPS.transient),
    configuration: stepsOf(SHORT_STEPS.configuration),
    ...{ timeZone: 'UTC', atEnd: 'GO_ON' },
  };
};

const makeRetryPolicy = async (
  fleet: Fleet,
  merchantId: string,
  kind: PolicyKind,
): Promise<readonly [PolicyKind, string]> => {
  const id = randomUUID();
  await fleet.postgres.query(
    `WITH policy AS (INSERT INTO retry_policies (merchant_id, id, name, created_at)
       VALUES ($1, $2, $3, now()) RETURNING merchant_id, id, created_at)
     INSERT INTO retry_policy_versions (merchant_id, retry_policy_id, version, definition,
       created_at) SELECT merchant_id, id, 1, $4, created_at FROM policy`,
    [merchantId, id, kind, JSON.stringify(definitionOf(RETRY_DELAYS[kind]))],
  );
  return [kind, toPublicId('retryPolicy', id)];
};

/** Who takes part, made while nothing fails yet. */
export const makeWorld = async (fleet: Fleet, history: History): Promise<Account[]> => {
  const url = fleet.postgres.urlAt();
  const config = {
    ...readConfig({
      NODE_ENV: 'test',
      DATABASE_URL: url,
      SANDBOX_URL: fleet.sandbox.url,
      PUBLIC_URL: fleet.proxies.front.url,
    }),
    encryptionKeys: parseEncryptionKeys(ENCRYPTION_KEYS) ?? [],
  };
  const database = await Database.open({ url, applicationName: 'simulation', poolSize: 4 });
  try {
    const { accounts, provisioning } = createMerchants(database, config as never);
    const merchants = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        const { id } = await provisioning.createMerchant(name);
        const apiKey = await provisioning.createApiKey(id, name);
        const urls = fleet.apis.map((api) => api.url);
        const client = new Client({ merchant: id, apiKey, urls, history });
        const kinds = Object.keys(RETRY_DELAYS) as PolicyKind[];
        const made = await Promise.all(kinds.map((kind) => makeRetryPolicy(fleet, id, kind)));
        const policies = Object.fromEntries(made) as Record<PolicyKind, string>;
        return { id, client, policies };
      }),
    );
    const made = await Promise.all(
      ACCOUNTS.map(async ({ merchant: n, name, provider, currency, isTestClock }) => {
        const merchant = merchants[n];
        if (!merchant) throw new Error('expected the merchant of an account');
        const connection = await accounts.connect(merchant.id, {
          ...{ name, provider, mode: 'SANDBOX', currencies: [currency] },
          baseUrl: `${fleet.proxies.provider.url}/${provider.toLowerCase()}`,
          credentials: await makeSandboxAccount(fleet, name, provider),
          clockMode: isTestClock ? 'TEST' : 'REAL',
          termsUrl: 'https://merchant.example/terms',
          ...(provider === 'NEXI' ? { replay: 'ENFORCED' as const } : {}),
        });
        if (connection.kind === 'REFUSED') throw new Error(JSON.stringify(connection.refusals));
        const id = toPublicId('providerAccount', connection.account.id);
        const { client, policies } = merchant;
        const keys = {
          ...{ APPROVED: [], SOFT: [], HARD: [], LATE: [], PENDING: [], UNSTOPPABLE: [] },
          ...{ DOOMED: [], DOOMED_SOFT: [] },
        };
        return { id, name, provider, currency, isTestClock, client, policies, keys };
      }),
    );
    for (const account of made) await attachKeys(fleet, account);
    return made;
  } finally {
    await database.close();
  }
};

const attachKeys = async (fleet: Fleet, account: Account): Promise<void> => {
  const { provider, name, client } = account;
  for (const [kind, count] of Object.entries(KEYS) as [CardKind, number][]) {
    const cardNumber = CARDS[provider][kind];
    if (cardNumber === undefined) continue;
    const answer = await fleet.control('agreements', {
      ...{ provider, count, cardNumber },
      account: `test-${name}-key`,
    });
    const { ids = [] } = (await answer.json()) as { ids?: string[] };
    const attached = await Promise.all(
      ids.map((providerKey, n) =>
        client.once(
          'attachBillingKey',
          { providerAccountId: account.id, providerKey, customerRef: `customer-${providerKey}` },
          n,
        ),
      ),
    );
    for (const payload of attached) {
      const key = payload?.['billingKey'] as { id: string } | null | undefined;
      if (!key) throw new Error(`a key of ${name} was refused: ${JSON.stringify(payload)}`);
      account.keys[kind].push(key.id);
    }
  }
};
