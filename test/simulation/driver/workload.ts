import { setTimeout as pause } from 'node:timers/promises';
import { DEADLY } from '../test-build/runtime.js';
import type { Client } from './client.js';
import type { Plan } from './plan.js';
import {
  CLOCK_DAYS,
  type BulkPlan,
  type ChargePlan,
  type SchedulePlan,
  type WorkPlan,
} from './work.js';
import type { Progress } from './progress.js';
import type { Account } from './world.js';

/** A caller that hears nothing asks again until the storm is over, and some time longer. */
const PATIENCE_MS = 90_000;
const DAY_MS = 86_400_000;
/** Callers at once. */
const LANES = 12;
/** Of a call that may be refused for the moment, so far apart. */
const TRIES = 4;
const AGAIN_MS = 1_000;
const nothing = () => Promise.resolve();

interface Named {
  readonly id: string;
}

/** Does what a plan says, as merchants' systems do it. */
export class Workload {
  private readonly began = performance.now();
  /** Business time minus our own, by account: the test clocks are moved. */
  private readonly offsets = new Map<string, number>();

  constructor(
    private readonly accounts: readonly Account[],
    private readonly plan: Pick<Plan, 'seed' | 'pace'>,
    private readonly progress: Progress,
  ) {}

  async run(work: readonly WorkPlan[]): Promise<void> {
    const queue = work.map((plan, n) => ({ plan, name: `s${this.plan.seed}-${n}` }));
    const later: Promise<void>[] = [];
    const lane = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        await this.at(next.plan.atMs);
        const afterwards = await this.begin(next.plan, next.name);
        later.push(afterwards());
        this.progress.accept();
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    await Promise.all(later);
  }

  private async begin(plan: WorkPlan, name: string): Promise<() => Promise<void>> {
    const account = this.accounts[plan.account];
    if (!account) throw new Error('expected the account of a plan');
    if (plan.kind === 'CHARGE') return this.charge(account, name, plan);
    if (plan.kind === 'SCHEDULE') return this.schedule(account, name, plan);
    return this.bulk(account, name, plan);
  }

  /** Moves each test clock a day at a time; the same call again joins what goes on. */
  async moveClocks(): Promise<void> {
    await Promise.all(
      this.accounts
        .filter(({ isTestClock }) => isTestClock)
        .map(async (account) => {
          for (let day = 1; day <= CLOCK_DAYS; day += 1) {
            await this.progress.reached((day - 0.5) / (CLOCK_DAYS + 1));
            const offset = day * DAY_MS;
            const to = new Date(Date.now() + offset).toISOString();
            const input = { providerAccountId: account.id, to };
            for (let tries = 0; performance.now() < this.giveUpAt; tries += 1) {
              const payload = await account.client.once('advanceTestClock', input, tries);
              if ((payload?.['operation'] as { status?: string } | null)?.status === 'COMPLETED')
                break;
              if (payload && payload.userErrors.length > 0) break;
              await pause(300);
            }
            this.offsets.set(account.id, offset);
          }
        }),
    );
  }

  private at(atMs: number): Promise<void> {
    return pause(Math.max(0, this.began + atMs - performance.now()));
  }

  private get giveUpAt(): number {
    return this.began + PATIENCE_MS * this.plan.pace;
  }

  private businessTime(account: Account, inMs: number): string {
    return new Date(Date.now() + (this.offsets.get(account.id) ?? 0) + inMs).toISOString();
  }

  private async charge(
    account: Account,
    name: string,
    plan: ChargePlan,
  ): Promise<() => Promise<void>> {
    const { client, policies, currency } = account;
    const input = {
      billingKeyId: keyOf(account, plan),
      retryPolicyId: policies[plan.policy],
      order: { orderId: name, name: plan.isDeadly ? DEADLY : 'An order', amount: { amount: plan.amount, currency } },
      ...(plan.dueInMs !== null && { dueAt: this.businessTime(account, plan.dueInMs) }),
    };
    const calls = Array.from({ length: plan.repeats }, (_, api) =>
      client.once('createCharge', input, api),
    );
    const payload = await client.insist('createCharge', input, this.giveUpAt);
    await Promise.all(calls);
    const charge = payload?.['charge'] as Named | null | undefined;
    return charge ? () => this.afterwards(account, charge, plan) : nothing;
  }

