import { LRUCache } from 'lru-cache';
import { monotonicMs } from '#platform/clock';

/** §4.2: "30 retrievals per payment per hour", then 429 until the hour is over. */
const READS_PER_HOUR = 30;
const HOUR_MS = 3_600_000;
/**
 * Payments looked at within an hour by one process; one that falls out may cost a 429, which is
 * handled too.
 */
const PAYMENTS_MAX = 50_000;
/**
 * A 429 that names no time: other processes have read this payment, and we don't know since when.
 */
const WAIT_SECONDS = 60;

interface Window {
  readonly endsAtMs: number;
  reads: number;
}

/** Counts our reads of each payment, so that the provider need not refuse them. Machine time. */
export class ReadBudget {
  readonly #windows = new LRUCache<string, Window>({ max: PAYMENTS_MAX });

  constructor(private readonly nowMs: () => number = monotonicMs) {}

  /** Nothing when the payment may be read now, else how long to wait. */
  take(payment: string): { readonly retryAfterSeconds: number } | undefined {
    const now = this.nowMs();
    const window = this.#windows.get(payment);
    if (!window || window.endsAtMs <= now) {
      this.#windows.set(payment, { endsAtMs: now + HOUR_MS, reads: 1 });
      return undefined;
    }
    if (window.reads >= READS_PER_HOUR)
      return { retryAfterSeconds: Math.ceil((window.endsAtMs - now) / 1000) };
    window.reads += 1;
    return undefined;
  }

  /** The provider refused: nobody reads this payment until then. */
  exhaust(payment: string, retryAfterSeconds = WAIT_SECONDS): { retryAfterSeconds: number } {
    const endsAtMs = this.nowMs() + retryAfterSeconds * 1000;
    this.#windows.set(payment, { endsAtMs, reads: READS_PER_HOUR });
    return { retryAfterSeconds };
  }
}
