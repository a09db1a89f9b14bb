import type { Journal, JournalRecord } from './journal.js';

export interface Collection<T> {
  readonly size: number;
  get(id: string): T | undefined;
  /** Keeps the value; one that was changed in place is put again. */
  put(value: T): void;
  delete(id: string): void;
  values(): IterableIterator<T>;
  /** Told of every put, and at once of every value that is already there. */
  onPut(listener: (value: T) => void): void;
}

export interface CollectionOptions<T> {
  id: (value: T) => string;
  /** For rows written so often that their names cost: a row as a JSON list, and back. */
  packed?: {
    textOf: (value: T) => string;
    read: (list: readonly unknown[], id: string) => T;
  };
}

class JournaledCollection<T> implements Collection<T> {
  private readonly listeners: ((value: T) => void)[] = [];
  private readonly start: string;

  constructor(
    private readonly name: string,
    private readonly rows: Map<string, T>,
    private readonly keeping: { journal: Journal; options: CollectionOptions<T> },
  ) {
    this.start = `["p",${JSON.stringify(name)},`;
  }

  get size(): number {
    return this.rows.size;
  }

  get(id: string): T | undefined {
    return this.rows.get(id);
  }

  put(value: T): void {
    const { journal, options } = this.keeping;
    const id = options.id(value);
    this.rows.set(id, value);
    if (!options.packed) journal.append(['p', this.name, id, value]);
    else if (journal.isKept) {
      const text = options.packed.textOf(value);
      journal.appendText(`${this.start}${JSON.stringify(id)},${text}]`);
    }
    for (const listener of this.listeners) listener(value);
  }

  delete(id: string): void {
    if (this.rows.delete(id)) this.keeping.journal.append(['d', this.name, id]);
  }

  values(): IterableIterator<T> {
    return this.rows.values();
  }

  onPut(listener: (value: T) => void): void {
    this.listeners.push(listener);
    for (const value of this.rows.values()) listener(value);
  }
}

/** All state: plain objects in maps, every change in the journal. */
export class Store {
  private readonly rows = new Map<string, Map<string, unknown>>();
  private records = 0;

  constructor(private readonly journal: Journal) {}

  collection<T>(name: string, options: CollectionOptions<T>): Collection<T> {
    const rows = this.rowsOf(name) as Map<string, T>;
    if (options.packed) {
      for (const [id, row] of rows as Map<string, unknown>) {
        if (Array.isArray(row)) rows.set(id, options.packed.read(row, id));
      }
    }
    return new JournaledCollection<T>(name, rows, { journal: this.journal, options });
  }

  replay(record: JournalRecord): void {
    if (record[0] === 'p') this.rowsOf(record[1]).set(record[2], record[3]);
    else if (record[0] === 'd') this.rowsOf(record[1]).delete(record[2]);
    else return;
    this.records += 1;
  }

  /** Whether the journal holds so much history that a rewrite is worth its time. */
  isMostlyHistory(): boolean {
    let live = 0;
    for (const rows of this.rows.values()) live += rows.size;
    return this.records > 2 * live + 10_000;
  }

  *liveRecords(): Generator<JournalRecord> {
    for (const [name, rows] of this.rows) {
      for (const [id, value] of rows) yield ['p', name, id, value];
    }
  }

  /** Forgets every row. Whoever keeps an index of its own clears that too. */
  clear(): void {
    for (const rows of this.rows.values()) rows.clear();
  }

  private rowsOf(name: string): Map<string, unknown> {
    let rows = this.rows.get(name);
    if (!rows) {
      rows = new Map();
      this.rows.set(name, rows);
    }
    return rows;
  }
}
