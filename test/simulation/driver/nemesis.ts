import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from '../fleet/fleet.js';
import type { Member } from '../fleet/member.js';
import type { Progress } from './progress.js';
import type { Plan, ProcessFault, WorldFault } from './plan.js';
import { STORM_MS } from './work.js';

/** A supervisor's back-off: what died of a passing cause finds it passed. */
const RESTART_MS = 200;
/** One that does not come up (the database is away) is not tried again at once. */
const START_FAILED_MS = 800;

export interface Troubles {
  readonly kills: number;
  readonly stops: number;
  readonly longStops: number;
  readonly drains: number;
  readonly postgresCrashes: Record<string, number>;
  readonly recoveriesMs: readonly number[];
}

/** Carries out a plan's faults, and starts again what died. */
export class Nemesis {
  private readonly supervising: Promise<void>[] = [];
  private readonly orders: string[];
  /** When some process stood still. */
  readonly standstills: { readonly fromMs: number; readonly toMs: number }[] = [];
  private isOver = false;
  private readonly done = {
    ...{ kills: 0, stops: 0, longStops: 0, drains: 0 },
    postgresCrashes: {} as Record<string, number>,
    recoveriesMs: [] as number[],
  };
  /** One crash of PostgreSQL at a time. */
  private crashing: Promise<void> = Promise.resolve();

  constructor(
    private readonly fleet: Fleet,
    private readonly plan: Plan,
    private readonly options: {
      readonly leaseMs: number;
      /** The workers of the first start have the first orders already. */
      readonly ordersGiven: number;
      readonly progress: Progress;
    },
  ) {
    const orders = plan.crashOrders.map(({ point, pass }) => `${point}:${pass}`);
    this.orders = orders.slice(options.ordersGiven);
  }

  get troubles(): Troubles {
    return this.done;
  }

  /** For the next worker that starts. */
  nextOrder(): Record<string, string> {
    const order = this.orders.shift();
    return order ? { CRASH_POINTS: order } : {};
  }

  async run(): Promise<void> {
    for (const member of this.members) this.supervising.push(this.supervise(member));
    const { processFaults, worldFaults } = this.plan;
    await Promise.all([
      ...processFaults.map((fault) => this.later(fault, () => this.harm(fault))),
      ...worldFaults.map((fault) => this.later(fault, () => this.disturb(fault))),
    ]);
    await this.crashing;
  }

  /** No more harm. What is down comes up with clean orders, and so does whoever dies later of the order it still has. */
  async heal(): Promise<void> {
    this.orders.length = 0;
    await this.fleet.heal();
  }

  /** What dies from here on stays dead. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.supervising);
  }

  private get members(): readonly Member[] {
    return [...this.fleet.apis, ...this.fleet.workers];
  }

  private async later(fault: { readonly atMs: number }, act: () => Promise<void>): Promise<void> {
    await this.options.progress.reached(fault.atMs / (STORM_MS * this.plan.pace));
    await act();
  }

  private async supervise(member: Member): Promise<void> {
    const isWorker = this.fleet.workers.includes(member);
    while (!this.isOver) {
      if (member.isAlive) {
        await Promise.race([member.gone(), pause(RESTART_MS)]);
        continue;
      }
      await pause(RESTART_MS);
      if (this.isOver) return;
      // A start that meets a fault fails; the member is then not alive, and is started again.
      await member.start(isWorker ? this.nextOrder() : {}).catch(() => undefined);
      if (!member.isAlive) await pause(START_FAILED_MS);
    }
  }

  private async harm(fault: ProcessFault): Promise<void> {
    const member = this.members[fault.member];
    if (!member?.isAlive || member.isStopped) return;
    if (fault.kind === 'KILL') {
      this.done.kills += 1;
      await member.kill();
    }
    if (fault.kind === 'DRAIN') {
      this.done.drains += 1;
      await member.drain(5_000);
    }
    if (fault.kind !== 'STOP') return;
    this.done.stops += 1;
    if (fault.forMs > this.options.leaseMs) this.done.longStops += 1;
    const fromMs = Date.now();
    member.pause();
    await pause(fault.forMs);
    member.resume();
    this.standstills.push({ fromMs, toMs: Date.now() });
  }

  private async disturb(fault: WorldFault): Promise<void> {
    const { proxies, postgres } = this.fleet;
    if (fault.kind === 'PROXY') proxies[fault.proxy].trouble(fault.trouble);
    if (fault.kind === 'PROVIDER_DOWN') {
      proxies.provider.setDown(true);
      await pause(fault.forMs);
      proxies.provider.setDown(false);
    }
    if (fault.kind !== 'POSTGRES') return;
    this.crashing = this.crashing.then(async () => {
      this.done.recoveriesMs.push(await postgres.crash(fault.how, fault.downMs));
      this.done.postgresCrashes[fault.how] = (this.done.postgresCrashes[fault.how] ?? 0) + 1;
    });
    await this.crashing;
  }
}
