import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NexiDriver, orderOf } from './testing/nexi.driver.js';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-nexi-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is on disk at this moment is all a killed process leaves. */
const startFromWhatAKillLeaves = async (name: string): Promise<NexiDriver> => {
  cpSync(join(folder, 'first'), join(folder, name), { recursive: true });
  return NexiDriver.start(join(folder, name));
};

it('goes on with an unfinished bulk operation after a kill, each item charged once', async () => {
  const first = await NexiDriver.start(join(folder, 'first'));
  await first.control('/switches', { nexiBulkItemMs: 100 });
  const ids = await first.agreements(40);
  const order = (index: number) => orderOf(1000, `order-${index}`);
  const { body } = await first.call('POST', '/v1/unscheduledsubscriptions/charges', {
    body: {
      externalBulkChargeId: 'run-1',
      unscheduledSubscriptions: ids.map((unscheduledSubscriptionId, index) => ({
        unscheduledSubscriptionId,
        order: order(index),
      })),
    },
  });
  await first.elapse(2000);
  const path = `/v1/unscheduledsubscriptions/charges/${body.bulkId}?take=40`;
  const before = (await first.call('GET', path)).body;
  const donePart = before.page.filter((item: any) => item.status === 'Succeeded');
  expect(before.status).toBe('Processing');
  expect(donePart.length).toBeGreaterThan(5);

  const second = await startFromWhatAKillLeaves('second');
  await first.close();
  await second.elapse(10_000);
  const after = (await second.call('GET', path)).body;
  expect(after.status).toBe('Done');
  expect(after.page.slice(0, donePart.length)).toEqual(donePart);
  const references = (await second.ledger()).map((line) => line['orderReference']);
  expect(references).toEqual(ids.map((_, index) => `order-${index}`));
  const again = await second.call('POST', '/v1/unscheduledsubscriptions/charges', {
    body: {
      externalBulkChargeId: 'run-1',
      unscheduledSubscriptions: [{ unscheduledSubscriptionId: ids[0], order: order(0) }],
    },
  });
  expect(again.body).toEqual({ bulkId: body.bulkId });
  await second.close();
});
