import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from '../fleet/fleet.js';

const LOOK_MS = 250;
/** So long without any progress, and the storm goes on all the same: some of what was planned never comes (canceled, skipped). */
const PATIENCE_MS = 1_000;
const BUMP = 0.06;
/** So long without anything sent, and nothing more will be. */
const LAST_PATIENCE_MS = 5_000;

/**
 * How far the storm is, from 0 to 1: what was accepted and what was sent, of all that is planned. Faults come by it and not by the clock, so
 * that they meet work on a slow machine too.
 */
export class Progress {
  private value = 0;
  private seen = 0;
  private seenAt = performance.now();
  private accepted = 0;
  private isOver = false;

  constructor(
    private readonly fleet: Fleet,
    private readonly planned: { readonly works: number; readonly charges: number },
    private readonly slowness: number,
  ) {}

  accept(): void {
    this.accepted += 1;
  }

  async follow(): Promise<void> {
    let changedAt = performance.now();
    while (!this.isOver) {
      await pause(LOOK_MS);
      const { works, charges } = this.planned;
      const seen = (this.accepted / works + (await this.countSent()) / charges) / 2;
      if (seen > this.seen) {
        this.seen = seen;
        this.seenAt = performance.now();
      }
      if (seen > this.value) changedAt = performance.now();
      if (performance.now() - changedAt > PATIENCE_MS * this.slowness) {
        changedAt = performance.now();
        this.value += BUMP;
      }
      this.value = Math.max(seen, this.value);
    }
  }

  async reached(share: number): Promise<void> {
    while (this.value < share && !this.isOver) await pause(LOOK_MS / 5);
  }

  /** Settles when the work itself has come so far, however far the storm is, or comes no further. */
  async worked(share: number): Promise<void> {
    const isStill = () => performance.now() - this.seenAt > LAST_PATIENCE_MS * this.slowness;
    while (this.seen < share && !isStill() && !this.isOver) await pause(LOOK_MS);
  }

  end(): void {
    this.isOver = true;
  }

  private async countSent(): Promise<number> {
    const rows = await this.fleet.postgres
      .query<{ sent: number }>('SELECT count(*)::int AS sent FROM charges WHERE attempt_count > 0')
      .catch(() => []); // crashed just now
    return rows[0]?.sent ?? 0;
  }
}
