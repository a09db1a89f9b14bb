import { presentConnection, readPage } from './index.js';

const scope = { owner: 'merchant-a', list: 'things' };

describe('a connection', () => {
  it('presents rows as edges and nodes, with cursors that lead on', () => {
    const connection = presentConnection({
      slice: { rows: [{ id: 'b' }, { id: 'a' }], hasNextPage: true, hasPreviousPage: false },
      scope,
      positionOf: ({ id }) => id,
      present: ({ id }) => ({ name: id.toUpperCase() }),
    });
    expect(connection.nodes).toEqual([{ name: 'B' }, { name: 'A' }]);
    expect(connection.edges.map(({ node }) => node)).toEqual(connection.nodes);
    const { endCursor, startCursor, ...flags } = connection.pageInfo;
    expect(flags).toEqual({ hasNextPage: true, hasPreviousPage: false });
    expect(readPage({ first: 2, after: endCursor }, scope).after).toBe('a');
    expect(readPage({ last: 2, before: startCursor }, scope).before).toBe('b');
  });

  it('has no cursors when it is empty', () => {
    const slice = { rows: [], hasNextPage: false, hasPreviousPage: false };
    const empty = presentConnection({ slice, scope, positionOf: String, present: String });
    expect(empty.pageInfo).toMatchObject({ startCursor: null, endCursor: null });
  });

  it.each([
    [{ first: 101 }, 'BAD_USER_INPUT'],
    [{ first: -1 }, 'BAD_USER_INPUT'],
    [{ first: 1, last: 1 }, 'BAD_USER_INPUT'],
    [{ after: 'forged' }, 'INVALID_CURSOR'],
  ])('refuses %j as a GraphQL error', (request, code) => {
    expect(() => readPage(request, scope)).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ code }) }),
    );
  });
});
