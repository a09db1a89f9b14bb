import { setTimeout as pause } from 'node:timers/promises';
import { seedDemo } from '../../apps/cli/src/seed-demo.js';
import { parseEncryptionKeys, readConfig, type FullConfig } from '#platform/config';
import { Database } from '#platform/database';
import { ENCRYPTION_KEYS, type Fleet } from '../simulation/fleet/fleet.js';
import { readHits } from '../simulation/test-build/runtime.js';
import { createGraphqlCaller } from './graphql.js';
import type { House } from './house.js';
import { Shop } from './shop.js';
import { Wire } from './wire.js';

/** Processes start, crash and take over on two busy cores. */
const PATIENCE_MS = 90_000;
const LOOK_MS = 50;

/** The merchant `demo` at a fleet: what a merchant's system sees, and what the provider saw. */
export interface FleetShop {
  readonly shop: Shop;
  readonly wire: Wire;
  readonly apiKey: string;
  /** Waits until a process wrote this down, more often than `before`. */
  untilHit(name: string, before?: number): Promise<void>;
  until<T>(read: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T>;
}

/** Reads fail while processes are down: they are asked again. */
const until = async <T>(read: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T> => {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await read().catch((error: unknown) => error as Error);
    if (!(seen instanceof Error) && isEnough(seen)) return seen;
    if (performance.now() > giveUpAt)
      throw new Error(`waited for: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`);
    await pause(LOOK_MS);
  }
};

/** As the processes of a fleet have it, for who writes into its database beside them. */
export const configAt = (fleet: Fleet, sandboxUrl: string): FullConfig => ({
  ...readConfig({
    NODE_ENV: 'test',
    DATA_DIR: fleet.dir,
    DATABASE_URL: fleet.postgres.urlAt(),
    SANDBOX_URL: sandboxUrl,
    PUBLIC_URL: fleet.proxies.front.url,
  }),
  encryptionKeys: parseEncryptionKeys(ENCRYPTION_KEYS)!,
});

export const openFleetShop = async (fleet: Fleet): Promise<FleetShop> => {
  const url = fleet.postgres.urlAt();
  const config = configAt(fleet, fleet.proxies.provider.url);
  const database = await Database.open({ url, applicationName: 'fleet-shop', poolSize: 1 });
  const demo = await seedDemo(database, config).finally(() => database.close());
  const { control, sandbox } = fleet;
  const graphql = createGraphqlCaller(fleet.proxies.front.url, demo.apiKey);
  // What a shop uses of a house: the rest of one is many processes here.
  const house = { ...demo, control, sandbox, graphql } as unknown as House;
  const hits = async (name: string) =>
    (await readHits(fleet.hitsFile)).filter((hit) => hit.name === name).length;
  return {
    shop: await Shop.open(house),
    wire: new Wire(house),
    apiKey: demo.apiKey,
    until,
    untilHit: async (name, before = 0) =>
      void (await until(
        () => hits(name),
        (count) => count > before,
      )),
  };
};
