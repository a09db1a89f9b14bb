import type { Collection, Store } from './store.js';
import { TimerHeap, type Timer } from './timer-heap.js';

interface ClockRow {
  account: string;
  offsetMs: number;
}

export type ClockTask = () => void | Promise<void>;

/** setTimeout's own bound: a longer wait is taken in several. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
/** Tasks run before other requests get a turn. */
const TASKS_PER_TURN = 256;

/** Real time plus an offset per account that only grows, and what is to happen at a time. */
export class Clock {
  private readonly rows: Collection<ClockRow>;
  private readonly offsets = new Map<string, number>();
  private readonly timers = new Map<string, TimerHeap>();
  private readonly byKey = new Map<string, Timer>();
  private wake: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private sequence = 0;
  private isClosed = false;

  constructor(store: Store) {
    this.rows = store.collection<ClockRow>('clocks', { id: (row) => row.account });
    this.rows.onPut((row) => this.offsets.set(row.account, row.offsetMs));
  }

  nowMs(account: string): number {
    return Date.now() + (this.offsets.get(account) ?? 0);
  }

  /** Runs the task when the account's clock reaches the time; a key that is set again is moved. */
  at(account: string, atMs: number, plan: { key: string; task: ClockTask }): void {
    this.cancel(plan.key);
    this.sequence += 1;
    const timer: Timer = { ...plan, account, atMs, sequence: this.sequence, isCancelled: false };
    this.byKey.set(plan.key, timer);
    let heap = this.timers.get(account);
    if (!heap) {
      heap = new TimerHeap();
      this.timers.set(account, heap);
    }
    heap.push(timer);
    if (heap.peek() === timer) this.arm();
  }

  cancel(key: string): void {
    const timer = this.byKey.get(key);
    if (!timer) return;
    timer.isCancelled = true;
    this.byKey.delete(key);
  }

  /** Moves the clocks forward; resolves when all that was due by then has run, in order of time. */
  advanceTo(atMs: number, accounts: readonly string[]): Promise<void> {
    return this.inTurn(async () => {
      await this.runUntil(accounts, () => atMs);
      for (const account of accounts) this.move(account, atMs);
    });
  }

  reset(): void {
    for (const account of this.offsets.keys()) this.rows.delete(account);
    this.offsets.clear();
    this.timers.clear();
    this.byKey.clear();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.wake);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined).then(() => this.arm());
    return result;
  }

  private async runUntil(
    accounts: readonly string[],
    limitMs: (account: string) => number,
  ): Promise<void> {
    for (let ran = 1; !this.isClosed; ran += 1) {
      const next = this.earliest(accounts, limitMs);
      if (!next) return;
      this.timers.get(next.account)?.pop();
      this.byKey.delete(next.key);
      this.move(next.account, next.atMs);
      try {
        await next.task();
      } catch (error) {
        process.stderr.write(`sandbox: the task ${next.key} failed: ${String(error)}\n`);
      }
      if (ran % TASKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private earliest(
    accounts: readonly string[],
    limitMs: (account: string) => number,
  ): Timer | undefined {
    let found: Timer | undefined;
    for (const account of accounts) {
      const timer = this.timers.get(account)?.peek();
      if (!timer || timer.atMs > limitMs(account)) continue;
      if (!found || timer.atMs < found.atMs) found = timer;
    }
    return found;
  }

  private move(account: string, atMs: number): void {
    const offsetMs = atMs - Date.now();
    if (offsetMs > (this.offsets.get(account) ?? 0)) this.rows.put({ account, offsetMs });
  }

  /** One real timer, for whichever account's next task comes first. */
  private arm(): void {
    clearTimeout(this.wake);
    if (this.isClosed) return;
    let waitMs = Infinity;
    for (const [account, heap] of this.timers) {
      const timer = heap.peek();
      if (timer) waitMs = Math.min(waitMs, timer.atMs - this.nowMs(account));
    }
    if (waitMs === Infinity) return;
    const boundedMs = Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS);
    this.wake = setTimeout(() => {
      void this.inTurn(() => this.runUntil([...this.timers.keys()], (it) => this.nowMs(it)));
    }, boundedMs);
  }
}
