import { ApolloServer } from '@apollo/server';
import { complexityPlugin } from './index.js';

const server = new ApolloServer({
  typeDefs: `
    type Query { things(first: Int, last: Int): Things }
    type Things { nodes: [Thing!]! }
    type Thing { name: String, parts(first: Int): Things }
  `,
  plugins: [complexityPlugin()],
});

const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await server.executeOperation({ query, variables });
  return body.kind === 'single' ? body.singleResult.errors?.[0] : undefined;
};

describe('complexity', () => {
  afterAll(() => server.stop());

  it('counts what stands in a list as often as it may come back', async () => {
    expect(await ask('{ things(first: 100) { nodes { name } } }')).toBeUndefined();
    const nested = '{ things(first: 100) { nodes { parts(first: 100) { nodes { name } } } } }';
    const refused = await ask(nested);
    expect(refused?.extensions?.['code']).toBe('QUERY_TOO_LARGE');
    expect(refused?.message).toMatch(/^expected a complexity of at most 10000, found 20\d{3}$/);
  });

  it('reads sizes from variables, and takes a list without a size for one of twenty', async () => {
    const query =
      'query ($n: Int) { things(last: $n) { nodes { parts { nodes { parts { nodes { name } } } } } } }';
    expect(await ask(query, { n: 1 })).toBeUndefined();
    expect((await ask(query, { n: 100 }))?.extensions?.['code']).toBe('QUERY_TOO_LARGE');
  });

  it('calls a wrong variable the caller’s mistake', async () => {
    const error = await ask('query ($n: Int) { things(first: $n) { nodes { name } } }', { n: 'x' });
    expect(error?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });
});
