// Pages of a list by keyset: cursors, bounds and the SQL between them.
// It promises that a page costs the same wherever it lies, and that a cursor works only for its owner and its list.
// It refuses offsets, and pages larger than it can promise.
export { decodeCursor, encodeCursor, type CursorScope } from './cursor.js';
export {
  keysetOf,
  PAGE_MAX,
  pageOf,
  sliceOf,
  type Keyset,
  type KeysetOrder,
  type Page,
  type PageProblem,
  type PageRequest,
  type Slice,
} from './page.js';
