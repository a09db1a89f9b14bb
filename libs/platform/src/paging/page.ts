import { decodeCursor, type CursorScope } from './cursor.js';

/** What a caller asked of a list, in Relay's words. */
export interface PageRequest {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

/** What a repository needs: rows strictly between two positions, `limit` of them from one end. */
export interface Page {
  readonly limit: number;
  readonly after?: string;
  readonly before?: string;
  /** Read from the end of the list (`last`); the rows are handed out in list order all the same. */
  readonly isBackward: boolean;
}

/** A page in list order. */
export interface Slice<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** Larger pages are refused, never cut: who asks for 1,000 and gets 100 believes to have seen all. */
export const PAGE_MAX = 100;
const PAGE_DEFAULT = 20;

export type PageProblem = {
  readonly code: 'BAD_USER_INPUT' | 'INVALID_CURSOR';
  readonly field: 'first' | 'last' | 'after' | 'before';
  readonly message: string;
};

export const pageOf = (request: PageRequest, scope: CursorScope): Page | PageProblem => {
  const { first, last } = request;
  if (first != null && last != null)
    return problem('last', 'expected either first or last, found both');
  for (const [field, size] of [
    ['first', first],
    ['last', last],
  ] as const)
    if (size != null && (size < 1 || size > PAGE_MAX))
      return problem(field, `expected 1–${PAGE_MAX}, found ${size}`);

  const bounds: { after?: string; before?: string } = {};
  for (const field of ['after', 'before'] as const) {
    const cursor = request[field];
    if (cursor == null) continue;
    const position = decodeCursor(scope, cursor);
    if (position === undefined)
      return { code: 'INVALID_CURSOR', field, message: 'expected a cursor this list handed out' };
    bounds[field] = position;
  }
  return { ...bounds, limit: first ?? last ?? PAGE_DEFAULT, isBackward: last != null };
};

const problem = (field: PageProblem['field'], message: string): PageProblem => ({
  code: 'BAD_USER_INPUT',
  field,
  message,
});

/** The SQL of a page. `column` orders the list and is unique within it; positions become parameters from `$firstParameter` on. */
export interface Keyset {
  /** ` AND …`, or empty. */
  readonly where: string;
  /** `ORDER BY … LIMIT …` with one row more than asked for, so that {@link sliceOf} sees whether there is more. */
  readonly tail: string;
  readonly parameters: readonly string[];
}

export interface KeysetOrder {
  readonly column: string;
  /** e.g. `uuid`, `bigint`: what a position is cast to. */
  readonly type: string;
  readonly direction: 'ASC' | 'DESC';
  readonly firstParameter: number;
}

export const keysetOf = (page: Page, order: KeysetOrder): Keyset => {
  const { column, type, direction } = order;
  const isAscending = direction === 'ASC';
  const parameters: string[] = [];
  const bound = (position: string | undefined, isAfter: boolean): string => {
    if (position === undefined) return '';
    parameters.push(position);
    const comparison = isAfter === isAscending ? '>' : '<';
    const number = order.firstParameter + parameters.length - 1;
    return ` AND ${column} ${comparison} $${number}::${type}`;
  };
  const where = bound(page.after, true) + bound(page.before, false);
  const read = isAscending === page.isBackward ? 'DESC' : 'ASC';
  return { where, tail: ` ORDER BY ${column} ${read} LIMIT ${page.limit + 1}`, parameters };
};

/** From the rows as read (one more than `limit` when there is more) to the page in list order. */
export const sliceOf = <Row>(found: readonly Row[], page: Page): Slice<Row> => {
  const hasMore = found.length > page.limit;
  const rows = found.slice(0, page.limit);
  return page.isBackward
    ? { rows: rows.toReversed(), hasPreviousPage: hasMore, hasNextPage: page.before !== undefined }
    : { rows, hasNextPage: hasMore, hasPreviousPage: page.after !== undefined };
};
