import { after, machineTimeOf } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { refill, secondsToNextToken, serveNext } from '#merchants';

import { nextSendAt } from './claim.repository.js';
import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';

/** A way to send what is due: one by one, or gathered into a provider's bulk operation. */
export interface DispatchChannel {
  /** Claims due charges and writes their intent, in the transaction that holds the account's agenda, for at most `allowance` calls. */
  claim(tx: Transaction, account: ServedAccount, allowance: number): Promise<Claim | undefined>;
}

/** What was claimed; nothing when none was due. */
export interface Claim {
  /** How many calls sending will take. */
  readonly calls: number;
  /** Sends and settles, once the claim is committed. */
  readonly send: () => Promise<void>;
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
      const rate = account.rateLimitPerSecond;
      let tokens = refill(agenda, rate, tx.now);
      const claims: Claim[] = [];
      for (const channel of this.channels) {
        const claim = tokens >= 1 && (await channel.claim(tx, account, Math.floor(tokens)));
        if (!claim) continue;
        claims.push(claim);
        tokens -= claim.calls;
      }
      const next = await nextSendAt(tx, agenda.merchantId, agenda.providerAccountId);
      const dueAt = next && machineTimeOf(next, account.clockOffsetMs);
      const tokenAt = after(tx.now, secondsToNextToken(tokens, rate));
      return {
        result: claims,
        nextDueAt: dueAt && (dueAt > tokenAt ? dueAt : tokenAt),
        isIdle: claims.length === 0 && tokens >= 1,
        ...(rate === null ? {} : { tokens }),
      };
    });
    await Promise.all(served?.result.map(({ send }) => send()) ?? []);
    return served !== undefined;
  }
}
