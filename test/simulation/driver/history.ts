import { createWriteStream, type WriteStream } from 'node:fs';

/** One line of what clients did and heard, in the manner of Jepsen: `info` means that nobody knows whether it happened. */
export interface HistoryEvent {
  /** Pairs an invocation with its end. */
  readonly op: number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: string;
  readonly merchant: string;
  readonly value: unknown;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export class History {
  readonly events: HistoryEvent[] = [];
  private readonly file: WriteStream;
  private last = 0;

  constructor(path: string) {
    this.file = createWriteStream(path);
  }

  invoke(f: string, merchant: string, value: unknown): number {
    this.last += 1;
    this.write({ op: this.last, type: 'invoke', f, merchant, value, at: Date.now() });
    return this.last;
  }

  end(
    op: { readonly op: number; readonly f: string; readonly merchant: string },
    type: 'ok' | 'fail' | 'info',
    value: unknown,
  ): void {
    this.write({ ...op, type, value, at: Date.now() });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.file.end(resolve));
  }

  private write(event: HistoryEvent): void {
    this.events.push(event);
    this.file.write(`${JSON.stringify(event)}\n`);
  }
}
