import { machineTimeOf } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { serveNext } from '#merchants';

import { nextSendAt } from './claim.repository.js';
import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';

/** A way to send what is due: one by one, or gathered into a provider's bulk operation. */
export interface DispatchChannel {
  /** Claims due charges and writes their intent, in the transaction that holds the account's agenda; answers what will send and settle
   * them once that is committed, or nothing when none was due. */
  claim(tx: Transaction, account: ServedAccount): Promise<(() => Promise<void>) | undefined>;
}

/** Takes what is due, account by account, and sends it down each channel. */
export class DueChargeDispatcher {
  private readonly channels: DispatchChannel[] = [];

  constructor(private readonly dependencies: ChargesDependencies) {}

  register(channel: DispatchChannel): void {
    this.channels.push(channel);
  }

  /** Serves one account; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const served = await serveNext(this.dependencies.database, 'DISPATCH', async (tx, agenda) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const work: (() => Promise<void>)[] = [];
      for (const channel of this.channels) {
        const claimed = await channel.claim(tx, account);
        if (claimed) work.push(claimed);
      }
      const next = await nextSendAt(tx, agenda.merchantId, agenda.providerAccountId);
      return {
        result: work,
        nextDueAt: next && machineTimeOf(next, account.clockOffsetMs),
        isIdle: work.length === 0,
      };
    });
    await Promise.all(served?.result.map((send) => send()) ?? []);
    return served !== undefined;
  }
}
