import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import {
  AttemptResolver,
  CHARGES_DEPENDENCIES,
  DueChargeDispatcher,
  Reconciler,
  SingleChargeChannel,
  type ChargesDependencies,
} from '#charges';
import { fromPublicId, toPublicId } from '#kernel';
import { hastenAll, type Lane } from '#merchants';
import type { Provider } from '#providers/contract';
import { startHouse, type House } from '../support/house.js';
import { Shop, type ShownCharge } from '../support/shop.js';
import { Timekeeper } from '../support/timekeeper.js';

const DAY_MS = 86_400_000;
const AGAIN = '/subscribe/payments/again';

interface Incident {
  readonly kind: string;
  readonly chargeId: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Reconciliation {
  readonly sweptUntil: Date;
  readonly sweepingTo: Date | null;
  readonly sweptAt: Date | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** Captures that nobody waits for. Times are shortened: looks after a decision at 1, 2 and 3 s instead of 10 min, an hour and a day, and a quiet
 * period of 1 s. Sweeps are due when a test says so, not each ten minutes: what is found without one was found otherwise. */
describe('a capture that nobody waits for', () => {
  let house: House;
  let shop: Shop;
  let app: INestApplicationContext;

  beforeAll(async () => {
    const env = {
      ...{ AFTERLOOKS_SECONDS: '1,2,3', LOOKS_SECONDS: '1,2,3,60', QUIET_PERIOD_SECONDS: '1' },
    };
    house = await startHouse({ worker: true, env });
    shop = await Shop.open(house);
    app = await NestFactory.createApplicationContext(WorkerModule.with(house.platform), {
      logger: ['fatal', 'error'],
    });
    await shop.turn({ duplicateGuard: 'none' });
    await shop.fault({ match: { provider: 'PORTONE' }, fate: 'webhook-dropped' });
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await house.close();
  });

  const inDatabase = <Row>(sql: string, ...more: readonly unknown[]): Promise<Row[]> =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<Row>(sql, [house.merchant.id, ...more]),
    );
  const dependencies = () => app.get<ChargesDependencies>(CHARGES_DEPENDENCIES, { strict: false });
  const withPortone = (changes: Partial<Provider>): ChargesDependencies => {
    const { providers, ...others } = dependencies();
    const changed = Object.assign(Object.create(providers.get('PORTONE')!) as Provider, changes);
    return { ...others, providers: new Map(providers).set('PORTONE', changed) };
  };
  /** As each minute's tick does. */
  const hasten = (lane: Lane) => hastenAll(house.platform.database, [lane]);
  const incidents = async (): Promise<Incident[]> =>
    inDatabase(
      `SELECT kind, charge_id AS "chargeId", detail FROM incidents WHERE merchant_id = $1 ORDER BY id`,
    );
  const incidentsOf = async ({ id }: ShownCharge): Promise<Incident[]> =>
    (await incidents()).filter(({ chargeId }) => chargeId && toPublicId('charge', chargeId) === id);
  /** Somebody else who has the account's key: their payment goes straight to the provider. */
  const pay = async (payment: object): Promise<string> => {
    const post = async (path: string, body: object, token = '') => {
      const answer = await fetch(`${house.sandbox.url}/portone${path}`, {
        ...{ method: 'POST', body: JSON.stringify(body) },
        headers: { 'content-type': 'application/json', authorization: token },
      });
      return ((await answer.json()) as { response: Record<string, string> }).response;
    };
    const credentials = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };
    const { access_token } = await post('/users/getToken', credentials);
    return (await post(AGAIN, payment, access_token))['imp_uid']!;
  };
  const providerKeyOf = async ({ billingKey }: ShownCharge): Promise<string> => {
    const { billingKey: shown } = await house.graphql<{ billingKey: { providerKey: string } }>(
      'query ($id: ID!) { billingKey(id: $id) { providerKey } }',
      { id: billingKey.id },
    );
    return shown.providerKey;
  };
  const payAgain = async (charge: ShownCharge, amount = charge.amount.amount): Promise<string> =>
    pay({
      ...{ customer_uid: await providerKeyOf(charge), name: 'again', amount },
      merchant_uid: charge.attempts[0]!.providerReference,
    });
  const collected = async (): Promise<ShownCharge> => {
    const { id } = await shop.charge(await shop.key('PORTONE'), shop.order());
    return shop.untilCharge(id, 'SUCCEEDED');
  };
  const reconciliation = async () =>
    (
      await inDatabase<Reconciliation>(
        `SELECT swept_until AS "sweptUntil", sweeping_to AS "sweepingTo", swept_at AS "sweptAt", counts
         FROM reconciliations
         WHERE merchant_id = $1`,
      )
    )[0];
  /** As if the ten minutes were over. */
  const sweep = async () => {
    const before = (await reconciliation())?.sweptAt?.getTime() ?? 0;
    await inDatabase(
      `UPDATE reconciliations SET next_sweep_at = clock_timestamp() WHERE merchant_id = $1`,
    );
    await hasten('RECONCILE');
    await shop.until(reconciliation, (now) => (now?.sweptAt?.getTime() ?? 0) > before);
  };

  it('costs a plain success nothing: no look afterwards, no read at the provider', async () => {
    const { id, attempts } = await collected();
    const [row] = await inDatabase(
      'SELECT afterlooks, next_afterlook_at AS at FROM charges WHERE merchant_id = $1 AND id = $2',
      fromPublicId('charge', id),
    );
    expect(row).toEqual({ afterlooks: 0, at: null });
    await pause(1_200);
    await hasten('RESOLVE');
    await house.worker.runUntilIdle();
    const requests = await shop.requestsOf(attempts[0]!.providerReference);
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      expect.stringMatching(/^POST .*\/again$/),
    ]);
  });

  it('is found by a sweep when the provider lets a second one through, and booked once (row 54)', async () => {
    const charge = await collected();
    const second = await payAgain(charge);
    await sweep();
    const [incident] = await incidentsOf(charge);
    expect(incident).toMatchObject({
      kind: 'DUPLICATE_CAPTURE',
      detail: { providerPaymentId: second, capturedMinor: 9_900 },
    });
    await sweep();
    expect(await incidentsOf(charge)).toHaveLength(1);
    const { status, attempts } = await shop.read(charge.id);
    expect(status).toBe('SUCCEEDED');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['SUCCEEDED', 'DUPLICATE_CAPTURE']);
    expect(attempts[1]!.providerPaymentId).toBe(second);
  }, 30_000);

  it('is said so also when it is of another amount', async () => {
    const charge = await collected();
    const providerPaymentId = await payAgain(charge, 500);
    await sweep();
    expect(await incidentsOf(charge)).toMatchObject([
      { kind: 'AMOUNT_DIFFERS', detail: { providerPaymentId, capturedMinor: 500 } },
    ]);
  }, 30_000);

  it('under a reference of ours that no row has is told once, what is not ours is counted (row 27)', async () => {
    const customer_uid = await providerKeyOf(await collected());
    const paid = { customer_uid, name: 'lost', amount: 7_000 };
    const reference = randomBytes(16).toString('hex');
    const custom_data = JSON.stringify({ orderId: 'order-lost' });
    const providerPaymentId = await pay({ ...paid, merchant_uid: reference, custom_data });
    await pay({ ...paid, merchant_uid: 'another-shop-1' });
    const foreign = async () => (await incidents()).filter(({ chargeId }) => chargeId === null);
    await sweep();
    const amount = { amountMinor: 7_000, currency: 'KRW' };
    const detail = { providerPaymentId, reference, orderId: 'order-lost', amount };
    const told = [{ kind: 'FOREIGN_PAYMENT', chargeId: null, detail }];
    expect(await foreign()).toEqual(told);
    await sweep();
    expect(await foreign()).toEqual(told);
    const { counts } = (await reconciliation())!;
    expect(counts).toMatchObject({ notOurs: 1, foreign: 1, left: 0 });
  }, 30_000);

  it('is not passed by while somebody holds its charge, or the provider gives no answer', async () => {
    const [charge, down] = [await collected(), await collected()];
    const hold = (seconds: number) =>
      inDatabase(
        `UPDATE charges SET lease_until = clock_timestamp() + make_interval(secs => $3)
         WHERE merchant_id = $1 AND id = $2`,
        ...[fromPublicId('charge', charge.id), seconds],
      );
    await hold(60);
    await payAgain(charge);
    await payAgain(down);
    const path = `/payments/findAll/${down.attempts[0]!.providerReference}`;
    await shop.fault({ match: { provider: 'PORTONE', path }, fate: 'lookup-down', times: 1 });
    await sweep();
    expect((await reconciliation())!.counts).toMatchObject({ left: 2 });
    expect([...(await incidentsOf(charge)), ...(await incidentsOf(down))]).toEqual([]);
    await hold(0);
    await sweep();
    expect((await reconciliation())!.counts).toMatchObject({ left: 0 });
    for (const each of [charge, down])
      expect(await incidentsOf(each)).toMatchObject([{ kind: 'DUPLICATE_CAPTURE' }]);
  }, 30_000);

  it('is looked for in as many servings as the list is long, and each capture is read', async () => {
    const customer_uid = await providerKeyOf(await collected());
    for (let nth = 1; nth <= 20; nth += 1)
      await pay({ customer_uid, name: 'other', amount: 100, merchant_uid: `another-${nth}` });
    const real = dependencies().providers.get('PORTONE')!;
    let listedCount = 0;
    /** The provider's first page, cut into pages of one. */
    const listCaptures: Provider['listCaptures'] = async (access, { page, ...span }) => {
      const list = await real.listCaptures(access, { ...span, page: 1 });
      if (list.kind !== 'FOUND') return list;
      if (page === 1) listedCount = Math.max(listedCount, list.captures.length);
      const captures = list.captures.slice(page - 1, page);
      return { kind: 'FOUND', captures, hasMore: page < list.captures.length };
    };
    const changed = withPortone({ listCaptures });
    const reconciler = new Reconciler(changed, app.get(AttemptResolver, { strict: false }));
    await inDatabase(
      `UPDATE reconciliations SET next_sweep_at = clock_timestamp(),
         swept_until = swept_until - interval '1 day' WHERE merchant_id = $1`,
    );
    let servings = 0;
    for (let isOver = false; !isOver; servings += 1) {
      await hasten('RECONCILE');
      while (await reconciler.runOnce());
      isOver = (await reconciliation())!.sweepingTo === null;
    }
    const { counts } = (await reconciliation())!;
    expect(listedCount).toBeGreaterThan(20);
    expect(counts['left']).toBe(0);
    // The last second of a serving is read again by the next.
    expect(counts['read']).toBeGreaterThan(listedCount);
    expect(counts['notOurs']).toBeGreaterThanOrEqual(21);
  }, 30_000);

  it('of a zombie that wakes after the quiet period is a duplicate by its own word (row 16)', async () => {
    const real = dependencies().providers.get('PORTONE')!;
    let wake = () => {};
    let isAsleep = false;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    const sendCharge: Provider['sendCharge'] = async (access, request) => {
      isAsleep = true;
      await asleep;
      return real.sendCharge(access, request);
    };
    const changed = withPortone({ sendCharge });
    const zombie = new DueChargeDispatcher(changed);
    zombie.register(new SingleChargeChannel(changed));

    const { id } = await shop.charge(await shop.key('PORTONE'), shop.order());
    const chargeId = fromPublicId('charge', id);
    const sent = zombie.runOnce();
    while (!isAsleep) await pause(10);
    await inDatabase(
      `UPDATE charges SET lease_until = clock_timestamp(), next_look_at = clock_timestamp()
       WHERE merchant_id = $1 AND id = $2`,
      chargeId,
    );
    await hasten('RESOLVE');
    const taken = await shop.untilCharge(id, 'SUCCEEDED');
    const counted = taken.attempts[0]!.providerPaymentId;
    wake();
    await sent;
    // Nobody has looked since: what is known is known from the zombie.
    const doubled = await shop.read(id);
    expect(doubled.attempts.map(({ outcome }) => outcome)).toEqual([
      'SUCCEEDED',
      'DUPLICATE_CAPTURE',
    ]);
    expect(doubled.attempts[0]!.providerPaymentId).toBe(counted);
    expect(await incidentsOf(taken)).toMatchObject([{ kind: 'DUPLICATE_CAPTURE' }]);
    // A success after doubt is looked at again, and says nothing new.
    const looks = () =>
      inDatabase<{ made: number }>(
        'SELECT afterlooks AS made FROM charges WHERE merchant_id = $1 AND id = $2',
        chargeId,
      );
    await shop.until(looks, ([row]) => row?.made === 3);
    expect(await incidentsOf(taken)).toHaveLength(1);
    expect((await shop.read(id)).attempts).toHaveLength(2);
  }, 60_000);

  describe('of a payment that had failed', () => {
    const latePayment = async (retryPolicyId?: string, seconds = 1): Promise<ShownCharge> => {
      await shop.fault({
        match: { provider: 'PORTONE', method: 'POST', path: AGAIN },
        ...{ fate: 'failed-then-paid', times: 1, options: { seconds } },
      });
      const order = shop.order();
      const { id } = await shop.charge(await shop.key('PORTONE'), order, { retryPolicyId });
      return shop.untilCharge(id, 'FAILED', 'RETRY_SCHEDULED');
    };
    const noRetries = async (): Promise<string> => {
      const { retryPolicy } = await shop.ask<{ retryPolicy: { id: string } }>('createRetryPolicy', {
        name: 'none',
        soft: [],
        transient: [],
        configuration: [],
      });
      return retryPolicy.id;
    };

    it('is found by a look after the decision, though its webhook was lost', async () => {
      const failed = await latePayment(await noRetries());
      expect(failed.status).toBe('FAILED');
      const { attempts } = await shop.untilCharge(failed.id, 'SUCCEEDED');
      expect(attempts).toMatchObject([{ outcome: 'SUCCEEDED' }]);
      expect(await incidentsOf(failed)).toMatchObject([{ kind: 'LATE_SUCCESS' }]);
    }, 30_000);

    it('is found also when the charge was canceled meanwhile', async () => {
      const waiting = await latePayment();
      expect(waiting.status).toBe('RETRY_SCHEDULED');
      await shop.ask('cancelCharge', { id: waiting.id });
      await shop.untilCharge(waiting.id, 'SUCCEEDED');
      expect((await incidentsOf(waiting)).map(({ kind }) => kind)).toEqual(['LATE_SUCCESS']);
    }, 30_000);

    it.each(['NOW', 'PERIOD_END'])(
      'is found also when its schedule was canceled meanwhile, for %s',
      async (when) => {
        const time = new Timekeeper(house);
        await shop.fault([
          { match: { provider: 'NEXI' }, fate: 'webhook-dropped' },
          {
            match: { provider: 'NEXI', method: 'POST', path: '*charges' },
            ...{ fate: 'failed-then-paid', times: 1, options: { seconds: 1 } },
          },
        ]);
        const { retryPolicy } = await shop.ask<{ retryPolicy: { id: string } }>(
          'createRetryPolicy',
          { name: `late for ${when}`, soft: [{ afterSeconds: 5 * 86_400 }] },
        );
        const orderId = `canceled-${when.toLowerCase()}`;
        const { schedule } = await time.create({
          ...{ billingKeyId: await shop.key('NEXI'), retryPolicyId: retryPolicy.id },
          ...{ startAt: new Date(), recurrence: { every: 1, unit: 'DAY', timeZone: 'UTC' } },
          order: shop.orderAt('NEXI', { orderId }),
        });
        const waiting = await shop.until(
          () => shop.readOrder(`${orderId}-1`),
          ({ status }) => status === 'RETRY_SCHEDULED',
        );
        await time.mutate('cancelSchedule', { id: schedule!.id, when });
        if (when === 'PERIOD_END')
          await time.liveUntil('NEXI', new Date(Date.now() + DAY_MS + 3_600_000));
        expect((await time.read(schedule!.id)).status).toBe('CANCELED');
        const { timeline } = await shop.untilCharge(waiting.id, 'SUCCEEDED');
        expect(timeline.slice(-2).map(({ to }) => to)).toEqual(['CANCELED', 'SUCCEEDED']);
        expect((await incidentsOf(waiting)).map(({ kind }) => kind)).toEqual(['LATE_SUCCESS']);
      },
      60_000,
    );

    it('beside a retry that succeeded is a duplicate, found by a look after the decision', async () => {
      const waiting = await latePayment(undefined, 3_600);
      await shop.ask('retryCharge', { id: waiting.id });
      const paid = await shop.untilCharge(waiting.id, 'SUCCEEDED');
      await new Timekeeper(house).liveUntil('PORTONE', new Date(Date.now() + 2 * 3_600_000));
      await inDatabase(
        `UPDATE charges SET afterlooks = 0, next_afterlook_at = clock_timestamp()
         WHERE merchant_id = $1 AND id = $2 AND (afterlooks > 0 OR next_afterlook_at IS NOT NULL)`,
        fromPublicId('charge', paid.id),
      );
      await hasten('RESOLVE');
      await shop.until(
        () => incidentsOf(paid),
        (seen) => seen.length > 0,
      );
      expect(await incidentsOf(paid)).toMatchObject([{ kind: 'DUPLICATE_CAPTURE' }]);
      const { attempts } = await shop.read(paid.id);
      expect(attempts.map(({ outcome }) => outcome)).toEqual([
        ...['DECLINED', 'SUCCEEDED', 'DUPLICATE_CAPTURE'],
      ]);
      expect(attempts[2]!.providerPaymentId).toBe(attempts[0]!.providerPaymentId);
    }, 30_000);

    it('is found by a sweep before its retry, which is then not sent', async () => {
      const waiting = await latePayment();
      await pause(1_200);
      await sweep();
      expect(await shop.read(waiting.id)).toMatchObject({ status: 'SUCCEEDED' });
      expect((await incidentsOf(waiting)).map(({ kind }) => kind)).toEqual(['LATE_SUCCESS']);
      const posts = await shop.requestsOf(waiting.attempts[0]!.providerReference);
      expect(posts.filter(({ method }) => method === 'POST')).toHaveLength(1);
    }, 30_000);
  });

  it("is found by a sweep in the account's own time, months ahead of the machine's", async () => {
    await new Timekeeper(house).liveUntil('PORTONE', new Date(Date.now() + 200 * DAY_MS));
    const charge = await collected();
    await payAgain(charge);
    await sweep();
    expect(await incidentsOf(charge)).toMatchObject([{ kind: 'DUPLICATE_CAPTURE' }]);
    const { sweptUntil } = (await reconciliation())!;
    expect(sweptUntil.getTime()).toBeGreaterThan(Date.now() + 199 * DAY_MS);
  }, 60_000);

  it('is not looked for where a provider has no list', async () => {
    await hasten('RECONCILE');
    await house.worker.runUntilIdle();
    const rows = await inDatabase(
      'SELECT 1 FROM reconciliations WHERE merchant_id = $1 AND provider_account_id = $2',
      house.nexi.id,
    );
    expect(rows).toEqual([]);
  });
});
