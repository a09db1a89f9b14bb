export interface Timer {
  account: string;
  key: string;
  atMs: number;
  /** Breaks ties: what was set first runs first. */
  sequence: number;
  isCancelled: boolean;
  task: () => void | Promise<void>;
}

const isBefore = (left: Timer, right: Timer): boolean =>
  left.atMs < right.atMs || (left.atMs === right.atMs && left.sequence < right.sequence);

/** A binary heap by time; what was cancelled is dropped when it comes to the top. */
export class TimerHeap {
  private readonly timers: Timer[] = [];

  push(timer: Timer): void {
    let index = this.timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.timers[parent];
      if (!above || isBefore(above, timer)) break;
      this.timers[index] = above;
      index = parent;
    }
    this.timers[index] = timer;
  }

  peek(): Timer | undefined {
    while (this.timers[0]?.isCancelled) this.pop();
    return this.timers[0];
  }

  pop(): Timer | undefined {
    const top = this.timers[0];
    const last = this.timers.pop();
    if (last && this.timers.length > 0) this.sink(last);
    return top;
  }

  private sink(timer: Timer): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const leftTimer = this.timers[left];
      const rightTimer = this.timers[left + 1];
      if (!leftTimer) break;
      const isRight = rightTimer !== undefined && isBefore(rightTimer, leftTimer);
      const child = isRight ? rightTimer : leftTimer;
      if (isBefore(timer, child)) break;
      this.timers[index] = child;
      index = isRight ? left + 1 : left;
    }
    this.timers[index] = timer;
  }
}
