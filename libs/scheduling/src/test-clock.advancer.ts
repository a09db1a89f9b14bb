import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { openAccount, type ChargesDependencies, type ServedAccount } from '#charges';
import { hasten, serveNext, wake, type Agenda, type Lane } from '#merchants';

import type { ClockOperation } from './clock-operation.js';
import type { SandboxClock } from './sandbox-clock.client.js';
import {
  endOperation,
  findRunning,
  isUnderWay,
  moveClock,
  nextInstant,
  writeTold,
} from './test-clock.repository.js';

/** While something is under way it is looked at this often: a step waits a moment too long, and the looks take little from the charges. */
const LOOK_AGAIN_MS = 100;
/** What takes longer than this waits for a look at the provider, and those are seconds apart. */
const PATIENCE_MS = 3_000;
const LOOK_SELDOM_MS = 500;

/** A sandbox that did not answer is asked again after this long. */
const TELL_AGAIN_SECONDS = 1;
const tellAgainAt = (tx: Transaction): MachineInstant => after(tx.now, TELL_AGAIN_SECONDS);

/** Its own next look, and webhooks that wait a moment for what they are about. */
const WAITED_FOR: readonly Lane[] = ['CLOCK', 'APPLY'];

interface Look {
  /** Something is under way: the next look is then. */
  readonly waitMs?: number;
  readonly tell?: { readonly operation: ClockOperation; readonly account: ServedAccount };
}

/** Steps a test clock from one due time to the next, and on only when nothing of the account is under way. */
export class TestClockAdvancer {
  /** How often each operation that waits was looked at by this process: only decides how often it looks. */
  private readonly waitingLooks = new Map<string, number>();

  constructor(
    private readonly dependencies: ChargesDependencies,
    private readonly sandboxClock: SandboxClock,
  ) {}

  /** One look at one account's operation; answers whether it went on. */
  async runOnce(): Promise<boolean> {
    const served = await serveNext(this.dependencies.database, 'CLOCK', (tx, agenda) =>
      this.look(tx, agenda),
    );
    if (!served) return false;
    const { agenda, result } = served;
    const { tell, waitMs } = result;
    if (tell) return this.tell(tell.operation, tell.account);
    if (waitMs !== undefined) this.wakeLater(agenda, waitMs);
    return waitMs === undefined;
  }

  private async look(
    tx: Transaction,
    agenda: Agenda,
  ): Promise<{ result: Look; nextDueAt: MachineInstant | null }> {
    const operation = await findRunning(tx, agenda.merchantId, agenda.providerAccountId);
    if (!operation) return { result: {}, nextDueAt: null };
    const account = await openAccount(tx, this.dependencies, agenda);
    if (operation.toldAt < operation.reachedAt)
      return { result: { tell: { operation, account } }, nextDueAt: tellAgainAt(tx) };
    if (await isUnderWay(tx, operation, account.businessNow())) {
      const looks = (this.waitingLooks.get(operation.id) ?? 0) + 1;
      this.waitingLooks.set(operation.id, looks);
      const waitMs = looks * LOOK_AGAIN_MS < PATIENCE_MS ? LOOK_AGAIN_MS : LOOK_SELDOM_MS;
      return { result: { waitMs }, nextDueAt: after(tx.now, waitMs / 1_000) };
    }
    this.waitingLooks.delete(operation.id);
    if (operation.reachedAt >= operation.toAt) {
      await endOperation(tx, operation, { status: 'COMPLETED', message: null });
      return { result: {}, nextDueAt: null };
    }
    const reached = await this.step(tx, operation, account);
    return { result: { tell: { operation: reached, account } }, nextDueAt: tellAgainAt(tx) };
  }

  private async step(
    tx: Transaction,
    operation: ClockOperation,
    account: ServedAccount,
  ): Promise<ClockOperation> {
    const { timing } = this.dependencies;
    const next = await nextInstant(tx, operation);
    const target = next && next < operation.toAt ? next : operation.toAt;
    // The clock ticks by itself, too: it is never set back to a time that has just gone by.
    const to = latest(target, account.businessNow());
    await moveClock(tx, operation, { to, firstLookSeconds: timing.scheduleLooksSeconds[0] ?? 0 });
    return { ...operation, reachedAt: to };
  }

  /** The sandbox moves after us: until it has, the operation waits and tells it again. Answers whether it has. */
  private async tell(operation: ClockOperation, { access }: ServedAccount): Promise<boolean> {
    const telling = await this.sandboxClock.tell(access, operation.reachedAt);
    await this.dependencies.database.withMerchant(operation.merchantId, async (tx) => {
      if (telling.kind === 'TOLD') await writeTold(tx, operation, operation.reachedAt);
      if (telling.kind === 'REFUSED')
        await endOperation(tx, operation, { status: 'FAILED', message: telling.reason });
      if (telling.kind === 'NO_ANSWER') return;
      const { providerAccountId } = operation;
      await hasten(tx, [{ providerAccountId, lane: 'CLOCK', at: tx.now }]);
    });
    return telling.kind !== 'NO_ANSWER';
  }

  /** A lane that waits is looked at each second; a year of steps has no time for that. */
  private wakeLater({ merchantId, providerAccountId }: Agenda, waitMs: number): void {
    const wakeLanes = () =>
      this.dependencies.database
        .withMerchant(merchantId, (tx) => wake(tx, providerAccountId, WAITED_FOR))
        .catch(() => undefined); // only a hint: the loop's own look, a second later, fails aloud where the database is away
    setTimeout(() => void wakeLanes(), waitMs).unref();
  }
}

const latest = (a: BusinessInstant, b: BusinessInstant): BusinessInstant => (a > b ? a : b);
