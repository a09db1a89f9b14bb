import { machineInstant } from '#platform/clock';

import { checkAlways, checkHealed } from './invariants.js';
import { dispatch, look, refund, WAITING } from './jobs.js';
import { ask, bookProviderRefunds } from './person.js';
import { arrive } from './steps.js';
import type { Job, World } from './world.js';

/** Every charge has at most a few attempts, each with at most a dozen looks; beyond this somebody runs in a circle. */
const ROUNDS_MAX = 400;
/** A refund that was looked at so often and told nobody is lost. */
const REFUND_LOOKS_MAX = 20;

/** The faults stop: everything on its way arrives, everybody does their work, a person looks at what is left. */
export const heal = (world: World): void => {
  world.isUp = true;
  finish(world);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    work(world, dispatch(world));
    work(world, look(world));
    work(world, refund(world));
    if (!passTime(world)) break;
  }
  checkHealed(world);
};

const arriveAll = (world: World): void => {
  for (const message of world.onTheirWay)
    arrive(world, message, { verdict: 'APPROVE', lag: 0, isHeard: message.heard === undefined });
};

/** What the threads had begun when the faults stopped. */
const finish = (world: World): void => {
  arriveAll(world);
  for (const [who, job] of world.jobs) {
    world.jobs.delete(who);
    work(world, job);
  }
};

const work = (world: World, job: Job): void => {
  for (let step = job.next(); !step.done; step = job.next()) {
    arriveAll(world);
    // An answer that was lost before the faults stopped: its sender waits out its deadline.
    if (step.value === WAITING) world.wait(1);
  }
  checkAlways(world);
};

/** To the next time anything is due, and is not another's still. Answers whether anything ever is. */
const passTime = (world: World): boolean => {
  const { database } = world;
  const times = [...database.charges.values()].flatMap((row) => {
    const isWaiting = row.state === 'SCHEDULED' || row.state === 'RETRY_SCHEDULED';
    const due = isWaiting ? row.sendAt : row.state === 'NEEDS_REVIEW' ? null : row.nextLookAt;
    return due ? [Math.max(due.getTime(), row.leaseUntil?.getTime() ?? 0)] : [];
  });
  const refundTimes = database.refunds.flatMap(({ nextLookAt, looks }) =>
    nextLookAt && looks < REFUND_LOOKS_MAX ? [nextLookAt.getTime()] : [],
  );
  const next = Math.min(...times, ...refundTimes);
  if (!Number.isFinite(next)) return hear(world);
  world.now = machineInstant(Math.max(next, world.now.getTime()));
  return true;
};

/** Nothing is left to be done by itself: the sweep names every payment, and a person decides the rest. Answers whether anything moved. */
const hear = (world: World): boolean => {
  const before = world.database.history.length;
  // Whoever died while asking still holds a lease; a webhook stays in the inbox until it was heard.
  world.wait(world.rules.leaseSeconds);
  for (const payment of world.provider.payments) {
    const { chargeId, id: paymentId } = payment;
    if (payment.status === 'PENDING') world.provider.pay(payment, world.now);
    work(world, look(world, { chargeId, paymentId }));
    bookProviderRefunds(world, chargeId);
  }
  for (const { id, state } of world.database.charges.values())
    if (state === 'NEEDS_REVIEW' && ask(world, id, 'RESOLVE')) world.hit('a person decided');
  checkAlways(world);
  return world.database.history.length > before;
};