  private async afterwards(account: Account, { id }: Named, plan: ChargePlan): Promise<void> {
    const { client, currency } = account;
    if (plan.next === 'CANCEL') {
      await pause(Math.max(0, (plan.dueInMs ?? 0) - 250 + (plan.key % 5) * 100));
      await client.insist('cancelCharge', { id }, this.giveUpAt);
    }
    if (plan.next === 'CANCEL_WAITING') {
      await pause(2_000);
      await this.untilAccepted(client, 'cancelCharge', { id });
    }
    if (plan.next === 'RETRY') {
      await pause(1_500);
      await this.untilAccepted(client, 'retryCharge', { id });
    }
    if (plan.next === 'CHANGE_CARD') {
      await pause(2_000);
      const billingKeyId = keyOf(account, { ...plan, card: 'APPROVED' });
      const change = { billingKeyId, replacedKeyId: keyOf(account, plan) };
      await this.untilAccepted(client, 'changeBillingKey', change);
    }
    const part = { amount: plan.amount / 100, currency };
    const input = (key: string) => ({ id, reason: 'not wanted', idempotencyKey: `${id}-${key}` });
    if (plan.next === 'REFUND_PARTS') {
      await pause(1_500);
      const rest = { ...part, amount: plan.amount - part.amount };
      await this.untilAccepted(client, 'refundCharge', { ...input('part'), amount: part });
      await this.untilAccepted(client, 'refundCharge', { ...input('rest'), amount: rest });
    }
    if (plan.next !== 'REFUND') return;
    await pause(2_000);
    // Two at once for more than there is: one of them at most.
    await Promise.all([
      client.insist('refundCharge', { ...input('part'), amount: part }, this.giveUpAt),
      client.once('refundCharge', input('all'), plan.key),
    ]);
  }

  /** The same call a few times, while it is refused: what it is about may be in flight. */
  private async untilAccepted(client: Client, mutation: string, input: object): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const payload = await client.insist(mutation, input, this.giveUpAt);
      if (payload?.userErrors.length === 0) return;
      await pause(AGAIN_MS);
    }
  }

  private async schedule(
    account: Account,
    name: string,
    plan: SchedulePlan,
  ): Promise<() => Promise<void>> {
    const { client, currency, policies } = account;
    const amount = { amount: plan.amount, currency };
    const payload = await client.insist(
      'createSchedule',
      {
        ...{ billingKeyId: keyOf(account, plan), retryPolicyId: policies[plan.policy] },
        ...{ externalId: name, execution: plan.execution },
        order: { orderId: name, name: 'A subscription', amount },
        startAt: this.businessTime(account, plan.startInMs),
        ...(plan.whenPreviousOpen && { whenPreviousOpen: plan.whenPreviousOpen }),
        ...(plan.isDaily && {
          recurrence: { every: 1, unit: 'DAY', timeZone: 'UTC' },
          maxOccurrences: plan.occurrences,
        }),
      },
      this.giveUpAt,
    );
    const schedule = payload?.['schedule'] as Named | null | undefined;
    return schedule ? () => this.change(account, schedule, plan) : nothing;
  }

  private async change(account: Account, { id }: Named, plan: SchedulePlan): Promise<void> {
    if (plan.next === 'NOTHING') return;
    const { client, currency } = account;
    const amount = { amount: plan.amount, currency };
    await pause(500 + (plan.key % 10) * 200);
    const again = { amount: { ...amount, amount: plan.amount + 100 } };
    if (plan.next === 'EDIT')
      await client.insist('updateSchedule', { id, order: again }, this.giveUpAt);
    // By number the same call has its effect once; without, a second one would skip another.
    if (plan.next === 'SKIP' && plan.occurrences > 1)
      await client.once('skipOccurrence', { id }, 0);
    if (plan.next === 'SKIP' && plan.occurrences === 1)
      await client.insist('skipOccurrence', { id, number: 1 }, this.giveUpAt);
    if (plan.next === 'CANCEL') await client.insist('cancelSchedule', { id }, this.giveUpAt);
    if (plan.next === 'DELETE_KEY') await this.deleteKey(account, id, plan);
    if (plan.next !== 'PAUSE') return;
    await client.insist('pauseSchedule', { id, reason: 'a while' }, this.giveUpAt);
    await pause(1_500);
    await client.insist('resumeSchedule', { id, dueMeanwhile: 'CHARGE' }, this.giveUpAt);
  }

  /** A retry that waits goes on although its schedule is paused, and finds no key; what waits for its time does when it may go on. */
  private async deleteKey(account: Account, id: string, plan: SchedulePlan): Promise<void> {
    const { client } = account;
    const isForRetry = plan.card === 'DOOMED_SOFT';
    if (isForRetry) await pause(plan.startInMs);
    const key = { id: keyOf(account, plan), reason: 'closed', onLiveWork: 'PAUSE' };
    await client.insist('pauseSchedule', { id, reason: 'a while' }, this.giveUpAt);
    await this.untilAccepted(client, 'deleteBillingKey', key);
    if (!isForRetry)
      await client.insist('resumeSchedule', { id, dueMeanwhile: 'CHARGE' }, this.giveUpAt);
  }

  private async bulk(account: Account, name: string, plan: BulkPlan): Promise<() => Promise<void>> {
    const { client, currency, id, policies } = account;
    const items = plan.items.map((item, line) => ({
      billingKeyId: keyOf(account, item),
      order: {
        orderId: `${name}-${line}`,
        name: 'A membership',
        amount: { amount: item.amount, currency },
      },
    }));
    await client.insist(
      'createBulkCharge',
      {
        providerAccountId: id,
        externalId: name,
        items,
        retryPolicyId: policies.SHORT,
        submit: true,
      },
      this.giveUpAt,
    );
    return nothing;
  }
}

const keyOf = (
  { keys }: Account,
  { card, key }: { readonly card: ChargePlan['card']; readonly key: number },
): string => {
  const among = keys[card];
  return among[key % among.length] ?? '';
};
