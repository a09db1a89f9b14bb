import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { hastenAll } from '#merchants';
import { startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';
import { Timekeeper, type ShownSchedule } from '../support/timekeeper.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const daily = { every: 1, unit: 'DAY', timeZone: 'UTC' };

/** What becomes of a schedule that is paused, by whatever order it is paused, resumed and canceled in. */
describe('a paused schedule', () => {
  let house: House;
  let shop: Shop;
  let time: Timekeeper;
  let aheadMs = 0;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    time = new Timekeeper(house);
  }, 60_000);
  afterAll(() => house.close());

  const ahead = (ms: number) => new Date(Date.now() + aheadMs + ms);
  const liveFor = async (ms: number) => {
    aheadMs += ms;
    const { operation } = await time.liveUntil('NEXI', ahead(0));
    expect(operation).toMatchObject({ status: 'COMPLETED' });
  };
  /** The clock goes on, and no worker is there; the one that comes looks everywhere. */
  const beAwayFor = async (ms: number) => {
    aheadMs += ms;
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE provider_accounts SET clock_offset_ms = clock_offset_ms + $3
         WHERE merchant_id = $1 AND id = $2`,
        [house.merchant.id, house.nexi.id, ms],
      ),
    );
    await hastenAll(house.platform.database);
  };
  /** The account's address, as if the network behind it had changed. */
  const moveTo = (baseUrl: string) =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE provider_accounts SET base_url = $3, updated_at = updated_at + interval '1 second'
         WHERE merchant_id = $1 AND id = $2`,
        [...[house.merchant.id, house.nexi.id, baseUrl]],
      ),
    );
  /** Daily; the first one is due in two hours. */
  const create = async (orderId: string, more: object = {}): Promise<string> => {
    const { schedule, userErrors } = await time.create({
      ...{ billingKeyId: await shop.key('NEXI'), recurrence: daily, startAt: ahead(2 * HOUR_MS) },
      order: { orderId, name: 'Tea', amount: { amount: 900, currency: 'EUR' } },
      ...more,
    });
    expect(userErrors).toEqual([]);
    return schedule!.id;
  };
  const done = async (name: string, input: object): Promise<ShownSchedule> => {
    const { schedule, userErrors } = await time.mutate(name, input);
    expect(userErrors).toEqual([]);
    return schedule!;
  };
  const pause = (id: string) => done('pauseSchedule', { id });
  const resume = (id: string, dueMeanwhile = 'SKIP') =>
    done('resumeSchedule', { id, dueMeanwhile });
  const endWithPeriod = (id: string) => done('cancelSchedule', { id, when: 'PERIOD_END' });
  const statusesOf = async (id: string): Promise<string[]> =>
    (await time.read(id)).occurrences.nodes.map(({ status }) => status);
  const retriesToCome = async (): Promise<number> => {
    const { forecast } = await house.graphql<{ forecast: { retries: number }[] }>(
      `query ($from: DateTime!, $to: DateTime!) {
        forecast(from: $from, to: $to, by: DAY) { retries } }`,
      { from: ahead(0), to: ahead(9 * DAY_MS) },
    );
    return forecast.reduce((total, { retries }) => total + retries, 0);
  };
  const chargedOf = async (orderId: string): Promise<string[]> =>
    (await time.captures(`${orderId}-`)).map(({ orderReference }) => orderReference);

  describe('that is resumed', () => {
    it('charges what was due before the pause, and skips what fell due in it', async () => {
      const id = await create('owed');
      await beAwayFor(2 * DAY_MS);
      await pause(id);
      await liveFor(2 * DAY_MS);
      const { nextOccurrences } = await resume(id);
      // The second one is told before it has a charge; what is skipped is not.
      expect(
        nextOccurrences.map((at) => Math.floor((ahead(0).getTime() - Date.parse(at)) / DAY_MS)),
      ).toEqual([3, 2, -1]);
      await liveFor(DAY_MS);
      expect((await statusesOf(id)).slice(0, 5)).toEqual([
        ...['SUCCEEDED', 'SUCCEEDED', 'SKIPPED', 'SKIPPED', 'SUCCEEDED'],
      ]);
      expect(await chargedOf('owed')).toEqual(['owed-1', 'owed-2', 'owed-5']);
    }, 60_000);

    it('holds each of its pauses apart, though nobody worked between them', async () => {
      const id = await create('twice');
      for (const dueMeanwhile of ['SKIP', 'CHARGE', 'SKIP']) {
        await beAwayFor(DAY_MS);
        await pause(id);
        await beAwayFor(DAY_MS);
        await resume(id, dueMeanwhile);
      }
      await liveFor(DAY_MS);
      expect((await statusesOf(id)).slice(0, 7)).toEqual([
        // Before the first, in it, before the second, in it, before the third, in it, after it.
        ...['SUCCEEDED', 'SKIPPED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SKIPPED', 'SUCCEEDED'],
      ]);
    }, 60_000);
  });

  it('while an occurrence was on its way that did not get through keeps it, and holds up no clock', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const id = await create('turned-away');
    await beAwayFor(3 * HOUR_MS);
    await moveTo(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const isKnockedAt = once(silent, 'connection');
    const working = house.worker.runUntilIdle();
    await isKnockedAt;
    await pause(id);
    await working;
    const { occurrences } = await time.read(id);
    expect(occurrences.nodes).toMatchObject([
      { status: 'SCHEDULED', attempts: [{ outcome: 'NOT_SENT' }] },
    ]);
    silent.close();
    await moveTo(`${house.sandbox.url}/nexi`);
    await liveFor(DAY_MS);
    await resume(id);
    await house.worker.runUntilIdle();
    expect(await chargedOf('turned-away')).toEqual(['turned-away-1']);
    await done('cancelSchedule', { id });
  }, 60_000);

  describe('that is canceled at the end of its period', () => {
    it('ends then, and cannot be resumed any more', async () => {
      const id = await create('ending');
      await liveFor(3 * HOUR_MS);
      await pause(id);
      await endWithPeriod(id);
      await liveFor(20 * HOUR_MS);
      expect((await time.read(id)).status).toBe('PAUSED');
      await liveFor(5 * HOUR_MS);
      expect((await time.read(id)).status).toBe('CANCELED');
      expect(await statusesOf(id)).toEqual(['SUCCEEDED', 'CANCELED']);
    }, 60_000);

    const retried = async (orderId: string): Promise<string> => {
      const { retryPolicy } = await shop.ask<{ retryPolicy: { id: string } }>('createRetryPolicy', {
        ...{ name: `each day ${orderId}` },
        soft: [{ afterSeconds: 86_400 }, { afterSeconds: 86_400 }],
      });
      const billingKeyId = await shop.key('NEXI', 'INSUFFICIENT_FUNDS');
      return create(orderId, { billingKeyId, retryPolicyId: retryPolicy.id });
    };

    it('stops its retries then', async () => {
      const id = await retried('trying');
      await liveFor(3 * HOUR_MS);
      await pause(id);
      expect(await statusesOf(id)).toEqual(['RETRY_SCHEDULED']);
      expect(await retriesToCome()).toBe(1);
      await endWithPeriod(id);
      expect(await retriesToCome()).toBe(0);
      await liveFor(3 * DAY_MS);
      const { status, occurrences } = await time.read(id);
      expect(status).toBe('CANCELED');
      expect(occurrences.nodes.map((each) => each.status)).toEqual(['CANCELED']);
      expect(occurrences.nodes[0]!.attempts).toHaveLength(1);
    }, 60_000);

    it('is not tried again after it, though whoever sends comes before whoever ends it', async () => {
      const id = await retried('tried');
      await liveFor(3 * HOUR_MS);
      await endWithPeriod(id);
      await beAwayFor(2 * DAY_MS);
      await house.worker.runUntilIdle();
      const { status, occurrences } = await time.read(id);
      expect([status, occurrences.nodes[0]!.status]).toEqual(['CANCELED', 'CANCELED']);
      expect(occurrences.nodes[0]!.attempts).toHaveLength(1);
    }, 60_000);

    it('goes on when it is resumed before', async () => {
      const id = await create('staying');
      await liveFor(3 * HOUR_MS);
      const { nextOccurrences } = await time.read(id);
      await pause(id);
      expect((await endWithPeriod(id)).nextOccurrences).toEqual([]);
      expect((await resume(id)).nextOccurrences).toEqual(nextOccurrences);
      await liveFor(DAY_MS);
      expect(await chargedOf('staying')).toEqual(['staying-1', 'staying-2']);
    }, 60_000);

    it('is not resumed after it, though nobody has ended it yet', async () => {
      const id = await create('late');
      await liveFor(3 * HOUR_MS);
      await pause(id);
      await endWithPeriod(id);
      await beAwayFor(DAY_MS);
      const { userErrors } = await time.mutate('resumeSchedule', { id });
      expect(userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['id'] }]);
      await liveFor(HOUR_MS);
      expect((await time.read(id)).status).toBe('CANCELED');
      expect(await chargedOf('late')).toEqual(['late-1']);
    }, 60_000);
  });
});
