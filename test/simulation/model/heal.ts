import { after, machineInstant, type MachineInstant } from '#platform/clock';

import { checkAlways, checkHealed } from './invariants.js';
import { dispatch, look, refund, WAITING } from './jobs.js';
import { ask, bookProviderRefunds, type Wish } from './person.js';
import type { LedgerPayment } from './provider.js';
import { arrive, type Fate, type Rest } from './steps.js';
import type { Job, Message, World } from './world.js';

/** Every charge has at most a few attempts, each with at most a dozen looks; beyond this somebody runs in a circle. */
const ROUNDS_MAX = 400;
/** A refund that was looked at so often and told nobody is lost. */
const REFUND_LOOKS_MAX = 20;
const FAIR: Fate = {
  verdict: 'APPROVE',
  lag: 0,
  isHeard: true,
  afterSeconds: 0,
  paidAfterSeconds: null,
};

/** Trouble has only so much left in store from here on: everybody does their work, a person looks at what is
 * left, and in the end every promise must hold. */
export const heal = (world: World, rest: Rest): void => {
  new Healing(world, { ...rest, fates: [...rest.fates], wishes: [...rest.wishes] }).run();
  checkHealed(world);
};

class Healing {
  readonly #fateOf = new Map<Message, Fate>();
  #worked = 0;
  #died = 0;
  #late: { readonly payment: LedgerPayment; readonly at: MachineInstant }[] = [];

  constructor(
    private readonly world: World,
    private readonly rest: Rest & { readonly fates: Fate[]; readonly wishes: Wish[] },
  ) {}

  run(): void {
    const { world } = this;
    world.isUp = true;
    for (const [who, job] of world.jobs) {
      world.jobs.delete(who);
      this.#work(job);
    }
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      this.#work(dispatch(world));
      this.#work(look(world));
      this.#work(refund(world));
      if (!this.#passTime()) break;
    }
  }

  #arriveDue(): void {
    const { world } = this;
    for (const message of world.onTheirWay) {
      const fate = this.#fateFor(message);
      if (after(message.sentAt, fate.afterSeconds) > world.now) continue;
      const before = world.provider.payments.length;
      arrive(world, message, { ...fate, isHeard: fate.isHeard && message.heard === undefined });
      const made = world.provider.payments[before];
      if (made?.status === 'FAILED' && fate.paidAfterSeconds !== null)
        this.#late.push({ payment: made, at: after(world.now, fate.paidAfterSeconds) });
    }
    for (const { payment, at } of this.#late)
      if (at <= world.now && payment.status === 'FAILED') {
        world.provider.pay(payment, world.now);
        world.hit('paid after it failed');
      }
    this.#late = this.#late.filter(({ at }) => at > world.now);
  }

  #fateFor(message: Message): Fate {
    const fate = this.#fateOf.get(message) ?? this.rest.fates.shift() ?? FAIR;
    this.#fateOf.set(message, fate);
    return fate;
  }

  #work(job: Job): void {
    let step = job.next();
    if (!step.done && this.rest.deaths.includes(this.#worked++)) {
      this.#died += 1;
      return this.world.hit('crash');
    }
    for (; !step.done; step = job.next()) {
      this.#arriveDue();
      // A sender whose answer was lost waits out its deadline.
      if (step.value === WAITING) this.world.wait(1);
    }
    checkAlways(this.world);
  }

  /** To the next time anything is due, and is not another's still. Answers whether anything ever is. */
  #passTime(): boolean {
    const { world } = this;
    const next = Math.min(...this.#arrivals(), ...dueTimes(world));
    if (!Number.isFinite(next)) return this.#hear();
    world.now = machineInstant(Math.max(next, world.now.getTime()));
    this.#arriveDue();
    return true;
  }

  #arrivals(): number[] {
    const requests = this.world.onTheirWay.map((message) =>
      after(message.sentAt, this.#fateFor(message).afterSeconds),
    );
    return [...requests, ...this.#late.map(({ at }) => at)].map((at) => at.getTime());
  }

  /** Nothing is left to be done by itself: the sweep names every payment, and a person decides the rest. Answers whether anything moved. */
  #hear(): boolean {
    const { world } = this;
    const before = world.database.history.length + this.#died;
    // Whoever died while asking still holds a lease; a webhook stays in the inbox until it was heard.
    world.wait(world.rules.leaseSeconds);
    for (const payment of world.provider.payments) {
      const { chargeId, id: paymentId } = payment;
      if (payment.status === 'PENDING') world.provider.pay(payment, world.now);
      this.#work(look(world, { chargeId, paymentId }));
      bookProviderRefunds(world, chargeId);
    }
    for (const { id, state } of world.database.charges.values())
      if (state === 'NEEDS_REVIEW' && ask(world, id, 'RESOLVE')) world.hit('a person decided');
    const wish = this.rest.wishes.shift();
    for (const id of wish ? world.database.charges.keys() : [])
      if (wish && ask(world, id, wish)) world.hit(`done: ${wish}`);
    checkAlways(world);
    return wish !== undefined || world.database.history.length + this.#died > before;
  }
}

const dueTimes = ({ database }: World): number[] => [
  ...[...database.charges.values()].flatMap((row) => {
    const isWaiting = row.state === 'SCHEDULED' || row.state === 'RETRY_SCHEDULED';
    const due = isWaiting ? row.sendAt : row.state === 'NEEDS_REVIEW' ? null : row.nextLookAt;
    return due ? [Math.max(due.getTime(), row.leaseUntil?.getTime() ?? 0)] : [];
  }),
  ...database.refunds.flatMap(({ nextLookAt, looks }) =>
    nextLookAt && looks < REFUND_LOOKS_MAX ? [nextLookAt.getTime()] : [],
  ),
];
