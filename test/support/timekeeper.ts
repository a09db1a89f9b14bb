import { setTimeout as pause } from 'node:timers/promises';
import { toPublicId } from '#kernel';
import type { House } from './house.js';

export interface UserError {
  readonly code: string;
  readonly field: string[] | null;
  readonly message: string;
}
export interface ShownOccurrence {
  readonly orderId: string;
  readonly status: string;
  readonly dueAt: string;
  readonly failureCode: string | null;
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly attempts: readonly { readonly outcome: string | null }[];
  readonly timeline: readonly { readonly from: string | null; readonly to: string }[];
}
export interface ShownSchedule {
  readonly id: string;
  readonly status: string;
  readonly execution: string;
  readonly pauseReason: string | null;
  readonly nextOccurrences: readonly string[];
  readonly occurrences: { readonly nodes: readonly ShownOccurrence[] };
}
export interface SchedulePayload {
  readonly schedule: ShownSchedule | null;
  readonly replayed?: boolean;
  readonly userErrors: readonly UserError[];
}
export interface Operation {
  readonly status: string;
  readonly reachedAt: string;
  readonly message: string | null;
  readonly charges: { succeeded: number; failed: number; retried: number };
  readonly money: { amount: number; currency: string }[];
}

const SCHEDULE = `id status execution pauseReason nextOccurrences(first: 3)
  occurrences(first: 100) { nodes { orderId status dueAt failureCode amount { amount currency }
    attempts { outcome } timeline { from to } } }`;
const ERRORS = 'userErrors { code field message }';

/** A merchant's system that keeps schedules, and the person who moves the clock. */
export class Timekeeper {
  constructor(private readonly house: House) {}

  accountOf(provider: 'PORTONE' | 'NEXI'): string {
    const account = provider === 'PORTONE' ? this.house.portone : this.house.nexi;
    return toPublicId('providerAccount', account.id);
  }

  /** A key on the magic card of this outcome. */
  async key(provider: 'PORTONE' | 'NEXI', outcome = 'APPROVED'): Promise<string> {
    const cards = (await (await this.house.control('cards')).json()) as {
      provider: string;
      number: string;
      outcome: string;
      at?: string;
    }[];
    const card = cards.find(
      (each) => each.provider === provider && each.outcome === outcome && !each.at,
    );
    const made = await this.house.control('agreements', {
      provider,
      count: 1,
      cardNumber: card!.number,
    });
    const { ids } = (await made.json()) as { ids: string[] };
    const { attachBillingKey } = await this.house.graphql<{
      attachBillingKey: { billingKey: { id: string } | null; userErrors: UserError[] };
    }>(
      `mutation ($input: AttachBillingKeyInput!) {
        attachBillingKey(input: $input) { billingKey { id } ${ERRORS} } }`,
      {
        input: {
          providerAccountId: this.accountOf(provider),
          customerRef: `customer-${ids[0]}`,
          providerKey: ids[0],
        },
      },
    );
    if (!attachBillingKey.billingKey) throw new Error(JSON.stringify(attachBillingKey.userErrors));
    return attachBillingKey.billingKey.id;
  }

  create(input: object): Promise<SchedulePayload> {
    return this.mutate('createSchedule', input, 'replayed');
  }

  async mutate(name: string, input: object, more = ''): Promise<SchedulePayload> {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const answer = await this.house.graphql<Record<string, SchedulePayload>>(
      `mutation ($input: ${type}!) { ${name}(input: $input) {
        schedule { ${SCHEDULE} } ${more} ${ERRORS} } }`,
      { input },
    );
    return answer[name]!;
  }

  async read(id: string): Promise<ShownSchedule> {
    const { schedule } = await this.house.graphql<{ schedule: ShownSchedule }>(
      `query ($id: ID!) { schedule(id: $id) { ${SCHEDULE} } }`,
      { id },
    );
    return schedule;
  }

  /** Moves the clock and lives through what falls due on the way. */
  async liveUntil(
    provider: 'PORTONE' | 'NEXI',
    to: string | Date,
  ): Promise<{ operation: Operation | null; userErrors: UserError[] }> {
    let isDone = false;
    const asked = this.house
      .graphql<{ advanceTestClock: { operation: Operation | null; userErrors: UserError[] } }>(
        `mutation ($input: AdvanceTestClockInput!) { advanceTestClock(input: $input) {
          operation { status reachedAt message charges { succeeded failed retried }
            money { amount currency } } ${ERRORS} } }`,
        { input: { providerAccountId: this.accountOf(provider), to } },
      )
      .finally(() => (isDone = true));
    while (!isDone) {
      await this.house.worker.runUntilIdle();
      await pause(10);
    }
    return (await asked).advanceTestClock;
  }

  /** Steps the worker until the answer is what is waited for. */
  async until<T>(read: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T> {
    for (;;) {
      await this.house.worker.runUntilIdle();
      const seen = await read();
      if (isEnough(seen)) return seen;
      await pause(10);
    }
  }

  async captures(orderIdPrefix: string): Promise<{ orderReference: string; amount: number }[]> {
    const ledger = await (await this.house.control('ledger')).text();
    return ledger
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as { kind: string; orderReference: string; amount: number })
      .filter(
        ({ kind, orderReference }) =>
          kind === 'CAPTURE' && orderReference.startsWith(orderIdPrefix),
      );
  }
}
