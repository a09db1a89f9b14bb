import { setTimeout as pause } from 'node:timers/promises';

import { acceptCharges } from '#charges';
import { fromPublicId, newId, toPublicId } from '#kernel';
import { businessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { errorsOf, Shop, type ChargePayload } from '../support/shop.js';
import { holdReaders } from '../support/held-readers.js';
import { holdWriters, type HeldTable } from '../support/held-table.js';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { startRival, type Rival } from '../support/rival.js';
import { Timekeeper } from '../support/timekeeper.js';

/** Fewer than the connections of the pool they share. */
const AT_ONCE = 4;

/** Two that want the same thing at the same moment, held there by a lock of ours so that they always meet. */
describe('two at once', () => {
  let house: House;
  let shop: Shop;
  let key: string;
  let rival: Rival;
  let held: HeldTable | undefined;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    key = await shop.key('PORTONE');
    await shop.turn({ duplicateGuard: 'none' });
    rival = await startRival(house);
  });
  afterEach(async () => {
    await held?.release();
    held = undefined;
  });
  afterAll(async () => {
    await rival.close();
    await house.close();
  });

  const hold = async (table: string): Promise<HeldTable> =>
    (held = await holdWriters(house, table));
  const release = async (): Promise<void> => {
    await held?.release();
    held = undefined;
  };
  /** Whether it ended by itself, or stands in line behind the lock we hold. */
  const endsBeside = (work: Promise<unknown>, table: HeldTable, others: number): Promise<string> =>
    Promise.race([
      work.then(() => 'ended'),
      (async () => {
        await table.untilWaiting(others + 1);
        return 'waits';
      })().catch(() => 'ended'),
    ]);

  it('of the same call make one charge, and all hear of it (rows 10, 11 and 89)', async () => {
    const table = await hold('charges');
    const order = shop.order();
    const calls = Array.from({ length: AT_ONCE }, () =>
      shop.createCharge({ billingKeyId: key, order }),
    );
    // All of them have seen that there is no such charge yet.
    await table.untilWaiting(calls.length);
    await release();
    const answers = await Promise.all(calls);
    expect(answers.map(({ userErrors }) => errorsOf(userErrors))).toEqual(calls.map(() => []));
    expect(new Set(answers.map(({ charge }) => charge!.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const { charges } = await house.graphql<{ charges: { nodes: { orderId: string }[] } }>(
      '{ charges(first: 100) { nodes { orderId } } }',
    );
    expect(charges.nodes.filter(({ orderId }) => orderId === order.orderId)).toHaveLength(1);
  });

  it('workers never take the same charge: one passes by what the other holds', async () => {
    await house.worker.runUntilIdle();
    const table = await hold('attempts');
    const charges = await Promise.all([1, 2, 3].map(() => shop.charge(key, shop.order())));
    const first = rival.runUntilIdle();
    await table.untilWaiting(1);
    const second = house.worker.runUntilIdle();
    const end = await endsBeside(second, table, 1);
    await release();
    await Promise.allSettled([first, second]);
    expect(end).toBe('ended');
    for (const { id, orderId } of charges) {
      const paid = await shop.untilCharge(id, 'SUCCEEDED');
      expect(paid.attempts).toHaveLength(1);
      expect(await shop.capturesOf(orderId)).toHaveLength(1);
    }
  });

  it('an acceptance and the last look before an agenda sleeps: the charge is not slept over (row 92)', async () => {
    await house.worker.runUntilIdle();
    const id = newId();
    await house.platform.database.withMerchant(house.merchant.id, async (tx) => {
      await tx.query(
        `UPDATE account_agendas SET next_due_at = $2, is_resting = true
         WHERE provider_account_id = $1 AND lane = 'DISPATCH'`,
        [house.portone.id, tx.now],
      );
    });
    await house.platform.database.withMerchant(house.merchant.id, async (tx) => {
      await acceptCharges(
        tx,
        [
          {
            ...{ id, providerAccountId: house.portone.id },
            ...{ billingKeyId: fromPublicId('billingKey', key)!, origin: 'REQUEST', cause: 'test' },
            ...{ orderId: id, orderName: 'Tea', orderItems: [] },
            ...{ amountMinor: 9_900, currency: 'KRW', dueAt: businessInstant(tx.now.getTime()) },
          },
        ],
        { merchantId: house.merchant.id, clockOffsetMs: 0 },
      );
      // The look comes when all is written and nothing committed.
      await rival.runUntilIdle();
    });
    await house.worker.runUntilIdle();
    expect(await shop.read(toPublicId('charge', id))).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('a cancellation and a claim: who is told "canceled" is never charged (row 83)', async () => {
    await house.worker.runUntilIdle();
    const table = await hold('attempts');
    const { id, orderId } = await shop.charge(key, shop.order());
    const claimed = rival.runUntilIdle();
    await table.untilWaiting(1);
    const canceled = shop.ask<ChargePayload>('cancelCharge', { id });
    await table.untilWaiting(2);
    await release();
    const { userErrors } = await canceled;
    await claimed;
    const { status } = await shop.untilCharge(id, 'SUCCEEDED', 'CANCELED');
    const captures = await shop.capturesOf(orderId);
    expect({ told: errorsOf(userErrors), status, captures: captures.length }).toEqual({
      ...{ told: ['IN_FLIGHT id'], status: 'SUCCEEDED', captures: 1 },
    });
  });

  it('a cancellation and the settling of a decline: what is canceled is still looked at, since the payment may be captured late', async () => {
    await house.worker.runUntilIdle();
    const declining = await shop.key('PORTONE', 'ISSUER_UNAVAILABLE');
    const { id } = await shop.charge(declining, shop.order());
    // The charge's row and its attempt's are written by then, and nothing is committed.
    const table = await hold('events');
    const settled = rival.runUntilIdle();
    await table.untilWaiting(1);
    const canceled = shop.ask<ChargePayload>('cancelCharge', { id });
    await table.untilWaiting(2);
    await release();
    const { userErrors } = await canceled;
    await settled;
    expect(errorsOf(userErrors)).toEqual([]);
    const [row] = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<{ state: string; isLookedAt: boolean }>(
        `SELECT state, next_afterlook_at IS NOT NULL AS "isLookedAt" FROM charges WHERE id = $1`,
        [fromPublicId('charge', id)],
      ),
    );
    expect(row).toEqual({ state: 'CANCELED', isLookedAt: true });
  });

  it('a claim and a change of price: what was told as changed is charged as it was changed', async () => {
    const time = new Timekeeper(house);
    const { schedule } = await time.create({
      ...{ billingKeyId: key, order: shop.order() },
      recurrence: { every: 1, unit: 'MONTH', timeZone: 'UTC' },
      startAt: new Date(Date.now() + 500),
    });
    await pause(600);
    held = await holdReaders(house, 'schedules', 'FOR UPDATE OF c SKIP LOCKED');
    const claimed = rival.runUntilIdle();
    await held.untilWaiting(1);
    const changed = await time.mutate('updateSchedule', {
      id: schedule!.id,
      order: { amount: { amount: 4_200, currency: 'KRW' } },
    });
    await release();
    await claimed;
    expect(changed.userErrors).toEqual([]);
    const { occurrences } = await shop.until(
      () => time.read(schedule!.id),
      (seen) => seen.occurrences.nodes.some(({ status }) => status === 'SUCCEEDED'),
    );
    const charged = occurrences.nodes.filter(({ status }) => status === 'SUCCEEDED');
    expect(charged).toMatchObject([{ amount: { amount: 4_200, currency: 'KRW' } }]);
    const captures = await shop.capturesOf(charged[0]!.orderId);
    expect(captures.map(({ amount }) => amount)).toEqual([4_200]);
  });

  it('of the same schedule make one, and all hear of it', async () => {
    const time = new Timekeeper(house);
    const input = {
      ...{ billingKeyId: key, order: shop.order() },
      recurrence: { every: 1, unit: 'MONTH', timeZone: 'UTC' },
      startAt: new Date(Date.now() + 40 * 86_400_000),
    };
    // All but one have seen that there is no such schedule, and go on once that one has made it.
    const readers = await holdReaders(house, 'billing_keys', 'FOR SHARE');
    held = readers;
    const late = Array.from({ length: AT_ONCE - 1 }, () => time.create(input));
    await readers.untilWaiting(late.length);
    await readers.letOthersPass();
    const first = await time.create(input);
    await release();
    const answers = [first, ...(await Promise.all(late))];
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(new Set(answers.map(({ schedule }) => schedule!.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toEqual([first]);
  });

  it('bring the same occurrence of a schedule forth: it is charged once, under whatever order id (row 74)', async () => {
    const time = new Timekeeper(house);
    const { schedule } = await time.create({
      billingKeyId: key,
      order: shop.order(),
      recurrence: { every: 1, unit: 'MONTH', timeZone: 'UTC', timeOfDay: '00:00' },
      startAt: new Date(Date.now() + 40 * 86_400_000),
    });
    expect(schedule!.status).toBe('ACTIVE');
    const accepted = await Promise.all(
      ['one', 'other'].map((orderId) =>
        house.platform.database.withMerchant(house.merchant.id, (tx) => bringForth(tx, orderId)),
      ),
    );
    expect(accepted.map(({ size }) => size).sort()).toEqual([0, 1]);
  });

  /** The seventh occurrence of the newest schedule, as a materialiser writes it. */
  const bringForth = async (tx: Transaction, orderId: string): Promise<Set<string>> => {
    const merchantId = house.merchant.id;
    const [schedule] = await tx.query<{ id: string; billingKeyId: string }>(
      `SELECT id, billing_key_id AS "billingKeyId" FROM schedules
       WHERE merchant_id = $1 ORDER BY id DESC LIMIT 1`,
      [merchantId],
    );
    const { id: scheduleId, billingKeyId } = schedule!;
    return acceptCharges(
      tx,
      [
        {
          ...{ id: newId(), providerAccountId: house.portone.id, billingKeyId },
          ...{ orderId: `seventh-${orderId}`, orderName: 'Tea', orderItems: [] },
          ...{ amountMinor: 9_900, currency: 'KRW', origin: 'SCHEDULE' },
          ...{ scheduleId, occurrenceNumber: 7, cause: 'test' },
          dueAt: businessInstant(Date.now() + 200 * 86_400_000),
        },
      ],
      { merchantId, clockOffsetMs: 0 },
    );
  };

  it('a change and its event are one: what the database refuses is told to nobody (rows 22 and 24)', async () => {
    const { dataSource } = house.platform.database;
    await shop.fault({ match: { provider: 'PORTONE' }, fate: 'webhook-dropped' });
    await dataSource.query(
      `ALTER TABLE charges ADD CONSTRAINT refused CHECK (state <> 'SUCCEEDED') NOT VALID`,
    );
    const { id, orderId } = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    await dataSource.query('ALTER TABLE charges DROP CONSTRAINT refused');
    expect(await shop.read(id)).toMatchObject({ status: 'UNKNOWN' });
    const told = ['charge.scheduled', 'charge.unknown'];
    expect(await eventsOf(orderId)).toEqual(told);
    // Quarantined: looked at again after an hour.
    await live(house, 3_601);
    expect(await shop.read(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await eventsOf(orderId)).toEqual([...told, 'charge.succeeded']);
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
  });

  const eventsOf = async (orderId: string): Promise<string[]> => {
    const rows = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<{ type: string }>(
        `SELECT e.type FROM events e JOIN charges c ON c.merchant_id = e.merchant_id AND c.id = e.subject_id
         WHERE e.merchant_id = $1 AND c.order_id = $2 ORDER BY e.id`,
        [house.merchant.id, orderId],
      ),
    );
    return rows.map(({ type }) => type);
  };
});
