import pLimit from 'p-limit';
import { after, machineTimeOf, monotonicMs } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { refill, secondsToNextToken, serveNext, type Agenda, type Served } from '#merchants';

import { nextSendAt } from './claim.repository.js';
import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { noteDowntime } from './downtimes.repository.js';
import type { Held } from './hold.js';
import { readHeld } from './holds.repository.js';
import { spendRetries } from './retry-budget.js';
import { readRetryBudget, writeRetryBudget } from './retry-budget.repository.js';
import { ServingSlots } from './serving-slots.js';

/** A way to send what is due: one by one, or gathered into a provider's bulk operation. */
export interface DispatchChannel {
  /** Claims due charges and writes their intent, in the transaction that holds the account's agenda. */
  claim(tx: Transaction, account: ServedAccount, allowance: Allowance): Promise<Claim | undefined>;
}

/** What may be taken of an account now. */
export interface Allowance {
  readonly calls: number;
  readonly charges: number;
  /** Of these, so many whose earlier send did not get through. */
  readonly retries: number;
  readonly held: Held;
  /** The account's breaker is half open: this is the one by which it is tried. */
  readonly isProbe: boolean;
  /** When a lease taken now ends by this process's own watch: not after the database says so. */
  readonly leaseMonotonicMs: number;
}

/** What was claimed; nothing when none was due. */
export interface Claim {
  /** How many calls sending will take. */
  readonly calls: number;
  /** Charges sent for the first time, and those whose earlier send did not get through. */
  readonly sends: { readonly first: number; readonly again: number };
  /** Sends and settles, once the claim is committed. */
  readonly send: () => Promise<void>;
}

interface Serving {
  readonly account: ServedAccount;
  readonly claims: readonly Claim[];
}

/** Claims of one process that are written at once: each holds a connection for some milliseconds, and a second core is busy with others. */
const CLAIMS_AT_ONCE = 4;

/** Takes what is due, account by account, and sends it down each channel. */
export class DueChargeDispatcher {
  private readonly channels: DispatchChannel[] = [];
  private readonly slots = new ServingSlots();
  private readonly claiming = pLimit(CLAIMS_AT_ONCE);

  constructor(private readonly dependencies: ChargesDependencies) {}

  register(channel: DispatchChannel): void {
    this.channels.push(channel);
  }

  /** Serves one account that does not have its share of this process yet; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const { database, brakes, timing } = this.dependencies;
    let taken: Agenda | undefined;
    try {
      const served = await this.claiming(() => {
        const leaseMonotonicMs = monotonicMs() + timing.leaseSeconds * 1_000;
        const turn = { lane: 'DISPATCH', passingBy: this.slots.busy() } as const;
        return serveNext(database, turn, (tx, agenda) => {
          taken = agenda;
          this.slots.take(agenda);
          return this.serve(tx, agenda, leaseMonotonicMs);
        });
      });
      if (!served) return false;
      const { account, claims } = served.result;
      if (brakes.wantsRead(account.providerAccountId))
        await account.provider.testAccess(account.access);
      await Promise.all(claims.map(({ send }) => send()));
      return true;
    } finally {
      if (taken) this.slots.free(taken);
    }
  }

  private async serve(
    tx: Transaction,
    agenda: Agenda,
    leaseMonotonicMs: number,
  ): Promise<Served<Serving>> {
    const { brakes } = this.dependencies;
    const { merchantId, providerAccountId } = agenda;
    const account = await openAccount(tx, this.dependencies, agenda);
    const openSeconds = brakes.openSecondsOf(providerAccountId);
    if (openSeconds !== undefined)
      return { result: { account, claims: [] }, nextDueAt: after(tx.now, openSeconds) };
    await noteDowntime(tx, agenda, account);
    const held = await readHeld(tx, agenda);
    // Releasing the hold makes the account due.
    if (held.isAccountHeld) return { result: { account, claims: [] }, nextDueAt: null };
    const rate = account.rateLimitPerSecond;
    const before = refill(agenda, rate, tx.now);
    const claims = await this.claim(tx, account, { tokens: before, held, leaseMonotonicMs });
    const tokens = before - claims.reduce((sum, { calls }) => sum + calls, 0);
    const next = await nextSendAt(tx, { merchantId, providerAccountId, held });
    const dueAt = next && machineTimeOf(next, account.clockOffsetMs);
    const tokenAt = after(tx.now, secondsToNextToken(tokens, rate));
    return {
      result: { account, claims },
      nextDueAt: dueAt && (dueAt > tokenAt ? dueAt : tokenAt),
      isIdle: claims.length === 0 && tokens >= 1,
      ...(rate === null ? {} : { tokens }),
    };
  }

  private async claim(
    tx: Transaction,
    account: ServedAccount,
    {
      tokens,
      ...given
    }: Pick<Allowance, 'held' | 'leaseMonotonicMs'> & { readonly tokens: number },
  ): Promise<Claim[]> {
    const { brakes } = this.dependencies;
    const { providerAccountId } = account;
    const budget = await readRetryBudget(tx, providerAccountId);
    const claims: Claim[] = [];
    const left = { calls: tokens, charges: brakes.allowanceOf(providerAccountId), budget };
    for (const channel of this.channels) {
      if (left.calls < 1 || left.charges < 1) break;
      const isProbe = left.charges === 1;
      const claim = await channel.claim(tx, account, {
        ...{ ...given, calls: Math.floor(left.calls), charges: left.charges, isProbe },
        retries: Math.max(0, Math.floor(left.budget)),
      });
      if (!claim) continue;
      claims.push(claim);
      left.calls -= claim.calls;
      left.charges -= claim.sends.first + claim.sends.again;
      left.budget = spendRetries(left.budget, claim.sends);
    }
    if (claims.length > 0) {
      await writeRetryBudget(tx, providerAccountId, left.budget);
      brakes.claimed(providerAccountId);
    }
    return claims;
  }
}
