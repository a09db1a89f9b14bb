import { parse } from 'graphql';
import { storableTextPlugin } from './storable-text.plugin.js';

const check = async (query: string, variables: Record<string, unknown> = {}): Promise<string> => {
  const hooks = await storableTextPlugin().requestDidStart?.({} as never);
  const request = { request: { variables }, document: parse(query) };
  try {
    await (hooks as { didResolveOperation(of: unknown): Promise<void> }).didResolveOperation(
      request,
    );
    return 'let through';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('text at the door', () => {
  it('that no column takes is refused, and the place is named', async () => {
    const input = { order: { name: 'a\0b' } };
    expect(await check('{ a }', { input })).toMatch(
      /^variables\.input\.order\.name: expected text/,
    );
    expect(await check('{ a(b: "a\\u0000") }')).toMatch(/^a text in the query: expected text/);
    expect(await check('{ a }', { cut: 'half \ud83d' })).toMatch(/^variables\.cut: expected text/);
  });

  it('of any language is let through', async () => {
    expect(await check('{ a(b: "잔액부족 😀") }', { items: ['😀'] })).toBe('let through');
  });
});
