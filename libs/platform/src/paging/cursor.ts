import { createHash } from 'node:crypto';

/** 64 bits: a cursor of another merchant or another list is taken for ours once in 2^64. */
const BINDING_BYTES = 8;
/** Longer than any position we hand out (a UUID, a line number); bounds what is decoded. */
const CURSOR_MAX = 128;

const bindingOf = (owner: string, list: string, position: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([owner, list, position]))
    .digest()
    .subarray(0, BINDING_BYTES);

/** Whose cursor it is, and of which list. */
export interface CursorScope {
  readonly owner: string;
  readonly list: string;
}

/** An opaque mark of a row's place. It holds no secret: what it points at is guarded by row-level security, the binding only makes
 * a foreign one a clear error instead of an odd page. */
export const encodeCursor = ({ owner, list }: CursorScope, position: string): string =>
  Buffer.concat([bindingOf(owner, list, position), Buffer.from(position)]).toString('base64url');

/** Nothing when it is not a cursor of this owner's list. */
export const decodeCursor = ({ owner, list }: CursorScope, cursor: string): string | undefined => {
  if (cursor.length > CURSOR_MAX) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return undefined;
  const position = bytes.subarray(BINDING_BYTES).toString();
  const isOurs = bindingOf(owner, list, position).equals(bytes.subarray(0, BINDING_BYTES));
  return isOurs ? position : undefined;
};
