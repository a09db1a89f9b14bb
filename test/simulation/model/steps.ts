import fc from 'fast-check';

import { checkAlways } from './invariants.js';
import { dispatch, look, refund } from './jobs.js';
import { ask, bookProviderRefunds, createCharge, refundAtConsole, type Wish } from './person.js';
import type { ReadLag, Verdict } from './provider.js';
import { isCharge, type Message, type World } from './world.js';

/** One thing that happens. What cannot happen now is left out of the story. */
class Step implements fc.Command<World, World> {
  constructor(
    private readonly title: string,
    private readonly isPossible: (world: Readonly<World>) => boolean,
    private readonly act: (world: World) => void,
  ) {}

  check(world: Readonly<World>): boolean {
    return this.isPossible(world);
  }

  /** Model and house are one object: the house's decisions run inside the model. */
  run(world: World): void {
    this.act(world);
    checkAlways(world);
  }

  toString(): string {
    return this.title;
  }
}

const WORKERS = 3;
const CHARGES_MAX = 4;
const worker = fc.integer({ min: 0, max: WORKERS - 1 });
const index = fc.nat({ max: 3 });

const isFree = (world: Readonly<World>, who: number) => !world.jobs.has(who);
const start = (world: World, who: number, job: ReturnType<typeof dispatch>): void => {
  world.jobs.set(who, job);
  world.advance(who);
};
const chargeAt = ({ database }: World, at: number): string =>
  `charge-${(at % Math.max(1, database.charges.size)) + 1}`;
const hasCharges = ({ database }: Readonly<World>) => database.charges.size > 0;

const creates = fc.boolean().map(
  (isRetried) =>
    new Step(
      `a charge ${isRetried ? 'with the standard retries' : 'without retries'} is created`,
      ({ database }) => database.charges.size < CHARGES_MAX,
      (world) => createCharge(world, isRetried),
    ),
);
const claims = worker.map(
  (who) =>
    new Step(
      `worker ${who} claims what is due`,
      (world) => isFree(world, who) && world.database.due(world.now) !== undefined,
      (world) => start(world, who, dispatch(world)),
    ),
);
const looks = worker.map(
  (who) =>
    new Step(
      `worker ${who} looks at what is unclear`,
      (world) => isFree(world, who) && hasCharges(world),
      (world) => start(world, who, look(world)),
    ),
);
const refunds = worker.map(
  (who) =>
    new Step(
      `worker ${who} takes up a refund`,
      (world) => isFree(world, who) && world.database.refunds.length > 0,
      (world) => start(world, who, refund(world)),
    ),
);
const goesOn = worker.map(
  (who) =>
    new Step(
      `worker ${who} goes on`,
      (world) => world.jobs.has(who),
      (world) => world.advance(who),
    ),
);
const crashes = worker.map(
  (who) =>
    new Step(
      `worker ${who} dies`,
      (world) => world.jobs.has(who),
      (world) => {
        world.jobs.delete(who);
        world.hit('crash');
      },
    ),
);

export interface Arrival {
  readonly verdict: Verdict;
  readonly lag: ReadLag;
  readonly isHeard: boolean;
}

/** The provider executes it; whether the sender hears the answer is another matter. */
export const arrive = (world: World, message: Message, arrival: Arrival): void => {
  const { sent } = message;
  message.status = 'EXECUTED';
  const outcome = isCharge(sent)
    ? world.provider.charge(sent, { ...arrival, now: world.now })
    : world.provider.refund(sent, arrival.lag !== 0);
  if (arrival.isHeard) message.heard = outcome;
  else world.hit('answer lost');
};

const verdict = fc.constantFrom<Verdict>(
  ...(['APPROVE', 'APPROVE', 'APPROVE', 'TAKE_IN', 'DECLINE', 'DECLINE', 'DECLINE_HARD'] as const),
  ...(['RATE_LIMIT', 'BUSY'] as const),
);
const arrives = fc
  .record({
    at: index,
    verdict,
    lag: fc.constantFrom<ReadLag>(0, 20, 90, 'FOR_EVER'),
    isHeard: fc.boolean(),
  })
  .map(
    ({ at, ...arrival }) =>
      new Step(
        `request ${at} arrives: ${arrival.verdict}, seen after ${arrival.lag} s, answer ${arrival.isHeard ? 'heard' : 'lost'}`,
        ({ onTheirWay }) => onTheirWay.length > 0,
        (world) => {
          const { onTheirWay } = world;
          const message = onTheirWay[at % onTheirWay.length];
          if (message) arrive(world, message, arrival);
        },
      ),
  );
