import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

/**
 * What an id names. `item` is the place in a bulk operation (from 1), 0 outside one; `nth` counts a
 * payment's charges, refunds …
 */
interface IdParts {
  readonly kind: IdKind;
  readonly item: number;
  readonly nth: number;
}

const KINDS = [
  'payment',
  'charge',
  'refund',
  'cancel',
  'agreement',
  'bulk',
  'reservation',
  'event',
] as const;
export type IdKind = (typeof KINDS)[number];

/**
 * An id is one AES block over (seed, item, kind, nth): 32 hex digits that look random and still
 * tell which payment a charge belongs to, so that a million payments need no index. It guards
 * nothing, and a fixed key lets ids outlive the process.
 */
const KEY = Buffer.from('refrain-sandbox!');
/** What 16 bytes leave beside item (3), kind (1) and nth (2): no two of a million draws will meet. */
const SEED_BYTES = 10;
const cipher = createCipheriv('aes-128-ecb', KEY, null).setAutoPadding(false);
const decipher = createDecipheriv('aes-128-ecb', KEY, null).setAutoPadding(false);

const seal = (seed: Buffer, { kind, item, nth }: IdParts): string => {
  const block = Buffer.alloc(16);
  seed.copy(block, 0, 0, SEED_BYTES);
  block.writeUIntBE(item, SEED_BYTES, 3);
  block.writeUInt8(KINDS.indexOf(kind), 13);
  block.writeUInt16BE(nth, 14);
  return cipher.update(block).toString('hex');
};

const open = (id: string): Buffer => decipher.update(Buffer.from(id, 'hex'));

const seeds = Buffer.alloc(SEED_BYTES * 1024);
let nextSeed = seeds.length;
/** Random bytes are drawn by the thousand: one draw per id costs more than the id. */
const drawSeed = (): Buffer => {
  if (nextSeed >= seeds.length) {
    randomFillSync(seeds);
    nextSeed = 0;
  }
  nextSeed += SEED_BYTES;
  return seeds.subarray(nextSeed - SEED_BYTES, nextSeed);
};

export const newId = (kind: IdKind): string => seal(drawSeed(), { kind, item: 0, nth: 0 });

/**
 * The id of something that belongs to `id`: its nth charge, refund, reservation. The same question
 * has the same answer.
 */
export const relatedId = (id: string, kind: IdKind, nth: number): string => {
  const block = open(id);
  return seal(block, { kind, item: block.readUIntBE(SEED_BYTES, 3), nth });
};

/** The payment a bulk operation makes for its item (counted from 0). */
export const bulkPaymentId = (bulkId: string, index: number): string =>
  seal(open(bulkId), { kind: 'payment', item: index + 1, nth: 0 });

/** What an id names; nothing when it cannot be one of ours. */
export const partsOf = (id: string): IdParts | undefined => {
  const block = open(id);
  const kind = KINDS[block.readUInt8(13)];
  return kind && { kind, item: block.readUIntBE(SEED_BYTES, 3), nth: block.readUInt16BE(14) };
};

const HEX32 = /^[0-9a-f]{32}$/;

/**
 * Ids come in hyphenated or bare, in either case; inside and going out they are bare and lower-
 * case.
 */
export const normalizeId = (text: string): string | undefined => {
  const bare = text.replaceAll('-', '').toLowerCase();
  return HEX32.test(bare) ? bare : undefined;
};
