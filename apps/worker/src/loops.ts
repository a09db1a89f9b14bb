import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '#platform/logging';
import { Counter, Gauge } from 'prom-client';

/** One kind of work, served account by account. */
export interface Loop {
  readonly name: string;
  /** Serves one due account; answers whether there was one. */
  runOnce(): Promise<boolean>;
  /** How many of it may run at once in this process. */
  readonly concurrency: number;
}

/** After a failure (the database is away, say) a loop rests this long before it tries again. */
const REST_MS = 1_000;

/** A server that vanished without a word leaves its connections hanging for minutes; the next look takes another one. */
const LOOK_PATIENCE_MS = 10_000;

const inTime = async <T>(answer: Promise<T>, patienceMs: number): Promise<T> => {
  const over = new AbortController();
  const late = pause(patienceMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer within ${patienceMs} ms`);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
    for (const lost of [answer, late]) lost.catch(() => undefined); // told above, or called off
  }
};

const lastSuccess = new Gauge({
  name: 'refrain_loop_last_success_timestamp_seconds',
  help: 'When each loop of this process last looked for work without failing, found or not.',
  labelNames: ['loop'] as const,
});
const failures = new Counter({
  name: 'refrain_loop_failures_total',
  help: 'How often each loop of this process failed and rested; LOOK is the one that wakes them.',
  labelNames: ['loop'] as const,
});

/** Drives the loops: a wake-up only makes them look sooner, and what is due is found by looking. */
export class Loops {
  private readonly running = new Set<Promise<void>>();
  private readonly active = new Map<Loop, number>();
  private readonly again = new Set<Loop>();
  private isStopping = false;
  private isLooking = false;
  private looks: NodeJS.Timeout | undefined;

  constructor(
    private readonly loops: readonly Loop[],
    private readonly logger: Logger,
  ) {}

  /** Makes every loop, or the named one, look now. */
  wake(name?: string): void {
    for (const loop of this.loops) if (!name || loop.name === name) this.start(loop);
  }

  /** Asks every so often, until it is stopped, which loops have something due, and wakes those: one question, however many loops. What is not
   * answered in time is asked anew. */
  lookEvery(
    intervalMs: number,
    findDue: () => Promise<readonly string[]>,
    patienceMs = LOOK_PATIENCE_MS,
  ): void {
    this.looks = setInterval(() => void this.look(() => inTime(findDue(), patienceMs)), intervalMs);
  }

  /** Stops taking work and waits for what is under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.looks);
    await Promise.all(this.running);
  }

  private async look(findDue: () => Promise<readonly string[]>): Promise<void> {
    if (this.isLooking) return; // a slow database is not asked twice at once
    this.isLooking = true;
    try {
      const due = new Set(await findDue());
      for (const loop of this.loops)
        if (due.has(loop.name)) this.start(loop);
        else lastSuccess.setToCurrentTime({ loop: loop.name });
    } catch (error) {
      failures.inc({ loop: 'LOOK' });
      this.logger.error({ err: error }, 'nobody could look for work; the next look tries again');
    } finally {
      this.isLooking = false;
    }
  }

  private start(loop: Loop): void {
    if (this.isStopping) return;
    const active = this.active.get(loop) ?? 0;
    if (active >= loop.concurrency) {
      this.again.add(loop); // somebody looked before this wake-up's work was there
      return;
    }
    this.active.set(loop, active + 1);
    const run = this.run(loop).finally(() => {
      this.running.delete(run);
      this.active.set(loop, (this.active.get(loop) ?? 1) - 1);
      if (this.again.delete(loop)) this.start(loop);
    });
    this.running.add(run);
  }

  private async run(loop: Loop): Promise<void> {
    try {
      let isMore = !this.isStopping;
      while (isMore) {
        isMore = (await loop.runOnce()) && !this.isStopping;
        lastSuccess.setToCurrentTime({ loop: loop.name });
        if (isMore) this.start(loop);
      }
    } catch (error) {
      failures.inc({ loop: loop.name });
      this.logger.error({ err: error, loop: loop.name }, 'a loop failed; it rests and tries again');
      setTimeout(() => this.start(loop), REST_MS).unref();
    }
  }
}
