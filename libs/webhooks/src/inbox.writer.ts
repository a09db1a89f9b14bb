import type { Database } from '#platform/database';

import { insertEvents, type ReceivedEvent } from './inbox.repository.js';

/** Rows of one commit: more would hold up the first of them. */
const BATCH_MAX = 500;
/** Deliveries waiting in memory, of all merchants; beyond, the provider is told to come again. */
const WAITING_MAX = 10_000;

interface Waiting {
  readonly event: ReceivedEvent;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

/** Gathers what arrives while a commit is under way into the next one: a storm of deliveries costs few commits, a single one waits for none. */
export class InboxWriter {
  private readonly queues = new Map<string, Waiting[]>();
  private waiting = 0;

  constructor(private readonly database: Database) {}

  /** Returns once the event is committed. */
  store(merchantId: string, event: ReceivedEvent): Promise<void> {
    if (this.waiting >= WAITING_MAX)
      return Promise.reject(
        new Error(`expected at most ${WAITING_MAX} deliveries waiting to be stored`),
      );
    return new Promise((stored, failed) => {
      this.waiting += 1;
      const one = { event, stored, failed };
      const queue = this.queues.get(merchantId);
      if (queue) queue.push(one);
      else {
        this.queues.set(merchantId, [one]);
        void this.drain(merchantId);
      }
    });
  }

  private async drain(merchantId: string): Promise<void> {
    for (;;) {
      const batch = this.queues.get(merchantId)?.splice(0, BATCH_MAX) ?? [];
      if (batch.length === 0) break;
      await this.write(merchantId, batch);
      this.waiting -= batch.length;
    }
    this.queues.delete(merchantId);
  }

  /** A batch that is refused is written one by one, so that nobody fails for another. */
  private async write(merchantId: string, batch: readonly Waiting[]): Promise<void> {
    try {
      await this.database.withMerchant(merchantId, (tx) =>
        insertEvents(
          tx,
          merchantId,
          batch.map(({ event }) => event),
        ),
      );
      for (const { stored } of batch) stored();
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1) only?.failed(error);
      else for (const one of batch) await this.write(merchantId, [one]);
    }
  }
}