const isReset = index.map(
  (at) =>
    new Step(
      `the connection of request ${at} breaks; it may arrive all the same`,
      ({ onTheirWay }) => onTheirWay.length > 0,
      (world) => {
        const { onTheirWay } = world;
        const message = onTheirWay[at % onTheirWay.length];
        if (message) message.heard = { kind: 'UNKNOWN', reason: 'ECONNRESET' };
      },
    ),
);
const waits = fc
  .constantFrom(1, 10, 36, 91, 130, 310, 620, 1_900, 90_000)
  .map(
    (seconds) => new Step(`${seconds} seconds pass`, hasCharges, (world) => world.wait(seconds)),
  );
const fails = fc.constantFrom(true, true, false).map(
  (isUp) =>
    new Step(
      `the provider is ${isUp ? 'there again' : 'gone'}`,
      (world) => world.isUp !== isUp,
      (world) => {
        world.isUp = isUp;
      },
    ),
);

/** A webhook, or the nightly sweep, names a payment: the house asks about it by name. */
const hints = fc.record({ who: worker, at: index }).map(
  ({ who, at }) =>
    new Step(
      `a webhook names payment ${at} to worker ${who}`,
      (world) => isFree(world, who) && world.provider.payments.length > 0,
      (world) => {
        const { payments } = world.provider;
        const payment = payments[at % payments.length];
        if (!payment) return;
        const { chargeId, id: paymentId } = payment;
        start(world, who, look(world, { chargeId, paymentId }));
        bookProviderRefunds(world, chargeId);
      },
    ),
);
/** The acquirer first said no, and then takes the money after all. */
const paysLate = index.map(
  (at) =>
    new Step(
      `failed payment ${at} is paid after all`,
      (world) => world.provider.payments.some(({ status }) => status === 'FAILED'),
      (world) => {
        const failed = world.provider.payments.filter(({ status }) => status === 'FAILED');
        const payment = failed[at % failed.length];
        if (!payment) return;
        world.provider.pay(payment, world.now);
        world.hit('paid after it failed');
      },
    ),
);
const decides = fc.record({ at: index, isPaid: fc.boolean() }).map(
  ({ at, isPaid }) =>
    new Step(
      `undecided payment ${at} is ${isPaid ? 'paid' : 'refused'}`,
      (world) => world.provider.payments.some(({ status }) => status === 'PENDING'),
      (world) => {
        const pending = world.provider.payments.filter(({ status }) => status === 'PENDING');
        const payment = pending[at % pending.length];
        if (payment && isPaid) world.provider.pay(payment, world.now);
        else if (payment) payment.status = 'FAILED';
      },
    ),
);
const wishes = fc
  .record({
    at: index,
    wish: fc.constantFrom<Wish>('CANCEL', 'RETRY', 'RESOLVE', 'REFUND_ALL', 'REFUND_PART'),
  })
  .map(
    ({ at, wish }) =>
      new Step(`a person asks: ${wish} of charge ${at}`, hasCharges, (world) => {
        if (ask(world, chargeAt(world, at), wish)) world.hit(`done: ${wish}`);
      }),
  );
const consoles = index.map(
  (at) =>
    new Step(
      `500 of payment ${at} are paid back in the provider's console`,
      (world) => world.provider.payments.some(({ status }) => status === 'PAID'),
      (world) => void refundAtConsole(world, at),
    ),
);

const often = (
  times: number,
  ...steps: fc.Arbitrary<Step>[]
): fc.WeightedArbitrary<fc.Command<World, World>>[] =>
  steps.map((arbitrary) => ({ arbitrary, weight: times }));

/** Going on and arriving are more frequent than trouble: a story in which nobody gets on tells little. */
export const STEPS: fc.Arbitrary<fc.Command<World, World>>[] = [
  fc.oneof(
    ...often(8, goesOn, arrives),
    ...often(4, claims, looks, waits),
    ...often(2, creates, refunds, wishes, hints, crashes, decides),
    ...often(1, isReset, paysLate, consoles, fails),
  ),
];
