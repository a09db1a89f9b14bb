import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import {
  AttemptResolver,
  CHARGES_DEPENDENCIES,
  Contributors,
  DueChargeDispatcher,
  Holds,
  type ChargesDependencies,
} from '#charges';
import { fromPublicId, toPublicId } from '#kernel';
import { hasten } from '#merchants';
import type { Provider } from '#providers/contract';
import { startHouse } from '../support/house.js';
import { errorsOf, Shop, type UserError } from '../support/shop.js';
import { Timekeeper } from '../support/timekeeper.js';

const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };
const ENV = {
  ...{ QUIET_PERIOD_SECONDS: '1', LOOKS_SECONDS: '1,2,3,4,600', BREAKER_OPEN_SECONDS: '1' },
};

interface HoldPayload {
  readonly hold: { readonly id: string; readonly reason: string; releasedAt: string | null } | null;
  readonly userErrors: readonly UserError[];
}

/** A house with a shop, and ways to look under its floor. */
const open = async (env: Record<string, string> = ENV) => {
  const house = await startHouse({ worker: true, env });
  const shop = await Shop.open(house);
  const { database } = house.platform;
  const merchantId = house.merchant.id;
  const sql = <Row>(text: string, ...parameters: unknown[]) =>
    database.withMerchant(merchantId, (tx) => tx.query<Row>(text, parameters));
  return {
    ...{ house, shop, sql, merchantId },
    time: new Timekeeper(house),
    holds: new Holds(database),
    stateOf: async (id: string) => {
      const [row] = await sql<{ state: string }>(
        'SELECT state FROM charges WHERE id = $1',
        fromPublicId('charge', id),
      );
      return row!.state;
    },
    /** The wire: how often a charge was sent at all. */
    sends: async (): Promise<number> => {
      const found = await house.control('requests?method=POST');
      const requests = (await found.json()) as { path: string }[];
      return requests.filter(({ path }) => path.endsWith(AGAIN.path)).length;
    },
    holding: async (name: 'holdNewSends' | 'releaseNewSends', input: object) => {
      const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
      const answer = await house.graphql<Record<string, HoldPayload>>(
        `mutation ($input: ${type}) { ${name}(input: $input) {
          hold { id reason releasedAt } userErrors { __typename code field message } } }`,
        { input },
      );
      return answer[name]!;
    },
  };
};
type Scene = Awaited<ReturnType<typeof open>>;

