import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { register } from 'prom-client';
import { gaugeSight } from '../../apps/api/src/metrics/sight.gauges.js';
import { Loops } from '../../apps/worker/src/loops.js';
import { startMetrics } from '#platform/metrics';
import { startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';

describe('the metrics', () => {
  let house: House;
  let server: Server;
  beforeAll(async () => {
    house = await startHouse({ worker: true });
    gaugeSight(house.platform.database, house.platform.logger);
    server = startMetrics({ host: '127.0.0.1', port: 0 }, house.platform.logger);
    await once(server, 'listening');
  }, 100_000);
  afterAll(async () => {
    server?.close();
    server?.closeAllConnections();
    register.clear();
    await house?.close();
  });

  const scrape = async (): Promise<string> => {
    const { port } = server.address() as AddressInfo;
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  };

  it('tell how charges are at the first scrape, without naming anybody', async () => {
    const shop = await Shop.open(house);
    const { orderId } = await shop.charge(await shop.key('PORTONE'), shop.order());
    await house.worker.runUntilIdle();
    const { id: merchantId } = house.merchant;
    await house.platform.database.withMerchant(merchantId, async (tx) => {
      await tx.query(
        `UPDATE charges SET state = 'UNKNOWN', unresolved_since = $2::timestamptz - interval '90 s'
         WHERE merchant_id = $1 AND order_id = $3`,
        [merchantId, tx.now, orderId],
      );
      await tx.query(
        `INSERT INTO incidents (merchant_id, id, kind, detail, opened_at)
         VALUES ($1, gen_random_uuid(), 'CONFIGURATION', '{}', $2)`,
        [merchantId, tx.now],
      );
    });
    const text = await scrape();
    expect(text).toMatch(/^refrain_charges_unknown 1$/m);
    expect(text).toMatch(/^refrain_charges_needing_review 0$/m);
    expect(text).toMatch(/^refrain_refunds_needing_review 0$/m);
    expect(text).toMatch(/^refrain_charges_overdue 0$/m);
    expect(
      Number(/^refrain_charges_unknown_oldest_seconds (.*)$/m.exec(text)?.[1]),
    ).toBeGreaterThan(89);
    expect(text).toMatch(/^refrain_incidents_open\{kind="CONFIGURATION"\} 1$/m);
    expect(text).toMatch(/^refrain_sight_unread_merchants 0$/m);
    expect(text).toMatch(/^refrain_provider_call_seconds_count\{result="2xx"\} [1-9]/m);
    expect(text).not.toContain(merchantId);
  });

  it('are read once for those who scrape at once', async () => {
    let reads = 0;
    const { database } = house.platform;
    const read = database.withoutMerchant.bind(database);
    database.withoutMerchant = (work) => ((reads += 1), read(work));
    try {
      await Promise.all([scrape(), scrape(), scrape()]);
      expect(reads).toBeLessThanOrEqual(2);
    } finally {
      database.withoutMerchant = read;
    }
  });

  it('tell when a loop last worked, and how often it failed', async () => {
    const runs = [true, false];
    const good = { name: 'GOOD', concurrency: 1, runOnce: async () => runs.shift() ?? false };
    const bad = { name: 'BAD', concurrency: 1, runOnce: () => Promise.reject(new Error('no')) };
    const loops = new Loops([good, bad], house.platform.logger);
    loops.wake();
    await loops.stop();
    const text = await scrape();
    const at = /^refrain_loop_last_success_timestamp_seconds\{loop="GOOD"\} (.*)$/m.exec(text);
    expect(Date.now() / 1_000 - Number(at?.[1])).toBeLessThan(30);
    expect(text).toMatch(/^refrain_loop_failures_total\{loop="BAD"\} 1$/m);
    expect(text).not.toContain('last_success_timestamp_seconds{loop="BAD"}');
  });
});
