import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
} from 'node:fs';
import { writeLines } from './append-log.js';

/** `p`ut, `d`elete, `l`edger line, `L`edger bytes before the first `l`, `c`ommit of all since the last one. */
export type JournalRecord =
  ['p', string, string, unknown] | ['d', string, string] | ['l', object] | ['L', number] | ['c'];

/** Read at once: some five thousand lines, enough that the system calls no longer show. */
const READ_BYTES = 4 * 1024 * 1024;
/** Held in memory while the file is rewritten. */
const REWRITE_LINES = 10_000;
const COMMIT = '["c"]';
/** `\n` in UTF-8. */
const LINE_FEED = 10;

/**
 * One file that holds every change. The changes of one turn of the event loop are written together and closed by a
 * commit line; what follows the last commit belongs to requests nobody had an answer to, and is dropped at the start.
 */
export class Journal {
  private pending: string[] = [];
  private descriptor: number | undefined;
  private onFirst: () => void = () => undefined;

  constructor(private readonly path?: string) {}

  get isKept(): boolean {
    return this.path !== undefined;
  }

  get hasUnwritten(): boolean {
    return this.pending.length > 0;
  }

  /** Reads what earlier runs left, up to their last commit, and opens the file for more. */
  replay(apply: (record: JournalRecord) => void): void {
    if (this.path === undefined) return;
    if (existsSync(this.path)) {
      const descriptor = openSync(this.path, 'r+');
      const committedBytes = readCommitted(descriptor, apply);
      if (committedBytes < fstatSync(descriptor).size) ftruncateSync(descriptor, committedBytes);
      closeSync(descriptor);
    }
    this.descriptor = openSync(this.path, 'a');
  }

  append(record: JournalRecord): void {
    if (this.path !== undefined) this.appendText(JSON.stringify(record));
  }

  /** A record whose text is at hand: what is written at every charge is not quoted twice. */
  appendText(line: string): void {
    if (this.path === undefined) return;
    this.pending.push(line);
    if (this.pending.length === 1) this.onFirst();
  }

  /** Told of the first change since the last write, so that none waits for a request to carry it out. */
  tellFirst(listener: () => void): void {
    this.onFirst = listener;
  }

  write(): void {
    if (this.descriptor === undefined || this.pending.length === 0) return;
    const lines = this.pending;
    this.pending = [];
    lines.push(COMMIT);
    writeLines(this.descriptor, lines);
  }

  /** Replaces the file by these records; a crash in between leaves the old file whole. */
  rewrite(records: Iterable<JournalRecord>): void {
    if (this.path === undefined) return;
    const draft = `${this.path}.draft`;
    const descriptor = openSync(draft, 'w');
    let lines: string[] = [];
    for (const record of records) {
      lines.push(JSON.stringify(record));
      if (lines.length < REWRITE_LINES) continue;
      writeLines(descriptor, lines);
      lines = [];
    }
    lines.push(COMMIT);
    writeLines(descriptor, lines);
    fsyncSync(descriptor);
    closeSync(descriptor);
    this.close();
    this.pending = [];
    renameSync(draft, this.path);
    this.descriptor = openSync(this.path, 'a');
  }

  close(): void {
    this.write();
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** Applies each committed batch whole and answers how many bytes were committed. */
const readCommitted = (descriptor: number, apply: (record: JournalRecord) => void): number => {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let batch: JournalRecord[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let consumedBytes = 0;
  let committedBytes = 0;
  for (;;) {
    const length = readSync(descriptor, buffer, 0, READ_BYTES, null);
    if (length === 0) return committedBytes;
    const block = Buffer.concat([rest, buffer.subarray(0, length)]);
    let start = 0;
    for (let end = block.indexOf(LINE_FEED); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      const record = JSON.parse(block.toString('utf8', start, end)) as JournalRecord;
      consumedBytes += end + 1 - start;
      start = end + 1;
      if (record[0] !== 'c') {
        batch.push(record);
        continue;
      }
      for (const committed of batch) apply(committed);
      batch = [];
      committedBytes = consumedBytes;
    }
    rest = Buffer.from(block.subarray(start));
  }
};