describe('holding new sends', () => {
  let scene: Scene;
  let key: string;
  beforeAll(async () => {
    scene = await open();
    key = await scene.shop.key('PORTONE');
  }, 60_000);
  afterAll(() => scene.house.close());

  it('is told once, seen, explained, and over when released', async () => {
    const { shop, house, holding } = scene;
    const held = await holding('holdNewSends', { scope: 'MERCHANT', reason: 'wrong prices' });
    const again = await holding('holdNewSends', { scope: 'MERCHANT', reason: 'again' });
    expect(again.hold).toEqual(held.hold);
    const charge = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    const waiting = await shop.read(charge.id);
    expect(waiting.status).toBe('SCHEDULED');
    expect(waiting.explanation).toContain('held (“wrong prices”)');
    const { holds } = await house.graphql<{ holds: { scope: string; subjectId: string }[] }>(
      '{ holds { scope subjectId } }',
    );
    const subjectId = toPublicId('merchant', house.merchant.id);
    expect(holds).toEqual([{ scope: 'MERCHANT', subjectId }]);
    const release = { scope: 'MERCHANT', reason: 'mended' };
    const released = await holding('releaseNewSends', release);
    expect(released.hold).toMatchObject({ id: held.hold!.id, releasedAt: expect.any(String) });
    expect(await holding('releaseNewSends', release)).toEqual(released);
    await shop.untilCharge(charge.id, 'SUCCEEDED');
  });

  it('refuses what is no one’s, and says so', async () => {
    const { shop, holding } = scene;
    const errorsFor = async (input: object) =>
      errorsOf((await holding('holdNewSends', { reason: 'why', ...input })).userErrors);
    const stranger = toPublicId('providerAccount', scene.merchantId);
    expect(await errorsFor({ scope: 'PROVIDER_ACCOUNT' })).toEqual(['INVALID_INPUT id']);
    expect(await errorsFor({ scope: 'PROVIDER_ACCOUNT', id: stranger })).toEqual(['NOT_FOUND id']);
    expect(await errorsFor({ scope: 'SCHEDULE', id: shop.accountOf('NEXI') })).toEqual([
      'NOT_FOUND id',
    ]);
    expect(await errorsFor({ scope: 'MERCHANT', id: stranger })).toEqual(['INVALID_INPUT id']);
    expect(await errorsFor({ scope: 'MERCHANT', reason: ' ' })).toEqual(['INVALID_INPUT reason']);
  });

  it('of an account leaves the other alone, and does not spin', async () => {
    const { shop, house, holding, sql } = scene;
    const hold = { scope: 'PROVIDER_ACCOUNT', id: shop.accountOf('PORTONE'), reason: 'moving' };
    await holding('holdNewSends', hold);
    const [held, free] = [
      await shop.charge(key, shop.order()),
      await shop.charge(await shop.key('NEXI'), shop.orderAt('NEXI')),
    ];
    await shop.untilCharge(free.id, 'SUCCEEDED');
    expect(await scene.stateOf(held.id)).toBe('SCHEDULED');
    const isAsleep = () =>
      sql<{ asleep: boolean }>(
        `SELECT next_due_at > clock_timestamp() + interval '1 hour' AS asleep FROM account_agendas
         WHERE provider_account_id = $1 AND lane = 'DISPATCH'`,
        house.portone.id,
      );
    await shop.until(isAsleep, ([agenda]) => agenda!.asleep);
    await holding('releaseNewSends', { ...hold, reason: 'moved' });
    await shop.untilCharge(held.id, 'SUCCEEDED');
  });

  it('of a schedule leaves single charges alone', async () => {
    const { shop, house, holding, time } = scene;
    const { schedule } = await time.create({
      ...{ billingKeyId: key, order: shop.order(), execution: 'SERVICE_DISPATCHED' },
      startAt: new Date(Date.now() + 1_000),
    });
    const hold = { scope: 'SCHEDULE', id: schedule!.id, reason: 'in dispute' };
    expect((await holding('holdNewSends', hold)).userErrors).toEqual([]);
    await pause(1_500);
    const single = await shop.charge(key, shop.order());
    await shop.untilCharge(single.id, 'SUCCEEDED');
    await house.worker.runUntilIdle();
    const first = async () => (await time.read(schedule!.id)).occurrences.nodes.at(-1)!;
    expect((await first()).status).toBe('SCHEDULED');
    await holding('releaseNewSends', { ...hold, reason: 'settled' });
    await shop.until(first, ({ status }) => status === 'SUCCEEDED');
  });

  it('keeps a provider from being told of a new occurrence', async () => {
    const { shop, house, holding, time, sql } = scene;
    const hold = { scope: 'PROVIDER_ACCOUNT', id: shop.accountOf('PORTONE'), reason: 'moving' };
    await holding('holdNewSends', hold);
    const startAt = new Date(Date.now() + 86_400_000);
    const { schedule } = await time.create({ billingKeyId: key, order: shop.order(), startAt });
    await house.worker.runUntilIdle();
    const sent = async () => {
      const [row] = await sql<{ sends: number }>(
        `SELECT a.sends FROM attempts a JOIN charges c ON c.id = a.charge_id
         WHERE c.schedule_id = $1`,
        fromPublicId('schedule', schedule!.id),
      );
      return row?.sends;
    };
    expect(await sent()).toBe(0);
    await holding('releaseNewSends', { ...hold, reason: 'moved' });
    await shop.until(sent, (sends) => sends === 1);
  });

  it('stops what is proved absent from going out again, and lets it be asked about', async () => {
    const { shop, holding, sends } = scene;
    await shop.fault({ match: AGAIN, fate: '500-before', times: 1 });
    const charge = await shop.charge(key, shop.order());
    await scene.house.worker.runUntilIdle();
    const before = await sends();
    await holding('holdNewSends', { scope: 'MERCHANT', reason: 'stop' });
    const looks = () =>
      scene.sql<{ looks: number }>(
        'SELECT looks FROM charges WHERE id = $1',
        fromPublicId('charge', charge.id),
      );
    await shop.until(looks, ([row]) => row!.looks >= 4);
    expect(await scene.stateOf(charge.id)).toBe('UNKNOWN');
    expect(await sends()).toBe(before);
    await holding('releaseNewSends', { scope: 'MERCHANT', reason: 'go' });
    await shop.untilCharge(charge.id, 'SUCCEEDED');
  }, 40_000);

  it('wins or loses against a claim, 200 times, and is never overtaken by one', async () => {
    const { shop, house, holds, sql, merchantId } = scene;
    const dueAt = new Date(Date.now() + 30 * 86_400_000);
    const ids: string[] = [];
    for (let count = 0; count < 200; count += 20) {
      const made = Array.from({ length: 20 }, () => shop.charge(key, shop.order(), { dueAt }));
      ids.push(...(await Promise.all(made)).map(({ id }) => id));
    }
    const subject = { scope: 'PROVIDER_ACCOUNT', subjectId: house.portone.id } as const;
    const command = { ...subject, reason: 'race', by: 'test' };
    const app = await NestFactory.createApplicationContext(WorkerModule.with(house.platform), {
      logger: ['fatal', 'error'],
    });
    const dispatcher = app.get(DueChargeDispatcher, { strict: false });
    let caught = 0;
    for (const id of ids) {
      await house.platform.database.withMerchant(merchantId, async (tx) => {
        await tx.query('UPDATE charges SET send_at = $2 WHERE id = $1', [
          ...[fromPublicId('charge', id), tx.now],
        ]);
        await tx.query(
          `UPDATE account_agendas SET next_due_at = $2
           WHERE provider_account_id = $1 AND lane = 'DISPATCH'`,
          [house.portone.id, tx.now],
        );
      });
      const dispatched = dispatcher.runOnce();
      await pause(Math.random() * 10);
      await holds.hold(merchantId, command);
      const isWaiting = (await scene.stateOf(id)) === 'SCHEDULED';
      await dispatched;
      await dispatcher.runOnce();
      if (isWaiting) {
        caught += 1;
        expect(await scene.stateOf(id)).toBe('SCHEDULED');
      }
      await holds.release(merchantId, command);
    }
    const left = () =>
      sql<{ count: number }>(
        `SELECT count(*)::int AS count FROM charges WHERE state <> 'SUCCEEDED' AND due_at = $1`,
        dueAt,
      );
    await shop.until(left, ([row]) => row!.count === 0);
    await app.close();
    expect(caught).toBeGreaterThan(0);
    expect(caught).toBeLessThan(200);
    expect(await shop.differences()).toEqual([]);
  }, 240_000);
});

