import { randomBytes } from 'node:crypto';
import { seal, unseal, type SealingKey } from './sealed.js';

/** Where a sealed value stands. The same bytes anywhere else do not open. */
export interface Place {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** JSON, because a joined text would let `a.b` + `c` stand for `a` + `b.c`. */
const contextOf = ({ table, row, column }: Place): string => JSON.stringify([table, row, column]);

/** One tenant's own key: what it sealed opens with no other tenant's. Lives in the clear only in memory. */
export class DataKey {
  readonly #key: SealingKey;

  constructor(key: SealingKey) {
    this.#key = key;
  }

  static generate(id: string): DataKey {
    return new DataKey({ id, key: randomBytes(32) });
  }

  get id(): string {
    return this.#key.id;
  }

  /** For the one who wraps it. */
  bytes(): Buffer {
    return this.#key.key;
  }

  seal(plain: string, place: Place): string {
    return seal(this.#key, Buffer.from(plain), contextOf(place));
  }

  /** Throws `SealBroken`. */
  open(sealed: string, place: Place): string {
    return unseal(this.#key, sealed, contextOf(place)).toString();
  }
}
