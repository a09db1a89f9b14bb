import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createMerchants } from '#merchants';
import { migrate } from '#platform/database';
import { holdWriters } from '../support/held-table.js';
import { startHouse, type House } from '../support/house.js';
import { startRival } from '../support/rival.js';
import { Shop } from '../support/shop.js';
import { CrashingPostgres } from '../simulation/fleet/postgres.js';

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
  readonly ms: number;
}

const PATIENCE_MS = 60_000;

const fetched = async (url: string, init: RequestInit = {}): Promise<Answer> => {
  const began = performance.now();
  const response = await fetch(url, init);
  const body = await response.text();
  return {
    ...{ status: response.status, retryAfter: response.headers.get('retry-after'), body },
    ms: performance.now() - began,
  };
};

/** The doors of a house's API, knocked at as merchants, providers and load balancers do. */
const doorsOf = (house: House, notificationUrl: string) => ({
  me: () =>
    fetched(`${house.api.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${house.apiKey}`,
      },
      body: JSON.stringify({ query: '{ me { merchant { name } apiKeys { id } } }' }),
    }),
  webhook: () =>
    fetched(notificationUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ imp_uid: 'imp_1', merchant_uid: 'nobodys', status: 'paid' }),
    }),
  ready: () => fetched(`${house.api.url}/health/ready`),
  live: () => fetched(`${house.api.url}/health/live`),
});

const notificationUrlOf = async (house: House): Promise<string> => {
  const { accounts } = createMerchants(house.platform.database, house.platform.config);
  return (await accounts.access(house.merchant.id, house.portone.id)).notificationUrl;
};

const until = async <T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> => {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > giveUpAt) throw new Error(`not within a minute: ${String(seen)}`);
    await pause(50);
  }
};

const expectShed = (answer: Answer): void => {
  expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
  expect(answer.ms).toBeLessThan(1_000);
};

/** A pool of two, and a wait of 500 ms instead of 700: a busy machine needs the rest. */
const SMALL = { DATABASE_POOL_SIZE: '2', DATABASE_WAIT_MS: '500' };

describe('an API whose connections are all in use', () => {
  let house: House;
  let doors: ReturnType<typeof doorsOf>;
  beforeAll(async () => {
    house = await startHouse({ env: SMALL });
    doors = doorsOf(house, await notificationUrlOf(house));
  }, 100_000);
  afterAll(() => house?.close());

  /** Both connections are held by somebody until `free` is called. */
  const exhaust = async (): Promise<() => Promise<void>> => {
    const over = new EventEmitter();
    const begun = new EventEmitter();
    const held = [1, 2].map(async (n) => {
      await house.platform.database.withMerchant(house.merchant.id, async () => {
        begun.emit(`${n}`);
        await once(over, 'over');
      });
    });
    await Promise.all([once(begun, '1'), once(begun, '2')]);
    return async () => {
      over.emit('over');
      await Promise.all(held);
    };
  };

  it('sheds within a second and says when to come again, and serves as soon as one is free (row 23)', async () => {
    expect((await doors.me()).status).toBe(200);
    const free = await exhaust();
    const [me, webhook] = await Promise.all([doors.me(), doors.webhook()]);
    await free();
    expectShed(me);
    expectShed(webhook);
    expect(JSON.parse(me.body)).toMatchObject({
      errors: [{ extensions: { code: 'UNAVAILABLE' } }],
    });
    expect((await doors.me()).status).toBe(200);
    expect((await doors.webhook()).status).toBe(200);
  });

  it('sheds a request that only then finds none, and gives back each connection that came too late (row 23)', async () => {
    for (let round = 0; round < 3; round += 1) {
      const free = await exhaust();
      const shed = await Promise.all(Array.from({ length: 8 }, doors.me));
      expect(shed.map(({ status }) => status)).toEqual(Array(8).fill(503));
      await free();
      expect((await doors.me()).status).toBe(200);
    }
  });

  it('does not keep the worker, which has a pool of its own, from sending (row 23)', async () => {
    const shop = await Shop.open(house);
    const worker = await startRival(house);
    const { id, orderId } = await shop.charge(await shop.key('PORTONE'), shop.order());
    const free = await exhaust();
    try {
      await worker.runUntilIdle();
      expect(await shop.capturesOf(orderId)).toHaveLength(1);
    } finally {
      await free();
      await worker.close();
    }
    expect((await shop.read(id)).status).toBe('SUCCEEDED');
  });

  it('is not ready while this machine’s clock and the database’s differ (row 81)', async () => {
    expect((await doors.ready()).status).toBe(200);
    for (const aheadMs of [3_600_000, -3_600_000]) {
      const at = Date.now() + aheadMs;
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => at);
      const ready = await doors.ready().finally(() => clock.mockRestore());
      expect(ready).toMatchObject({ status: 503, retryAfter: '1' });
      expect(ready.body).toMatch(/this machine's clock and the database's are 3\d{3} s apart/);
    }
    expect((await doors.ready()).status).toBe(200);
  });

  it('is not ready from the moment it begins to stop, and answers what it was asked', async () => {
    const api = await startHouse({ env: SMALL });
    const { me, ready } = doorsOf(api, '');
    const held = await holdWriters(api, 'api_keys');
    const slow = api.graphql.raw(
      `mutation { createApiKey(input: { name: "late", scopes: [CHARGES_READ],
         idempotencyKey: "late" }) { userErrors { code } } }`,
    );
    await held.untilWaiting(1);
    api.api.beginStop();
    const stopping = await ready();
    expect(stopping.status).toBe(503);
    expect(stopping.body).toContain('it is stopping');
    expect((await me()).status).toBe(200);
    const closed = api.api.close();
    await held.release();
    expect((await slow).status).toBe(200);
    await closed;
    await api.close();
  }, 60_000);
});

describe('an API whose database is away', () => {
  let dataDir: string;
  let postgres: CrashingPostgres;
  let house: House;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'refrain-shedding-'));
    postgres = await CrashingPostgres.start(dataDir);
    const url = postgres.urlAt();
    await migrate(url);
    house = await startHouse({
      env: { DATABASE_WAIT_MS: '500' },
      on: { url, drop: () => postgres.stop() },
    });
  }, 200_000);
  afterAll(async () => {
    await house?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('answers 503 within a second at every door but the live one, and serves when it is back (row 21)', async () => {
    const doors = doorsOf(house, await notificationUrlOf(house));
    expect((await doors.me()).status).toBe(200);
    expect((await doors.ready()).status).toBe(200);
    const back = postgres.crash('IMMEDIATE_STOP', 5_000);
    // A look that was under way when it went says so in other words.
    const isAway = ({ status, body }: { readonly status: number; readonly body: string }) =>
      status === 503 && body.includes('the database does not answer');
    await until(doors.ready, isAway);
    await until(doors.me, ({ status }) => status === 503);
    for (const answer of await Promise.all([doors.me(), doors.webhook(), doors.ready()]))
      expectShed(answer);
    expect((await doors.live()).status).toBe(200);
    await back;
    await until(doors.me, ({ status }) => status === 200);
    await until(doors.webhook, ({ status }) => status === 200);
    expect((await doors.ready()).status).toBe(200);
  }, 100_000);
});
