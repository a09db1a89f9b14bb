import { formatApiKey, parseApiKey } from '#merchants';
import { createMerchants, type Merchants } from '#merchants';
import { startHouse, type House } from '../support/house.js';

const CONNECT = `mutation ($input: ConnectProviderAccountInput!) {
  connectProviderAccount(input: $input) {
    providerAccount { id name provider mode currencies rateLimitPerSecond replay clock { mode } notificationUrl }
    warnings replayed userErrors { code field message }
  } }`;
const UPDATE = `mutation ($input: UpdateProviderAccountInput!) {
  updateProviderAccount(input: $input) {
    providerAccount { id currencies termsUrl rateLimitPerSecond returnHosts } userErrors { code field message }
  } }`;
const TEST = `mutation ($input: TestProviderAccountInput!) {
  testProviderAccount(input: $input) { providerAccount { id } access notes userErrors { code field } } }`;
const CREATE_KEY = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { apiKey { id name scopes } key replayed userErrors { code field message } } }`;
const REVOKE_KEY = `mutation ($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) { apiKey { id revokedAt } userErrors { code field } } }`;

interface UserErrors {
  userErrors: { code: string; field: string[] | null; message: string }[];
}
interface Connected extends UserErrors {
  providerAccount: { id: string; name: string; notificationUrl: string } | null;
  warnings: string[];
  replayed: boolean;
}

describe('merchants', () => {
  let house: House;
  let merchants: Merchants;
  beforeAll(async () => {
    house = await startHouse();
    merchants = createMerchants(house.platform.database, house.platform.config);
  });
  afterAll(() => house.close());

  const nexiInput = (more: object = {}) => ({
    name: 'nexi-test',
    provider: 'NEXI',
    mode: 'SANDBOX',
    baseUrl: `${house.sandbox.url}/nexi`,
    credentials: { nexi: { secretKey: 'sk_canary_secret', checkoutKey: 'ck_canary' } },
    currencies: ['SEK'],
    termsUrl: 'https://merchant.example/terms',
    webhookSecret: 'whcanary0123456789',
    ...more,
  });
  const connect = async (input: object, apiKey?: string): Promise<Connected> =>
    (await house.graphql<{ connectProviderAccount: Connected }>(CONNECT, { input }, apiKey))
      .connectProviderAccount;
  /** Another merchant with a key of its own. */
  const anotherMerchant = async () => {
    const merchant = await merchants.provisioning.createMerchant('other');
    return { merchant, apiKey: await merchants.provisioning.createApiKey(merchant.id, 'first') };
  };

  describe('a provider account', () => {
    it('is connected once by its name, and answers the same again', async () => {
      const first = await connect(nexiInput({ name: 'twice' }));
      expect(first).toMatchObject({ replayed: false, userErrors: [], warnings: [] });
      expect(first.providerAccount!.notificationUrl).toMatch(
        /^http:\/\/127\.0\.0\.1:\d+\/webhooks\/nexi\/wht_[a-z0-9]{52}_[a-z0-9]{50}$/,
      );
      const again = await connect(nexiInput({ name: 'twice' }));
      expect(again).toEqual({ ...first, replayed: true });
    });

    it('is refused under a name that has other content', async () => {
      await connect(nexiInput({ name: 'mismatch' }));
      const other = await connect(nexiInput({ name: 'mismatch', currencies: ['EUR'] }));
      expect(other.providerAccount).toBeNull();
      expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH', field: ['name'] }]);
    });

    it('is connected once though many ask at the same time', async () => {
      const all = await Promise.all(
        Array.from({ length: 8 }, () => connect(nexiInput({ name: 'at-once' }))),
      );
      expect(new Set(all.map(({ providerAccount }) => providerAccount!.id)).size).toBe(1);
      expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    });

    it('of PortOne warns of the console’s own retry', async () => {
      const { warnings } = await connect({
        name: 'portone-test',
        provider: 'PORTONE',
        mode: 'SANDBOX',
        credentials: { portone: { impKey: 'imp_canary', impSecret: 'imp_canary_secret' } },
        currencies: ['KRW'],
      });
      expect(warnings.join()).toContain('recovery');
    });

    it.each([
      [{ name: '' }, ['name']],
      [{ name: 'x'.repeat(65) }, ['name']],
      [{ currencies: [] }, ['currencies']],
      [{ currencies: ['SEK', 'ZZZ'] }, ['currencies', '1']],
      [{ baseUrl: 'http://169.254.169.254/latest' }, ['baseUrl']],
      [{ baseUrl: 'https://api.dibspayment.eu.evil.example' }, ['baseUrl']],
      [{ baseUrl: 'https://user:pw@test.api.dibspayment.eu' }, ['baseUrl']],
      [{ mode: 'LIVE', baseUrl: 'http://127.0.0.1:4010/nexi' }, ['baseUrl']],
      [
        { credentials: { portone: { impKey: 'a', impSecret: 'b' } } },
        ['credentials', 'secret_key'],
      ],
      [
        { credentials: { nexi: { secretKey: 'a\nb', checkoutKey: 'c' } } },
        ['credentials', 'secret_key'],
      ],
      [{ termsUrl: null }, ['termsUrl']],
      [{ termsUrl: 'javascript:alert(1)' }, ['termsUrl']],
      [{ webhookSecret: 'short' }, ['webhookSecret']],
      [{ webhookSecret: 'with-hyphens-inside' }, ['webhookSecret']],
      [{ returnHosts: ['https://shop.example/'] }, ['returnHosts']],
      [{ rateLimitPerSecond: 0 }, ['rateLimitPerSecond']],
      [{ bulkOperationSize: 100_000 }, ['bulkOperationSize']],
      [{ isRawCardRegistrationOn: true }, ['isRawCardRegistrationOn']],
      [{ mode: 'LIVE', baseUrl: null, clockMode: 'TEST' }, ['clockMode']],
    ])('is refused with %j, naming the field', async (wrong, field) => {
      const { providerAccount, userErrors } = await connect(nexiInput({ name: 'wrong', ...wrong }));
      expect(providerAccount).toBeNull();
      expect(userErrors.map((error) => error.field)).toContainEqual(field);
      for (const { message } of userErrors) expect(message).toMatch(/^expected /);
    });

    it('keeps no secret in the clear, in no table', async () => {
      await connect(nexiInput({ name: 'sealed' }));
      const { dataSource } = house.platform.database;
      const tables = (await dataSource.query(
        `SELECT quote_ident(relname) AS name FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
      )) as { name: string }[];
      for (const { name } of tables) {
        const rows = JSON.stringify(
          await house.platform.database.withMerchant(house.merchant.id, (tx) =>
            tx.query(`SELECT * FROM ${name}`),
          ),
        );
        expect(rows).not.toMatch(/canary/);
        expect(rows).not.toContain(parseApiKey(house.apiKey)!.secret);
      }
    });

    it('cannot be opened with credentials moved in from another account', async () => {
      const one = await connect(nexiInput({ name: 'move-from' }));
      const other = await connect(nexiInput({ name: 'move-to' }));
      await house.platform.database.withMerchant(house.merchant.id, (tx) =>
        tx.query(
          `UPDATE provider_accounts SET updated_at = now(), sealed_credentials =
             (SELECT sealed_credentials FROM provider_accounts WHERE name = 'move-from')
           WHERE name = 'move-to'`,
        ),
      );
      const test = (id: string) => house.graphql.raw(TEST, { input: { id } });
      expect((await test(one.providerAccount!.id)).errors).toBeUndefined();
      const moved = await test(other.providerAccount!.id);
      expect(moved.errors?.[0]?.extensions.code).toBe('INTERNAL');
    });

    it('is updated field by field, and its credentials are believed from then on', async () => {
      const { providerAccount } = await connect(nexiInput({ name: 'changing' }));
      const { id } = providerAccount!;
      const test = async () =>
        (await house.graphql<{ testProviderAccount: { access: string } }>(TEST, { input: { id } }))
          .testProviderAccount.access;
      expect(await test()).toBe('REFUSED');
      const { updateProviderAccount } = await house.graphql<{
        updateProviderAccount: UserErrors & { providerAccount: object };
      }>(UPDATE, {
        input: {
          id,
          credentials: {
            nexi: {
              secretKey: 'test-secret-key-sandbox',
              checkoutKey: 'test-checkout-key-sandbox',
            },
          },
          rateLimitPerSecond: 25,
        },
      });
      expect(updateProviderAccount).toMatchObject({
        userErrors: [],
        providerAccount: { currencies: ['SEK'], rateLimitPerSecond: 25 },
      });
      expect(await test()).toBe('WORKING');
    });

    it('of another merchant is like one that is not there, whichever way it is asked for', async () => {
      const { apiKey } = await anotherMerchant();
      const id = (await connect(nexiInput({ name: 'mine' }))).providerAccount!.id;
      const unknown = 'acc_01h2xcejqtf2nbrexx3vqjhp41';
      const asOther = (query: string, variables: object) =>
        house.graphql<Record<string, unknown>>(query, variables, apiKey);
      for (const [query, variables] of [
        ['query ($id: ID!) { node(id: $id) { id } }', (each: string) => ({ id: each })],
        [UPDATE, (each: string) => ({ input: { id: each } })],
        [TEST, (each: string) => ({ input: { id: each } })],
      ] as const)
        expect(await asOther(query, variables(id))).toEqual(
          await asOther(query, variables(unknown)),
        );
      expect(await asOther('{ providerAccounts { id } }', {})).toEqual({ providerAccounts: [] });
      const same = await connect(nexiInput({ name: 'mine' }), apiKey);
      expect(same).toMatchObject({ replayed: false, userErrors: [] });
    });

    it('is found by its node id', async () => {
      const id = (await connect(nexiInput({ name: 'node' }))).providerAccount!.id;
      const { node } = await house.graphql<{ node: object }>(
        'query ($id: ID!) { node(id: $id) { __typename id ... on ProviderAccount { name } } }',
        { id },
      );
      expect(node).toEqual({ __typename: 'ProviderAccount', id, name: 'node' });
    });
  });

  describe('an API key', () => {
    interface Created extends UserErrors {
      apiKey: { id: string; scopes: string[] } | null;
      key: string | null;
      replayed: boolean;
    }
    const create = async (input: object, apiKey?: string): Promise<Created> =>
      (await house.graphql<{ createApiKey: Created }>(CREATE_KEY, { input }, apiKey)).createApiKey;

    it('may do what its scopes say and nothing else', async () => {
      const { key } = await create({ name: 'reader', scopes: ['MERCHANTS_READ'] });
      expect(await house.graphql('{ providerAccounts { name } }', {}, key!)).toBeDefined();
      for (const [query, variables] of [
        [CONNECT, { input: nexiInput() }],
        [CREATE_KEY, { input: { name: 'more', scopes: ['MERCHANTS_READ'] } }],
        [REVOKE_KEY, { input: { id: 'x' } }],
        ['{ providerAccounts { notificationUrl } }', {}],
      ] as const) {
        const { status, errors, data } = await house.graphql.raw(query, variables, key!);
        expect([status, errors?.[0]?.extensions.code, data ?? null]).toEqual([
          403,
          'FORBIDDEN',
          null,
        ]);
      }
    });

    it('gives no scope that it does not hold', async () => {
      const { key } = await create({ name: 'keys only', scopes: ['API_KEYS_WRITE'] });
      const more = await create(
        { name: 'more', scopes: ['API_KEYS_WRITE', 'REFUNDS_WRITE'] },
        key!,
      );
      expect(more.apiKey).toBeNull();
      expect(more.userErrors).toMatchObject([{ code: 'SCOPE_NOT_HELD', field: ['scopes'] }]);
    });

    it('is made once by its idempotency key, and shown once', async () => {
      const input = { name: 'once', scopes: ['CHARGES_READ'], idempotencyKey: 'deploy-1' };
      const first = await create(input);
      expect(first).toMatchObject({ replayed: false, userErrors: [] });
      expect(await create(input)).toEqual({ ...first, key: null, replayed: true });
      const other = await create({ ...input, name: 'twice' });
      expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
      const { merchant, apiKey } = await anotherMerchant();
      expect(merchant.id).not.toBe(house.merchant.id);
      expect(await create(input, apiKey)).toMatchObject({ replayed: false, userErrors: [] });
    });

    it('is refused once it was revoked, while another lives on', async () => {
      const one = await create({ name: 'one', scopes: ['MERCHANTS_READ'] });
      const two = await create({ name: 'two', scopes: ['MERCHANTS_READ'] });
      const isLetIn = async ({ key }: Created) =>
        (await house.graphql.raw('{ me { scopes } }', {}, key)).status === 200;
      expect([await isLetIn(one), await isLetIn(two)]).toEqual([true, true]);
      await house.graphql(REVOKE_KEY, { input: { id: one.apiKey!.id } });
      expect([await isLetIn(one), await isLetIn(two)]).toEqual([false, true]);
    });

    it('with its own ids but another secret or merchant is nobody’s', async () => {
      const parts = parseApiKey(house.apiKey)!;
      const { merchant } = await anotherMerchant();
      for (const forged of [
        formatApiKey({ ...parts, secret: '0'.repeat(50) }),
        formatApiKey({ ...parts, merchantId: merchant.id }),
        formatApiKey({ ...parts, apiKeyId: merchant.id }),
      ]) {
        const { status } = await house.graphql.raw('{ me { scopes } }', {}, forged);
        expect(status).toBe(401);
      }
    });
  });

  it('keep two merchants apart though their requests are interleaved', async () => {
    const { merchant, apiKey } = await anotherMerchant();
    const ask = async (key: string, expected: string) => {
      const { me } = await house.graphql<{ me: { merchant: { id: string } } }>(
        '{ me { merchant { id } } providerAccounts { id } }',
        {},
        key,
      );
      const parts = await merchants.apiKeys.authenticate(key);
      expect(parts!.merchantId).toBe(expected);
      return me.merchant.id;
    };
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        n % 2 ? ask(apiKey, merchant.id) : ask(house.apiKey, house.merchant.id),
      ),
    );
    expect(new Set(answers.filter((_, n) => n % 2)).size).toBe(1);
    expect(new Set(answers).size).toBe(2);
  });

  it('are seeded the same however often', async () => {
    const { accounts } = merchants;
    const before = await accounts.list(house.merchant.id);
    const { seedDemo } = await import('../../apps/cli/src/seed-demo.js');
    const again = await seedDemo(house.platform.database, house.platform.config);
    expect(again.apiKey).toBe(house.apiKey);
    expect([again.portone.id, again.nexi.id]).toEqual([house.portone.id, house.nexi.id]);
    expect(await accounts.list(house.merchant.id)).toHaveLength(before.length);
  });
});
