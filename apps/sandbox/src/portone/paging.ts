import { integerIn, type Fields } from './fields.js';

export interface Paging {
  page: number;
  limit: number;
}

/** PortOne's own: 20 a page, up to 1000 where `limit` is read. */
const PAGE_SIZE = 20;
const LARGEST_PAGE = 1000;

/** Nothing when page or limit is out of range. */
export const readPaging = (query: Fields): Paging | undefined => {
  const page = integerIn(query, 'page') ?? 1;
  const limit = integerIn(query, 'limit') ?? PAGE_SIZE;
  const isRight = page >= 1 && limit >= 1 && limit <= LARGEST_PAGE;
  return isRight ? { page, limit } : undefined;
};

export interface Page {
  total: number;
  previous: number;
  next: number;
  list: unknown[];
}

/** `previous` and `next` are page numbers, 0 when there is none. */
export const pageOf = <T>(
  rows: readonly T[],
  { page, limit }: Paging,
  present: (row: T) => unknown,
): Page => ({
  total: rows.length,
  previous: page > 1 ? page - 1 : 0,
  next: page * limit < rows.length ? page + 1 : 0,
  list: rows.slice((page - 1) * limit, page * limit).map(present),
});
