import { decodeCursor, encodeCursor, keysetOf, pageOf, sliceOf, type Page } from './index.js';

const scope = { owner: 'merchant-a', list: 'charges' };
const byId = { column: 'id', type: 'uuid', direction: 'DESC', firstParameter: 2 } as const;

describe('a cursor', () => {
  const cursor = encodeCursor(scope, '42');

  it('opens for its own owner and list', () => {
    expect(decodeCursor(scope, cursor)).toBe('42');
    expect(cursor).not.toContain('42');
  });

  it.each([
    ['another merchant', { ...scope, owner: 'merchant-b' }, cursor],
    ['another list', { ...scope, list: 'schedules' }, cursor],
    ['one that was changed', scope, `${cursor.slice(0, -2)}AA`],
    ['an empty one', scope, ''],
    ['a long one', scope, 'A'.repeat(100_000)],
    ['free text', scope, 'not a cursor!'],
  ])('does not open for %s', (_, owner, text) => {
    expect(decodeCursor(owner, text)).toBeUndefined();
  });
});

describe('a page', () => {
  it('has twenty rows unless asked otherwise', () => {
    expect(pageOf({}, scope)).toEqual({ limit: 20, isBackward: false });
    expect(pageOf({ last: 5 }, scope)).toEqual({ limit: 5, isBackward: true });
  });

  it.each([
    [{ first: 101 }, 'first', 'expected 1–100, found 101'],
    [{ first: 0 }, 'first', 'expected 1–100, found 0'],
    [{ last: -1 }, 'last', 'expected 1–100, found -1'],
    [{ first: 1, last: 1 }, 'last', 'expected either first or last, found both'],
    [{ after: 'x' }, 'after', 'expected a cursor this list handed out'],
  ])('refuses %j and names the field', (request, field, message) => {
    expect(pageOf(request, scope)).toMatchObject({ field, message });
  });

  it('reads on from a position', () => {
    const page = pageOf({ first: 2, after: encodeCursor(scope, 'p') }, scope) as Page;
    expect(keysetOf(page, byId)).toEqual({
      where: ' AND id < $2::uuid',
      tail: ' ORDER BY id DESC LIMIT 3',
      parameters: ['p'],
    });
  });

  it('reads backwards from a position', () => {
    const page = pageOf({ last: 2, before: encodeCursor(scope, 'p') }, scope) as Page;
    expect(keysetOf(page, byId)).toEqual({
      where: ' AND id > $2::uuid',
      tail: ' ORDER BY id ASC LIMIT 3',
      parameters: ['p'],
    });
  });

  it('is handed out in list order and says whether there is more', () => {
    const forward = { limit: 2, isBackward: false };
    expect(sliceOf([5, 4, 3], forward)).toEqual({
      rows: [5, 4],
      hasNextPage: true,
      hasPreviousPage: false,
    });
    const backward = { limit: 2, isBackward: true, before: 'p' };
    expect(sliceOf([3, 4], backward)).toEqual({
      rows: [4, 3],
      hasNextPage: true,
      hasPreviousPage: false,
    });
  });
});
