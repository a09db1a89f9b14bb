import { setTimeout as pause } from 'node:timers/promises';
import {
  done,
  type Charge,
  type ChargeStatus,
  type Order,
  type ProviderAccount,
  type RefrainClient,
} from '#client';
import type { Progress } from '../progress.js';
import type { MagicCard, Provider, SandboxControl } from './sandbox-control.js';

/** What a step of the demo works with. */
export interface World {
  readonly client: RefrainClient;
  readonly sandbox: SandboxControl;
  readonly portone: ProviderAccount;
  readonly nexi: ProviderAccount;
  readonly magicCards: readonly MagicCard[];
  /** What every order id of this run begins with. */
  readonly run: string;
  readonly progress: Progress;
}

/** The demo's world is not as it should be: a step did not come out as its card says. */
export class DemoFailure extends Error {}

/** Far above what any single charge takes, on a busy machine, with a restart in between. */
const PATIENCE_MS = 180_000;
const LOOK_MS = 250;

/** Looks until it is there. `what` is named when it does not come. */
export const awaitThat = async <T>(
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline)
      throw new DemoFailure(`waited ${PATIENCE_MS / 1000} s in vain for ${what}`);
    await pause(LOOK_MS);
  }
};

/** The charge, once it has come this far; told apart from one that went elsewhere for good. */
export const awaitCharge = (
  { client }: World,
  orderId: string,
  status: ChargeStatus,
): Promise<Charge> => {
  const final: readonly ChargeStatus[] = ['SUCCEEDED', 'FAILED', 'CANCELED', 'SKIPPED'];
  return awaitThat(`${orderId} to be ${status}`, async () => {
    const charge = await client.charge({ orderId });
    if (charge?.status === status) return charge;
    if (charge && final.includes(charge.status))
      throw new DemoFailure(
        `${orderId}: expected ${status}, found ${charge.status}: ${charge.explanation}`,
      );
    return undefined;
  });
};

/** A card of which every charge ends like this. */
export const cardFor = (world: World, provider: Provider, outcome: string): string => {
  const card = world.magicCards.find(
    (it) => it.provider === provider && it.outcome === outcome && !it.at,
  );
  if (!card) throw new DemoFailure(`the sandbox has no ${provider} card for ${outcome}`);
  return card.number;
};

export const won = (amount: number) => ({ amount, currency: 'KRW' });
export const euro = (cents: number) => ({ amount: cents, currency: 'EUR' });

/** Asks for a charge that is due now. */
export const charge = async (
  { client }: World,
  billingKeyId: string,
  order: Order,
): Promise<Charge> => done(await client.createCharge({ billingKeyId, order })).charge;

/** Moves the account's clock to a time, waiting as long as what happens on the way takes. */
export const advanceClock = async (
  { client }: World,
  account: ProviderAccount,
  to: Date,
): Promise<void> => {
  const input = { providerAccountId: account.id, to: to.toISOString() };
  await awaitThat(`the clock of ${account.name} to show ${input.to}`, async () => {
    const { operation } = done(await client.advanceTestClock(input));
    if (operation.status === 'FAILED')
      throw new DemoFailure(`the clock of ${account.name} stopped: ${operation.message}`);
    return operation.status === 'COMPLETED' ? operation : undefined;
  });
};

export const clockOf = async ({ client }: World, account: ProviderAccount): Promise<Date> => {
  const found = (await client.providerAccounts()).find(({ id }) => id === account.id);
  if (!found) throw new DemoFailure(`expected the account ${account.name}`);
  return new Date(found.clock.now);
};