describe('an account whose provider fails', () => {
  let scene: Scene;
  let key: string;
  beforeEach(async () => {
    scene = await open();
    key = await scene.shop.key('PORTONE');
  }, 60_000);
  afterEach(() => scene.house.close());

  const chargeMany = async (count: number): Promise<string[]> => {
    const { shop } = scene;
    const ids: string[] = [];
    while (ids.length < count) {
      const made = Array.from({ length: 5 }, () => shop.charge(key, shop.order()));
      ids.push(...(await Promise.all(made)).map(({ id }) => id));
    }
    return ids;
  };

  /** As if what waits for its share had waited long enough. */
  const untilCharged = async (ids: readonly string[]): Promise<void> => {
    const { house, shop, sql } = scene;
    const statesLater = async () => {
      await sql(`UPDATE charges SET unresolved_since = unresolved_since - interval '1 hour',
        next_look_at = clock_timestamp() WHERE state = 'UNKNOWN' AND absents >= 3`);
      await house.platform.database.withoutMerchant((tx) =>
        hasten(tx, [{ providerAccountId: house.portone.id, lane: 'RESOLVE', at: tx.now }]),
      );
      return Promise.all(ids.map(scene.stateOf));
    };
    await shop.until(statesLater, (states) => states.every((state) => state === 'SUCCEEDED'));
  };

  it('is left alone, tried by one charge, and served again', async () => {
    const { shop, house, sends } = scene;
    await shop.fault({ match: AGAIN, fate: '500-before' });
    const first = await chargeMany(25);
    await house.worker.runUntilIdle();
    expect(await sends()).toBe(25);
    const waiting = await chargeMany(10);
    await house.worker.runUntilIdle();
    expect(await sends()).toBe(25);
    expect(new Set(await Promise.all(waiting.map(scene.stateOf)))).toEqual(new Set(['SCHEDULED']));
    // Half open, the one that is let through fails as well: it opens again, and only that one left.
    await shop.until(sends, (sent) => sent > 25);
    expect(await sends()).toBe(26);
    await shop.calm();
    await untilCharged([...first, ...waiting]);
    expect(await shop.differences()).toEqual([]);
  }, 90_000);

  it('is tried by what is proved absent where nothing else is due, and forgets none of it', async () => {
    const { shop, house, sends } = scene;
    await shop.fault({ match: AGAIN, fate: '500-before', times: 25 });
    const ids = await chargeMany(25);
    await house.worker.runUntilIdle();
    expect(await sends()).toBe(25);
    await untilCharged(ids);
    expect(await sends()).toBe(50);
    expect(await shop.differences()).toEqual([]);
  }, 90_000);

  it('is met again with no more than its budget in a brown-out (row 48)', async () => {
    const { shop, sends, sql } = scene;
    const began = performance.now();
    await shop.fault({ match: { ...AGAIN, share: 0.3 }, fate: '500-before', timesPerReference: 1 });
    // Of so many the failed ones outnumber the budget, whatever luck they have.
    const ids = await chargeMany(150);
    const unknown = () =>
      sql<{ looks: number }>(
        `SELECT looks FROM charges WHERE state = 'UNKNOWN' AND absents >= 3 ORDER BY looks`,
      );
    await shop.until(unknown, (rows) => rows.length > 0);
    await shop.until(sends, (sent) => sent > 155);
    await pause(1_500);
    await scene.house.worker.runUntilIdle();
    expect((await unknown()).length).toBeGreaterThan(0);
    // Where bad luck opens the breaker, what it turns back is an attempt that never left, and the next one earns its share as well.
    const [attempts] = await sql<{ count: number }>('SELECT count(*)::int AS count FROM attempts');
    const sent = await sends();
    const seconds = (performance.now() - began) / 1_000;
    expect(sent).toBeLessThanOrEqual(150 + 10 + 0.1 * attempts!.count + 0.1 * seconds);
    // What has waited long enough goes whatever the budget.
    await untilCharged(ids);
    expect(await shop.differences()).toEqual([]);
  }, 90_000);
});

