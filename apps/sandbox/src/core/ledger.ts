import type { Readable } from 'node:stream';
import type { AppendLog } from './append-log.js';
import type { Journal, JournalRecord } from './journal.js';

export type Provider = 'PORTONE' | 'NEXI';

export interface LedgerEntry {
  provider: Provider;
  kind: 'CAPTURE' | 'REFUND';
  /** PortOne `merchant_uid`, Nexi `paymentId`. */
  reference: string;
  /** The merchant's own order id, as sent beside the payment. */
  orderReference: string;
  billingKey: string | null;
  /** Minor units of the currency. */
  amount: number;
  currency: string;
  /** RFC 3339, by the account's clock. */
  at: string;
}

/**
 * Every capture and refund, in order: what books are checked against. Each line is committed in the journal together
 * with the payment it speaks of; the file is brought level with the journal at the start.
 */
export class Ledger {
  /** Bytes the file has by the journal's word, and the lines the file lacks. */
  private expectedBytes = 0;
  private missing: string[] = [];
  private keptBytes = 0;

  constructor(
    private readonly log: AppendLog,
    private readonly journal: Journal,
  ) {}

  append(entry: LedgerEntry): void {
    const line = lineOf(entry);
    this.journal.appendText(`["l",${line}]`);
    this.log.append(line);
  }

  stream(): Readable {
    return this.log.stream();
  }

  lines(): AsyncIterable<string> {
    return this.log.lines();
  }

  replay(record: JournalRecord): void {
    if (record[0] === 'L') {
      this.expectedBytes = record[1];
      this.keptBytes = Math.min(record[1], this.log.bytes);
      this.missing = [];
    }
    if (record[0] !== 'l') return;
    const line = JSON.stringify(record[1]);
    this.expectedBytes += Buffer.byteLength(line) + 1;
    if (this.missing.length === 0 && this.expectedBytes <= this.log.bytes) {
      this.keptBytes = this.expectedBytes;
    } else this.missing.push(line);
  }

  /** After the replay: writes what a kill between the journal and the file left out. */
  level(): void {
    if (this.missing.length === 0) return;
    this.log.truncate(this.keptBytes);
    for (const line of this.missing) this.log.append(line);
    this.log.write();
    this.missing = [];
  }

  get bytes(): number {
    return this.log.bytes;
  }

  clear(): void {
    this.log.truncate();
  }
}

/** Written at every charge: only what a stranger chose needs quoting. */
const lineOf = (entry: LedgerEntry): string =>
  `{"provider":"${entry.provider}","kind":"${entry.kind}",` +
  `"reference":${JSON.stringify(entry.reference)},` +
  `"orderReference":${JSON.stringify(entry.orderReference)},` +
  `"billingKey":${JSON.stringify(entry.billingKey)},"amount":${entry.amount},` +
  `"currency":"${entry.currency}","at":"${entry.at}"}`;
