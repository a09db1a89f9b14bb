import {
  closeSync,
  createReadStream,
  ftruncateSync,
  fstatSync,
  openSync,
  writeSync,
} from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** Lines are packed into buffers of this many: a million short strings would cost five times their bytes. */
const LINES_PER_CHUNK = 1024;

/** Lines that are only ever added: in a file when a path is given, else packed in memory. */
export class AppendLog {
  private pending: string[] = [];
  private chunks: Buffer[] = [];
  private descriptor: number | undefined;
  private writtenBytes = 0;
  private lineCount = 0;

  constructor(private readonly path?: string) {
    if (!path) return;
    this.descriptor = openSync(path, 'a+');
    this.writtenBytes = fstatSync(this.descriptor).size;
  }

  get bytes(): number {
    return this.writtenBytes;
  }

  /** Lines added by this process. */
  get count(): number {
    return this.lineCount;
  }

  get hasUnwritten(): boolean {
    return this.descriptor !== undefined && this.pending.length > 0;
  }

  append(line: string): void {
    this.pending.push(line);
    this.lineCount += 1;
    if (this.descriptor === undefined && this.pending.length >= LINES_PER_CHUNK) this.pack();
  }

  /** Hands the waiting lines to the operating system: a process killed after this loses none of them. */
  write(): void {
    if (this.descriptor === undefined || this.pending.length === 0) return;
    const lines = this.pending;
    this.pending = [];
    this.writtenBytes += writeLines(this.descriptor, lines);
  }

  truncate(bytes = 0): void {
    this.pending = [];
    this.chunks = [];
    this.lineCount = 0;
    if (this.descriptor === undefined) return;
    ftruncateSync(this.descriptor, bytes);
    this.writtenBytes = bytes;
  }

  stream(): Readable {
    if (this.path === undefined) {
      this.pack();
      return Readable.from([...this.chunks], { objectMode: false });
    }
    this.write();
    if (this.writtenBytes === 0) return Readable.from([]);
    return createReadStream(this.path, { end: this.writtenBytes - 1 });
  }

  lines(): AsyncIterable<string> {
    return createInterface({ input: this.stream(), crlfDelay: Infinity });
  }

  close(): void {
    this.write();
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private pack(): void {
    if (this.pending.length === 0) return;
    this.chunks.push(Buffer.from(`${this.pending.join('\n')}\n`));
    this.pending = [];
  }
}

/** Lines of one write: a million at once would be longer than a string may be. */
const LINES_PER_WRITE = 10_000;

/** Answers how many bytes it wrote. */
export const writeLines = (descriptor: number, lines: readonly string[]): number => {
  if (lines.length <= LINES_PER_WRITE) return writeText(descriptor, `${lines.join('\n')}\n`);
  let bytes = 0;
  for (let start = 0; start < lines.length; start += LINES_PER_WRITE) {
    const part = lines.slice(start, start + LINES_PER_WRITE);
    bytes += writeText(descriptor, `${part.join('\n')}\n`);
  }
  return bytes;
};

/** Straight from the string; `write(2)` may take less than it was given, the rest then goes as bytes. */
const writeText = (descriptor: number, text: string): number => {
  const bytes = Buffer.byteLength(text);
  let written = writeSync(descriptor, text);
  if (written === bytes) return bytes;
  const block = Buffer.from(text);
  while (written < bytes) written += writeSync(descriptor, block, written);
  return bytes;
};
