import { CHARGES_DEPENDENCIES, type ChargesDependencies } from '#charges';
import { Database } from '#platform/database';
import type { FrozenRequest, Outcome, Provider, ProviderName } from '#providers/contract';
import type { House } from './house.js';
import { startSteppedWorker, type SteppedWorker } from './worker.js';

/** A few loops one after the other, and the answers they settle. */
const POOL_SIZE = 4;

export interface Rival extends SteppedWorker {
  /**
   * From now on what it sends to this provider is executed and answered, but the answer reaches it
   * only when it is released: a process that sleeps between the wire and the settling.
   */
  holdAnswers(provider: ProviderName): Held;
  /**
   * As `kill -9` would: nothing more reaches the database or the provider. Ends when what it had
   * under way has noticed.
   */
  kill(): Promise<void>;
}

export interface Held {
  /** The first of them is in. */
  readonly arrived: Promise<void>;
  release(): void;
}

/** A second worker of the same house, as another process would be: its own pool, its own sockets. */
export const startRival = async (house: House): Promise<Rival> => {
  const database = await Database.open({
    url: house.platform.config.databaseUrl!,
    applicationName: 'refrain-rival',
    poolSize: POOL_SIZE,
  });
  const worker = await startSteppedWorker({ ...house.platform, database });
  const { providers } = worker.app.get<ChargesDependencies>(CHARGES_DEPENDENCIES, {
    strict: false,
  });
  let running: Promise<unknown> = Promise.resolve();
  const releases: (() => void)[] = [];
  const end = async (): Promise<void> => {
    for (const release of releases) release();
    await database.close();
    await worker.close();
    await running;
  };
  return {
    runUntilIdle: () => {
      const run = worker.runUntilIdle();
      running = run.catch(() => undefined);
      return run;
    },
    holdAnswers: (name) => {
      const real = providers.get(name)!;
      let arrive = (): void => {};
      let release = (): void => {};
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      const released = new Promise<void>((resolve) => (release = resolve));
      releases.push(release);
      const sendCharge = async (...[access, request]: SendCharge): Promise<Outcome> => {
        const outcome = await real.sendCharge(access, request);
        arrive();
        await released;
        return outcome;
      };
      (providers as Map<ProviderName, Provider>).set(name, changed(real, { sendCharge }));
      return { arrived, release };
    },
    kill: end,
    close: end,
  };
};

type SendCharge = [Parameters<Provider['sendCharge']>[0], FrozenRequest];

/** An adapter keeps what is its own private, so that only itself may be `this`. */
const changed = (real: Provider, changes: Partial<Provider>): Provider =>
  new Proxy(real, {
    get: (target, name) => {
      const own: unknown = Reflect.get(changes, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
