const HOUR_MS = 3_600_000;
/** From here on windows that are over are swept before a new one opens. */
const WINDOWS_KEPT = 50_000;

interface Window {
  readonly endsAtMs: number;
  reads: number;
}

/** So many reads of one payment in an hour, on real time; then none until the hour is over. */
export class ReadLimit {
  private readonly windows = new Map<string, Window>();
  private sweepAt = WINDOWS_KEPT;

  constructor(private readonly nowMs: () => number = Date.now) {}

  /** Whether this read may be answered. `limit` 0: there is none. */
  take(paymentId: string, limit: number): boolean {
    if (limit === 0) return true;
    const now = this.nowMs();
    const window = this.windows.get(paymentId);
    if (window && window.endsAtMs > now) {
      window.reads += 1;
      return window.reads <= limit;
    }
    if (this.windows.size >= this.sweepAt) this.sweep(now);
    this.windows.set(paymentId, { endsAtMs: now + HOUR_MS, reads: 1 });
    return true;
  }

  clear(): void {
    this.windows.clear();
  }

  private sweep(now: number): void {
    for (const [id, window] of this.windows) if (window.endsAtMs <= now) this.windows.delete(id);
    this.sweepAt = Math.max(WINDOWS_KEPT, 2 * this.windows.size);
  }
}
