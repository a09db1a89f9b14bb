import { startHouse, type House } from '../support/house.js';
import { startRival, type Rival } from '../support/rival.js';
import { Shop, type ChargePayload } from '../support/shop.js';
import { Timekeeper, type ShownSchedule } from '../support/timekeeper.js';

const DAY_MS = 86_400_000;
/** Three cancellations in ten come while the charge is being sent; the others before or after. */
const RACES = 1_000;
/** Fewer than the connections of the pool, which the worker needs too. */
const RACES_AT_ONCE = 50;

/** Time, and those who act at the same time. */
describe('a schedule', () => {
  let house: House;
  let shop: Shop;
  let time: Timekeeper;
  let key: string;
  const rivals: Rival[] = [];

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    time = new Timekeeper(house);
    key = await shop.key('NEXI');
    for (let n = 0; n < 4; n += 1) rivals.push(await startRival(house));
  }, 90_000);
  afterAll(async () => {
    await Promise.all(rivals.map((rival) => rival.close()));
    await house.close();
  });

  const orderOf = (orderId: string, amount = 9_900) => ({
    ...{ orderId, name: 'Tea', amount: { amount, currency: 'EUR' } },
  });
  /** One that was due `days` ago for the first time, as its account's clock shows it. */
  const make = async (orderId: string, startAt: Date): Promise<ShownSchedule> => {
    const { schedule, userErrors } = await time.create({
      ...{ billingKeyId: key, order: orderOf(orderId), startAt },
      recurrence: { every: 1, unit: 'DAY', timeZone: 'UTC' },
      maxOccurrences: 3,
    });
    expect(userErrors).toEqual([]);
    return schedule!;
  };
  /** The account's clock, moved without anybody living through it: as if nobody had been there meanwhile. */
  const sleepFor = async (ms: number): Promise<void> => {
    await house.platform.database.withMerchant(house.merchant.id, async (tx) => {
      await tx.query(
        `UPDATE provider_accounts SET clock_offset_ms = clock_offset_ms + $3
         WHERE merchant_id = $1 AND id = $2`,
        [house.merchant.id, house.nexi.id, ms],
      );
      await tx.query('UPDATE account_agendas SET next_due_at = $1', [tx.now]);
    });
  };
  const settled = (id: string, count: number) =>
    shop.until(
      () => time.read(id),
      ({ occurrences: { nodes } }) =>
        nodes.length === count && nodes.every(({ status }) => status === 'SUCCEEDED'),
    );
  let asleepMs = 0;
  const businessNow = () => Date.now() + asleepMs;

  it('that five workers come upon at once has one charge for each of its times (row 74)', async () => {
    const schedules = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        make(`five-${n}`, new Date(businessNow() + (1 + n / 24) * DAY_MS)),
      ),
    );
    for (let day = 0; day < 3; day += 1) {
      // The last of the eight falls due seven hours after the first.
      await sleepFor(DAY_MS + 4 * 3_600_000);
      asleepMs += DAY_MS + 4 * 3_600_000;
      await Promise.all([house.worker, ...rivals].map((worker) => worker.runUntilIdle()));
    }
    for (const { id } of schedules) {
      const { occurrences } = await settled(id, 3);
      expect(new Set(occurrences.nodes.map(({ orderId }) => orderId)).size).toBe(3);
    }
    const captured = await time.captures('five-');
    expect(captured).toHaveLength(24);
    expect(new Set(captured.map(({ orderReference }) => orderReference)).size).toBe(24);
  }, 60_000);

  it('that fell due while nobody was there is caught up, each time once and at its own price (row 75)', async () => {
    const start = businessNow() + DAY_MS;
    const { id } = await make('asleep', new Date(start));
    await sleepFor(5 * DAY_MS);
    asleepMs += 5 * DAY_MS;
    const { occurrences, status } = await settled(id, 3);
    expect(status).toBe('COMPLETED');
    expect(occurrences.nodes.map(({ dueAt }) => Date.parse(dueAt)).sort()).toEqual([
      start,
      start + DAY_MS,
      start + 2 * DAY_MS,
    ]);
    expect(await time.captures('asleep-')).toHaveLength(3);
  }, 60_000);

  it('moves on in the transaction that brings its occurrence forth: both, or neither (row 76)', async () => {
    const { dataSource } = house.platform.database;
    const { id } = await make('neither', new Date(businessNow() + DAY_MS));
    await dataSource.query(
      `ALTER TABLE schedules ADD CONSTRAINT refused CHECK (next_number < 3) NOT VALID`,
    );
    await sleepFor(2 * DAY_MS);
    asleepMs += 2 * DAY_MS;
    try {
      await expect(house.worker.runUntilIdle()).rejects.toThrow('refused');
    } finally {
      await dataSource.query('ALTER TABLE schedules DROP CONSTRAINT refused');
    }
    const halted = await time.read(id);
    expect(halted.occurrences.nodes.map(({ orderId }) => orderId)).toEqual(['neither-1']);
    await sleepFor(2 * DAY_MS);
    asleepMs += 2 * DAY_MS;
    await settled(id, 3);
    expect(await time.captures('neither-')).toHaveLength(3);
  }, 60_000);

  it('whose price is changed while its next charge comes forth has the old one or the new one, whole (row 84)', async () => {
    const prices = [10_100, 20_200];
    const schedules = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const { schedule } = await time.create({
          ...{ billingKeyId: key, order: orderOf(`price-${n}`, prices[0]) },
          startAt: new Date(businessNow() + DAY_MS),
          recurrence: { every: 1, unit: 'DAY', timeZone: 'UTC' },
          maxOccurrences: 2,
        });
        return schedule!;
      }),
    );
    await sleepFor(DAY_MS - 30_000);
    asleepMs += DAY_MS - 30_000;
    await Promise.all([
      ...[house.worker, ...rivals].map((worker) => worker.runUntilIdle()),
      ...schedules.map(({ id }) =>
        time.mutate('updateSchedule', {
          ...{ id, order: { name: 'Tea, dearer', amount: { amount: prices[1], currency: 'EUR' } } },
        }),
      ),
    ]);
    await sleepFor(2 * DAY_MS);
    asleepMs += 2 * DAY_MS;
    for (const { id } of schedules) await settled(id, 2);
    const captured = await time.captures('price-');
    expect(captured).toHaveLength(24);
    for (const { orderReference, amount } of captured) {
      expect(prices).toContain(amount);
      if (orderReference.endsWith('-2')) expect(amount).toBe(prices[1]);
      const { charge } = await house.graphql<{ charge: { amount: { amount: number } } }>(
        'query ($orderId: String!) { charge(orderId: $orderId) { amount { amount } } }',
        { orderId: orderReference },
      );
      expect(charge.amount.amount).toBe(amount);
    }
  }, 60_000);

  it('changed while its charge is taken is charged as it was or as it is, never half, a thousand times', async () => {
    const [before, after] = [await shop.key('NEXI'), await shop.key('NEXI')];
    const keyOf = async (id: string): Promise<string> => {
      const { billingKey } = await house.graphql<{ billingKey: { customerRef: string } }>(
        'query ($id: ID!) { billingKey(id: $id) { customerRef } }',
        { id },
      );
      return billingKey.customerRef.replace('customer-of-', '');
    };
    const whole = new Map([
      [`10100 ${await keyOf(before)}`, 'before'],
      [`20200 ${await keyOf(after)}`, 'after'],
    ]);
    const seen = { before: 0, after: 0 };
    for (let round = 0; round < RACES / RACES_AT_ONCE; round += 1) {
      const schedules = await Promise.all(
        Array.from({ length: RACES_AT_ONCE }, async (_, n) => {
          const order = orderOf(`half-${round}-${n}`, 10_100);
          const { schedule } = await time.create({ billingKeyId: before, order });
          return schedule!;
        }),
      );
      const change = {
        billingKeyId: after,
        order: { amount: { amount: 20_200, currency: 'EUR' } },
      };
      await Promise.all([
        ...schedules.map(({ id }) => time.mutate('updateSchedule', { id, ...change })),
        house.worker.runUntilIdle(),
      ]);
      await house.worker.runUntilIdle();
    }
    const lines = (await shop.ledger()).filter(({ orderReference }) =>
      orderReference.startsWith('half-'),
    );
    expect(lines).toHaveLength(RACES);
    for (const { amount, billingKey } of lines) {
      const which = whole.get(`${amount} ${billingKey}`);
      expect(['before', 'after']).toContain(which);
      seen[which as keyof typeof seen] += 1;
    }
    // A race that always ends the same way shows nothing.
    expect(seen.before).toBeGreaterThan(0);
    expect(seen.after).toBeGreaterThan(0);
    expect(await shop.differences()).toEqual([]);
  }, 180_000);

  it('or a charge that is canceled while it is sent: who hears "canceled" is not charged, a thousand times (row 83)', async () => {
    const portone = await shop.key('PORTONE');
    const seen = { canceled: 0, late: 0 };
    for (let round = 0; round < RACES / RACES_AT_ONCE; round += 1) {
      const charges = await Promise.all(
        Array.from({ length: RACES_AT_ONCE }, () => shop.charge(portone, shop.order())),
      );
      const [answers] = await Promise.all([
        Promise.all(charges.map(({ id }) => shop.ask<ChargePayload>('cancelCharge', { id }))),
        house.worker.runUntilIdle(),
      ]);
      const captured = new Set((await shop.ledger()).map(({ orderReference }) => orderReference));
      for (const [n, { orderId }] of charges.entries()) {
        const isCanceled = answers[n]!.charge?.status === 'CANCELED';
        if (isCanceled) expect(captured).not.toContain(orderId);
        else expect(['IN_FLIGHT', 'INVALID_STATE']).toContain(answers[n]!.userErrors[0]?.code);
        seen[isCanceled ? 'canceled' : 'late'] += 1;
      }
    }
    // A race that always ends the same way shows nothing.
    expect(seen.canceled).toBeGreaterThan(0);
    expect(seen.late).toBeGreaterThan(0);
    expect(await shop.differences()).toEqual([]);
  }, 180_000);
});