describe('a charge that is poison', () => {
  let scene: Scene;
  let app: INestApplicationContext;
  let portone: Provider;
  beforeAll(async () => {
    scene = await open();
    app = await NestFactory.createApplicationContext(WorkerModule.with(scene.house.platform), {
      logger: ['fatal', 'error'],
    });
    const dependencies = app.get<ChargesDependencies>(CHARGES_DEPENDENCIES, { strict: false });
    portone = dependencies.providers.get('PORTONE')!;
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await scene.house.close();
  });

  it('is set aside when it cannot be described, and its neighbours are sent', async () => {
    const { shop } = scene;
    const key = await shop.key('PORTONE');
    const [bad, good] = [
      await shop.charge(key, shop.order({ orderId: 'poison' })),
      await shop.charge(key, shop.order()),
    ];
    const describeCharge = portone.describeCharge.bind(portone);
    Object.assign(portone, {
      describeCharge: (...[account, request]: Parameters<Provider['describeCharge']>) => {
        if (request.order.orderId === 'poison') throw new Error('indescribable');
        return describeCharge(account, request);
      },
    });
    const dispatcher = app.get(DueChargeDispatcher, { strict: false });
    while (await dispatcher.runOnce());
    Object.assign(portone, { describeCharge });
    expect((await shop.read(good.id)).status).toBe('SUCCEEDED');
    const shown = await shop.read(bad.id);
    expect(shown).toMatchObject({ status: 'SCHEDULED', attempts: [] });
    expect(Date.parse(shown.nextAttemptAt!)).toBeGreaterThan(Date.now() + 3_500_000);
    expect(await shop.incidents(bad.id)).toEqual([{ kind: 'QUARANTINED' }]);
  });

  it.each([
    ['where it succeeds', (to: string) => to === 'SUCCEEDED'],
    ['whatever it comes to', () => true],
  ])(
    'is set aside when our own code trips over its outcome %s, and its neighbours are settled',
    async (_, trips) => {
      const { shop, sql } = scene;
      const key = await shop.key('PORTONE');
      const charges = [];
      for (let n = 0; n < 5; n += 1) charges.push(await shop.charge(key, shop.order()));
      const odd = charges[2]!;
      let isBroken = true;
      app.get(Contributors, { strict: false }).register({
        contribute: ({ charge, to }) => {
          if (isBroken && charge.orderId === odd.orderId && trips(to))
            throw new TypeError('Cannot read properties of undefined');
          return [];
        },
        write: () => Promise.resolve(),
      });
      const dispatcher = app.get(DueChargeDispatcher, { strict: false });
      while (await dispatcher.runOnce());
      isBroken = false;
      for (const { id } of charges)
        expect((await shop.read(id)).status).toBe(id === odd.id ? 'UNKNOWN' : 'SUCCEEDED');
      expect(await shop.incidents(odd.id)).toEqual([{ kind: 'QUARANTINED' }]);
      const seen = await sql<{ note: string }>(
        'SELECT note FROM observations WHERE charge_id = $1',
        fromPublicId('charge', odd.id),
      );
      expect(seen).toEqual([{ note: 'could not be settled: TypeError' }]);
      // Looked at after its hour, by code that is mended.
      await sql(`UPDATE charges SET next_look_at = clock_timestamp() WHERE state = 'UNKNOWN'`);
      await shop.untilCharge(odd.id, 'SUCCEEDED');
    },
  );

  it('is set aside after five looks that nobody survived, and its neighbour is settled (row 13)', async () => {
    const { shop, sql, house } = scene;
    const key = await shop.key('PORTONE');
    await shop.fault({ match: AGAIN, fate: '500-after', times: 2 });
    const [bad, good] = [
      await shop.charge(key, shop.order({ orderId: 'deadly' })),
      await shop.charge(key, shop.order()),
    ];
    const dispatcher = app.get(DueChargeDispatcher, { strict: false });
    while (await dispatcher.runOnce());
    // Under the brakes' notes, as the adapter itself would fail.
    const adapter = Object.getPrototypeOf(portone) as Provider;
    const asked: string[] = [];
    Object.assign(portone, {
      findPayments(this: Provider, ...asking: Parameters<Provider['findPayments']>) {
        const [, question] = asking;
        asked.push(question.order.orderId);
        if (question.order.orderId === 'deadly') throw new Error('the process dies here');
        return adapter.findPayments.apply(this, asking);
      },
    });
    const resolver = app.get(AttemptResolver, { strict: false });
    const look = async () => {
      await sql(`UPDATE charges SET lease_until = NULL, next_look_at = clock_timestamp()
        WHERE state = 'UNKNOWN'`);
      await house.platform.database.withoutMerchant((tx) =>
        hasten(tx, [{ providerAccountId: house.portone.id, lane: 'RESOLVE', at: tx.now }]),
      );
      return resolver.runOnce();
    };
    for (let crash = 1; crash <= 5; crash += 1)
      await expect(look()).rejects.toThrow('the process dies here');
    expect((await shop.read(good.id)).status).toBe('SUCCEEDED');
    await look();
    Reflect.deleteProperty(portone, 'findPayments');
    expect(asked.filter((orderId) => orderId === 'deadly')).toHaveLength(5);
    expect((await shop.read(bad.id)).status).toBe('NEEDS_REVIEW');
    expect(await shop.incidents(bad.id)).toEqual([{ kind: 'QUARANTINED' }]);
    // Looked at again after its hour, with the fault mended, it is found to be paid.
    await sql(`UPDATE charges SET next_look_at = clock_timestamp() WHERE state = 'NEEDS_REVIEW'`);
    await shop.untilCharge(bad.id, 'SUCCEEDED');
  });
});
