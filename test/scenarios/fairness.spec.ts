import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { Loops } from '../../apps/worker/src/loops.js';
import { loopsOf } from '../../apps/worker/src/loops.factory.js';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { acceptCharges } from '#charges';
import { fromPublicId, newId } from '#kernel';
import { businessInstant } from '#platform/clock';
import { startHouse, type House } from '../support/house.js';
import { Shop, type ProviderName } from '../support/shop.js';

/** As often as the real worker's ticks and notifications together. */
const TICK_MS = 50;

describe('accounts beside each other', () => {
  let house: House;
  let shop: Shop;
  let app: INestApplicationContext;
  let loops: Loops;
  let ticks: NodeJS.Timeout;
  beforeEach(async () => {
    house = await startHouse({
      env: { SEND_DEADLINE_SECONDS: '20', LEASE_SECONDS: '45', QUIET_PERIOD_SECONDS: '1' },
    });
    shop = await Shop.open(house);
    app = await NestFactory.createApplicationContext(WorkerModule.with(house.platform), {
      logger: ['fatal', 'error'],
    });
    loops = new Loops(loopsOf(app), house.platform.logger);
    ticks = setInterval(() => loops.wake(), TICK_MS);
  }, 60_000);
  afterEach(async () => {
    clearInterval(ticks);
    await loops.stop();
    await app.close();
    await house.close();
  }, 60_000);

  const accept = async (provider: ProviderName, count: number): Promise<string[]> => {
    const key = fromPublicId('billingKey', await shop.key(provider))!;
    const account = provider === 'NEXI' ? house.nexi : house.portone;
    const ids = Array.from({ length: count }, newId);
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      acceptCharges(
        tx,
        ids.map((id, index) => ({
          ...{ id, providerAccountId: account.id, billingKeyId: key, origin: 'REQUEST' },
          ...{ orderId: `${provider}-${count}-${index}`, orderName: 'Tea', orderItems: [] },
          ...{ amountMinor: 9_900, currency: provider === 'NEXI' ? 'EUR' : 'KRW' },
          ...{ dueAt: businessInstant(tx.now.getTime()), cause: 'test' },
        })),
        { merchantId: house.merchant.id, clockOffsetMs: 0 },
      ),
    );
    return ids;
  };
  const settledOf = async (ids: readonly string[]): Promise<number> => {
    const [row] = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM charges WHERE id = ANY($1) AND state = 'SUCCEEDED'`,
        [ids],
      ),
    );
    return row!.count;
  };
  const untilSettled = async (ids: readonly string[]): Promise<void> => {
    const giveUpAt = performance.now() + 40_000;
    while ((await settledOf(ids)) < ids.length) {
      if (performance.now() > giveUpAt) throw new Error('they were never settled');
      await pause(20);
    }
  };

  it('are not slowed by one whose provider hangs (row 47)', async () => {
    await shop.fault({
      match: { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' },
      fate: 'hang-before',
    });
    const hanging = await accept('PORTONE', 400);
    await pause(1_000);
    await untilSettled(await accept('NEXI', 10));
    // The first calls have not even been given up: nobody waited for them.
    const [{ unclear }] = (await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `SELECT count(*) FILTER (WHERE state NOT IN ('SCHEDULED', 'SUBMITTING'))::int AS unclear
         FROM charges WHERE id = ANY($1)`,
        [hanging],
      ),
    )) as [{ unclear: number }];
    expect(unclear).toBe(0);
    await shop.calm();
  }, 90_000);

  it('get their turn while another has thousands due (row 92)', async () => {
    const many = await accept('PORTONE', 3_000);
    const few = await accept('NEXI', 10);
    await untilSettled(few);
    expect(await settledOf(many)).toBeLessThan(2_000);
  }, 90_000);
});
