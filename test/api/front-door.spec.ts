import { once } from 'node:events';
import { connect } from 'node:net';
import { Database } from '#platform/database';
import { startHouse, type House } from '../support/house.js';
import { createTestDatabase } from '../support/postgres.js';

describe('the front door', () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse();
  });
  afterAll(() => house.close());

  const send = (path: string, init: RequestInit = {}) => fetch(`${house.api.url}${path}`, init);
  const post = (body: string, headers: Record<string, string> = {}) =>
    send('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${house.apiKey}`,
        ...headers,
      },
      body,
    });
  const whoAmI = JSON.stringify({ query: '{ me { merchant { name } } }' });

  it('tells a key who it speaks for', async () => {
    const { me } = await house.graphql<{ me: { merchant: { name: string }; scopes: string[] } }>(
      '{ me { merchant { id name } scopes apiKeys { id name revokedAt } } }',
    );
    expect(me.merchant.name).toBe('demo');
    expect(me.scopes).toContain('CHARGES_WRITE');
  });

  describe('for who may not come in', () => {
    it.each([
      ['no key', null],
      ['a garbled key', 'rfk_abc'],
      ['a key with a typo', undefined],
    ])('answers 401 to %s, whatever was asked', async (_, given) => {
      const key = given === undefined ? `${house.apiKey.slice(0, -1)}!` : given;
      for (const query of [
        '{ me { scopes } }',
        '{ __typename }',
        '{ nonsense',
        '{ __schema { queryType { name } } }',
      ]) {
        const { status, data, errors } = await house.graphql.raw(query, {}, key);
        expect(status).toBe(401);
        expect(data ?? null).toBeNull();
        expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
      }
    });

    it('says how to come in', async () => {
      const answer = await send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: whoAmI,
      });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    });

    it('does not take a key from the address', async () => {
      const query = encodeURIComponent('{ me { scopes } }');
      const answer = await send(`/graphql?query=${query}&apiKey=${house.apiKey}`, {
        headers: { 'apollo-require-preflight': '1' },
      });
      expect(answer.status).toBe(401);
    });
  });

  describe('by the rules of GraphQL over HTTP', () => {
    it('answers a query by GET, and refuses a mutation there', async () => {
      const get = (query: string) =>
        send(`/graphql?query=${encodeURIComponent(query)}`, {
          headers: { authorization: `Bearer ${house.apiKey}`, 'apollo-require-preflight': '1' },
        });
      expect((await get('{ me { merchant { name } } }')).status).toBe(200);
      const refused = await get(
        'mutation { revokeApiKey(input: { id: "x" }) { userErrors { code } } }',
      );
      expect(refused.status).toBe(405);
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
      'refuses a simple cross-site POST as %s before it runs',
      async (type) => {
        const answer = await post(whoAmI, { 'content-type': type });
        expect([400, 415]).toContain(answer.status);
        expect(await answer.text()).not.toContain('demo');
      },
    );

    it('refuses a simple cross-site GET', async () => {
      const answer = await send(`/graphql?query=${encodeURIComponent('{ me { scopes } }')}`, {
        headers: { authorization: `Bearer ${house.apiKey}` },
      });
      expect(answer.status).toBe(400);
    });

    it('refuses several operations in one request', async () => {
      expect((await post(`[${whoAmI},${whoAmI}]`)).status).toBe(400);
    });

    it('gives no foreign page a way to read', async () => {
      const answer = await post(whoAmI, { origin: 'https://evil.example' });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('set-cookie')).toBeNull();
    });

    it('answers 400 to what is no JSON, 413 to what is too large', async () => {
      expect((await post('{')).status).toBe(400);
      const large = (mib: number) =>
        JSON.stringify({
          query: '{ me { scopes } }',
          variables: { x: 'x'.repeat(mib * 1024 * 1024) },
        });
      expect((await post(large(1.5))).status).toBe(200);
      expect((await post(large(2.5))).status).toBe(413);
    });
  });

  describe('against documents made to hurt', () => {
    const codeOf = async (query: string, variables = {}) => {
      const { status, errors } = await house.graphql.raw(query, variables);
      expect(status).toBe(400);
      return errors?.[0]?.extensions.code;
    };

    it('refuses sixteen aliases of one mutation, and runs none', async () => {
      const aliases = Array.from(
        { length: 16 },
        (_, n) =>
          `m${n}: createApiKey(input: { name: "flood", scopes: [CHARGES_READ] }) { replayed }`,
      );
      expect(await codeOf(`mutation { ${aliases.join(' ')} }`)).toBe('GRAPHQL_VALIDATION_FAILED');
      const { me } = await house.graphql<{ me: { apiKeys: { name: string }[] } }>(
        '{ me { apiKeys { name } } }',
      );
      expect(me.apiKeys.filter(({ name }) => name === 'flood')).toEqual([]);
    });

    it('refuses 100,000 tokens at once', async () => {
      expect(await codeOf(`{ ${'__typename '.repeat(100_000)} }`)).toBe('GRAPHQL_PARSE_FAILED');
    });

    it('refuses an unknown field and a variable of the wrong kind, as the caller’s mistakes', async () => {
      expect(await codeOf('{ me { cardNumber } }')).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(await codeOf('query ($id: ID!) { node(id: $id) { id } }', {})).toBe('BAD_USER_INPUT');
    });

    it('takes no field it does not know in an input', async () => {
      const query = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }`;
      const input = { name: 'x', scopes: ['CHARGES_READ'], merchantId: 'mer_other' };
      expect(await codeOf(query, { input })).toBe('BAD_USER_INPUT');
    });
  });

  describe('when something of ours fails', () => {
    it('tells an id and nothing else', async () => {
      const broken = Object.assign(house.platform.database, {
        withMerchant: () =>
          Promise.reject(new Error('relation "charges" does not exist at 10.0.0.5')),
      });
      try {
        const { data, errors } = await house.graphql.raw('{ providerAccounts { id } }');
        expect(data ?? null).toBeNull();
        expect(errors?.[0]?.extensions.code).toBe('INTERNAL');
        expect(errors?.[0]?.extensions['correlationId']).toMatch(/^[0-9a-f-]{36}$/);
        expect(JSON.stringify(errors)).not.toMatch(/10\.0\.0\.5|"charges|stack/);
      } finally {
        Reflect.deleteProperty(broken, 'withMerchant');
      }
    });
  });

  describe('health', () => {
    it('is live and ready', async () => {
      expect(await (await send('/health/live')).json()).toEqual({ status: 'ok' });
      const ready = await send('/health/ready');
      expect(ready.status).toBe(200);
      expect(await ready.json()).toMatchObject({
        status: 'ok',
        details: { database: { status: 'up' }, migrations: { status: 'up' } },
      });
    });

    it('is not ready, and says why, while the database lacks its schema', async () => {
      const empty = await createTestDatabase();
      const bare = await Database.open({ url: empty.url, applicationName: 'test', poolSize: 2 });
      const { dataSource } = house.platform.database;
      Object.assign(house.platform.database, { dataSource: bare.dataSource });
      try {
        const ready = await send('/health/ready');
        expect(ready.status).toBe(503);
        expect(await ready.json()).toMatchObject({
          error: { migrations: { reason: 'migrations are to be run: npm run migrate' } },
        });
        await bare.close();
        expect(await (await send('/health/ready')).json()).toMatchObject({
          error: { database: { reason: 'the database does not answer' } },
        });
      } finally {
        Object.assign(house.platform.database, { dataSource });
        await empty.drop();
      }
    });
  });

  describe('the page to try queries in', () => {
    it('comes with all its parts from here, and may load nothing from elsewhere', async () => {
      const page = await send('/');
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
      const html = await page.text();
      const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
      expect(parts).toHaveLength(5);
      for (const path of parts) {
        const part = await send(path);
        expect(part.status).toBe(200);
        expect((await part.text()).length).toBeGreaterThan(300);
      }
      expect(html).not.toMatch(/https?:\/\//);
    });

    it('serves no other file', async () => {
      for (const path of [
        '/graphiql/package.json',
        '/graphiql/..%2f..%2fpackage.json',
        '/graphiql/constructor',
      ])
        expect((await send(path)).status).toBe(404);
    });
  });

  it('lets a request under way end before it stops', async () => {
    const second = await startHouse();
    const { hostname, port } = new URL(second.api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const body = JSON.stringify({ query: '{ me { merchant { name } } }' });
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${second.apiKey}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = second.close();
    socket.write(body.slice(5));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('"demo"');
    socket.destroy();
    await closing;
  });

  describe('in production', () => {
    let strict: House;
    beforeAll(async () => {
      strict = await startHouse({ env: { NODE_ENV: 'production' } });
    });
    afterAll(() => strict.close());

    it('has no page, no introspection, and suggests nothing', async () => {
      expect((await fetch(`${strict.api.url}/`)).status).toBe(404);
      expect((await fetch(`${strict.api.url}/graphiql/graphiql.js`)).status).toBe(404);
      const introspection = await strict.graphql.raw('{ __schema { types { name } } }');
      expect(introspection.status).toBe(400);
      const typo = await strict.graphql.raw('{ mee { scopes } }');
      expect(JSON.stringify(typo.errors)).not.toContain('Did you mean');
    });
  });
});
