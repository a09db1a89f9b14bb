import { after, businessInstant, machineInstant } from '#platform/clock';
import type { BusinessInstant, MachineInstant } from '#platform/clock';
import type { Outcome, RefundOutcome } from '#providers/contract';

import { DECISIONS, HOUSE_RULES, type Decisions, type HouseRules } from './decisions.js';
import { ModelDatabase } from './database.js';
import { ModelProvider, type ProviderKind, type SentCharge, type SentRefund } from './provider.js';

/** What left one of our processes. It may arrive late, or never; it arrives once. */
export interface Message {
  readonly id: number;
  readonly sent: SentCharge | SentRefund;
  readonly sentAt: MachineInstant;
  readonly attemptId: string;
  status: 'ON_ITS_WAY' | 'EXECUTED' | 'LOST';
  /** What the sender heard; nothing yet: it waits. */
  heard?: Outcome | RefundOutcome;
}

/** A worker's thread of work. It stops wherever another process could come between. */
export type Job = Generator<string, void, void>;

export interface Setup {
  readonly kind: ProviderKind;
  readonly decisions?: Partial<Decisions>;
  readonly rules?: Partial<HouseRules>;
}

/** An invariant was broken: the end of the story. */
export class Violation extends Error {}

/** The start of every story: a Sunday, which is as good as any. */
const EPOCH = Date.UTC(2026, 2, 1, 12);
/** A request that has not arrived by then never will: with the longest read lag and the wait before a send, it lies within the quiet period.
 * That is what the house promises on: no attempt outlives the quiet period. */
const WIRE_MAX_SECONDS = 300;

export class World {
  readonly database: ModelDatabase;
  readonly provider: ModelProvider;
  readonly decide: Decisions;
  readonly rules: HouseRules;
  readonly jobs = new Map<number, Job>();
  readonly messages: Message[] = [];
  readonly hits = new Map<string, number>();
  /** Whom each charge's lease was last given to, kept apart from the database: what the fence is held against. */
  readonly holders = new Map<string, string>();
  /** Charges whose cancellation was acknowledged. */
  readonly canceled = new Set<string>();
  now: MachineInstant = machineInstant(EPOCH);
  /** Whether the provider can be reached at all. */
  isUp = true;
  #ids = 0;
  #reviewed = 0;

  constructor({ kind, decisions, rules }: Setup) {
    this.decide = { ...DECISIONS, ...decisions };
    this.rules = { ...HOUSE_RULES, ...rules };
    this.database = new ModelDatabase(this.rules.isFenced);
    this.provider = new ModelProvider(kind);
  }

  get businessNow(): BusinessInstant {
    return businessInstant(this.now);
  }

  newId(of: string): string {
    return `${of}-${(this.#ids += 1)}`;
  }

  hit(what: string): void {
    this.hits.set(what, (this.hits.get(what) ?? 0) + 1);
  }

  /** Transitions that came since the last call: counted, and handed to whoever checks them. */
  newTransitions() {
    const fresh = this.database.history.slice(this.#reviewed);
    this.#reviewed = this.database.history.length;
    for (const { from, to } of fresh) this.hit(`edge ${from} → ${to}`);
    return fresh;
  }

  wait(seconds: number): void {
    this.now = after(this.now, seconds);
    for (const message of this.messages)
      if (message.status === 'ON_ITS_WAY' && after(message.sentAt, WIRE_MAX_SECONDS) <= this.now)
        message.status = 'LOST';
  }

  get onTheirWay(): Message[] {
    return this.messages.filter(({ status }) => status === 'ON_ITS_WAY');
  }

  put(sent: SentCharge | SentRefund, attemptId: string): Message {
    const id = this.messages.length + 1;
    const message: Message = { id, sent, sentAt: this.now, attemptId, status: 'ON_ITS_WAY' };
    this.messages.push(message);
    return message;
  }

  /** One step of a worker; its thread is gone when it has nothing more to do. */
  advance(worker: number): void {
    const job = this.jobs.get(worker);
    if (job?.next().done) this.jobs.delete(worker);
  }
}

export const isCharge = (sent: Message['sent']): sent is SentCharge => 'reference' in sent;
