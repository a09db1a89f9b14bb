import { done, type Refund } from '#client';
import type { Wallet } from './cards.step.js';
import {
  advanceClock,
  awaitCharge,
  awaitThat,
  cardFor,
  charge,
  clockOf,
  DemoFailure,
  euro,
  won,
  type World,
} from './world.js';

const DAY_MS = 86_400_000;
/** The policy's first step is a day; an hour more, and it is over. */
const PAST_THE_FIRST_RETRY_MS = DAY_MS + 3_600_000;

/** One order, one card, now: on each provider. */
export const chargeOnce = (world: World, wallet: Wallet): Promise<void> =>
  world.progress.run('One-off charges', 2, async (report) => {
    const [card] = wallet.hosted;
    if (!card) throw new DemoFailure('expected a card registered on the provider’s page');
    const { run } = world;
    await charge(world, wallet.attached.id, {
      orderId: `${run}-once-krw`,
      name: 'Teapot',
      amount: won(39_000),
    });
    await charge(world, card.id, {
      orderId: `${run}-once-eur`,
      name: 'Kettle',
      amount: euro(4_990),
    });
    await awaitCharge(world, `${run}-once-krw`, 'SUCCEEDED');
    report(1);
    await awaitCharge(world, `${run}-once-eur`, 'SUCCEEDED');
    report(2);
  });

/** A card reported stolen: refused once, and never tried again, whatever time passes. */
export const declineHard = (world: World, { stolen }: Wallet): Promise<void> =>
  world.progress.run('A hard decline', 1, async (report) => {
    const orderId = `${world.run}-stolen`;
    await charge(world, stolen.id, { orderId, name: 'Samovar', amount: won(120_000) });
    await awaitCharge(world, orderId, 'FAILED');
    report(1);
  });

/** Money is short, the customer brings another card, the retry policy's next step succeeds. */
export const retryUntilPaid = (world: World, { poor }: Wallet): Promise<void> =>
  world.progress.run('A soft decline and its retry', 3, async (report) => {
    const orderId = `${world.run}-retry`;
    await charge(world, poor.id, { orderId, name: 'Tea, a pound', amount: won(24_000) });
    await awaitCharge(world, orderId, 'RETRY_SCHEDULED');
    report(1);
    await world.sandbox.replaceCard(poor.providerKey, cardFor(world, 'PORTONE', 'APPROVED'));
    const now = await clockOf(world, world.portone);
    await advanceClock(world, world.portone, new Date(now.getTime() + PAST_THE_FIRST_RETRY_MS));
    report(2);
    const { attempts } = await awaitCharge(world, orderId, 'SUCCEEDED');
    if (attempts.length !== 2)
      throw new DemoFailure(`${orderId}: expected 2 attempts, found ${attempts.length}`);
    report(3);
  });

/** After all the time that has passed: the stolen card was asked for its money exactly once. */
export const checkNeverRetried = async (world: World): Promise<void> => {
  const found = await world.client.charge({ orderId: `${world.run}-stolen` });
  const [attempt, ...more] = found?.attempts ?? [];
  if (!attempt || more.length > 0 || found?.status !== 'FAILED')
    throw new DemoFailure(`${world.run}-stolen: expected one attempt, and FAILED`);
  const asked = await world.sandbox.countCharges(attempt.providerReference);
  if (asked !== 1)
    throw new DemoFailure(`${world.run}-stolen: the provider was asked ${asked} times`);
};

const refund = async (
  world: World,
  orderId: string,
  amount: { amount: number; currency: string } | undefined,
): Promise<void> => {
  const found = await world.client.charge({ orderId });
  if (!found) throw new DemoFailure(`expected the charge of ${orderId}`);
  const outcome = await world.client.refundCharge({
    id: found.id,
    ...(amount && { amount }),
    reason: 'demo',
    idempotencyKey: `${orderId}-${amount?.amount ?? 'all'}`,
  });
  const { id } = done(outcome).refund;
  await awaitThat(`the refund of ${orderId}`, async () => {
    const refunds: Refund[] = (await world.client.charge({ orderId }))?.refunds ?? [];
    const mine = refunds.find((it) => it.id === id);
    if (mine?.status === 'FAILED') throw new DemoFailure(`the refund of ${orderId} failed`);
    return mine?.status === 'SUCCEEDED' ? mine : undefined;
  });
};

/** All of one, a part of the other. */
export const refundCharges = (world: World): Promise<void> =>
  world.progress.run('Refunds, whole and in part', 3, async (report) => {
    await refund(world, `${world.run}-once-krw`, undefined);
    report(1);
    await refund(world, `${world.run}-once-eur`, euro(990));
    report(2);
    await refund(world, `${world.run}-retry`, won(4_000));
    report(3);
  });
