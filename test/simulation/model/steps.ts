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

const describe = ({ verdict, lag, isHeard }: Arrival): string => {
  const seen = lag === 'FOR_EVER' ? 'never seen by reference' : `seen after ${lag} s`;
  return `arrives: ${verdict}, ${seen}, answer ${isHeard ? 'heard' : 'lost'}`;
};

const verdict = fc.constantFrom<Verdict>(
  ...(['APPROVE', 'APPROVE', 'APPROVE', 'TAKE_IN', 'DECLINE', 'DECLINE', 'DECLINE_HARD'] as const),
  ...(['RATE_LIMIT', 'BUSY'] as const),
);
const arrival: fc.Arbitrary<Arrival> = fc.record({
  verdict,
  lag: fc.constantFrom<ReadLag>(0, 20, 90, 'FOR_EVER'),
  isHeard: fc.boolean(),
});
const arrives = fc.tuple(index, arrival).map(
  ([at, how]) =>
    new Step(
      `request ${at} ${describe(how)}`,
      ({ onTheirWay }) => onTheirWay.length > 0,
      (world) => {
        const { onTheirWay } = world;
        const message = onTheirWay[at % onTheirWay.length];
        if (message) arrive(world, message, how);
      },
    ),
);

/** What becomes of a request that goes out once the workers run by themselves; under the wire's longest. */
export interface Fate extends Arrival {
  readonly afterSeconds: number;
  /** If it was declined: when the acquirer takes the money all the same. */
  readonly paidAfterSeconds: number | null;
}
/** What is still to come when the workers run by themselves: fates of requests in their order, which threads of work die after their first
 * step, and what people ask once all is quiet. */
export interface Rest {
  readonly fates: readonly Fate[];
  readonly deaths: readonly number[];
  readonly wishes: readonly Wish[];
}
const wish = fc.constantFrom<Wish>(
  ...(['CANCEL', 'RETRY', 'RESOLVE', 'REFUND_ALL', 'REFUND_PART', 'REFUND_PART'] as const),
);
const fate: fc.Arbitrary<Fate> = fc
  .tuple(
    arrival,
    fc.constantFrom(0, 0, 20, 150, 280),
    fc.constantFrom(null, null, 60, 100_000, 900_000),
  )
  .map(([how, afterSeconds, paidAfterSeconds]) => ({ ...how, afterSeconds, paidAfterSeconds }));
export const REST: fc.Arbitrary<Rest> = fc.record({
  fates: fc.array(fate, { maxLength: 8 }),
  deaths: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
  wishes: fc.array(wish, { maxLength: 3 }),
});
export const restLines = ({ fates, deaths, wishes }: Rest): string[] => [
  ...fates.map(
    ({ afterSeconds, paidAfterSeconds, ...how }) =>
      `then the next request, ${afterSeconds} s after it was sent, ${describe(how)}${
        paidAfterSeconds === null || !how.verdict.startsWith('DECLINE')
          ? ''
          : `, and is paid after all ${paidAfterSeconds} s later`
      }`,
  ),
  ...deaths.map((nth) => `then the worker of piece of work ${nth} dies after its first step`),
  ...wishes.map((each) => `then, all being quiet, a person asks: ${each}`),
];

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
    wish,
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
