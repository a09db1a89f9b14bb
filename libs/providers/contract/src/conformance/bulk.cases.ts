import assert from 'node:assert/strict';
import type { BulkItemReading, BulkRequest, BulkSubmission } from '../bulk.js';
import type { ChargeRequest } from '../charge.js';
import type { ConformanceCase, World } from './world.js';

/** No divisor of the items asked for, so that the last page is a short one. */
const PAGE = 7;
/** The sandbox takes 2 s and a millisecond for each item. */
const PATIENCE_MS = 20_000;

const submit = (world: World, request: BulkRequest): Promise<BulkSubmission> =>
  world.provider.sendBulk(world.account, world.provider.describeBulk(world.account, request));

const itemsOn = (world: World, keys: readonly string[]): Promise<ChargeRequest[]> =>
  Promise.all(keys.map((providerKey) => world.request({ providerKey })));

const readAll = async (
  world: World,
  providerOperationId: string,
): Promise<Map<string, BulkItemReading>> => {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const items = new Map<string, BulkItemReading>();
    for (let skip = 0; ; skip += PAGE) {
      const page = await world.provider.readBulkPage(world.account, {
        ...{ providerOperationId, skip, take: PAGE },
      });
      assert.equal(page.kind, 'FOUND', JSON.stringify(page));
      for (const item of page.items) items.set(item.providerKey, item);
      if (page.hasMore) continue;
      if (page.isDone) return items;
      break;
    }
    assert.ok(performance.now() < giveUpAt, 'the operation was not done in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

export const bulkCases: readonly ConformanceCase[] = [
  {
    name: 'a bulk is ACCEPTED, told page by page until done, and each item is what its card says',
    async run(world) {
      const good = await itemsOn(world, await world.keys('APPROVED', 18));
      const poor = await itemsOn(world, [await world.key('INSUFFICIENT_FUNDS')]);
      const lost = await itemsOn(world, [await world.key('LOST_OR_STOLEN')]);
      const items = [...good, ...poor, ...lost];
      const request = { externalOperationId: world.reference(), items };
      const submission = await submit(world, request);
      assert.equal(submission.kind, 'ACCEPTED', JSON.stringify(submission));
      const read = await readAll(world, submission.providerOperationId);
      assert.deepEqual([...read.keys()].sort(), items.map((item) => item.providerKey).sort());
      for (const { providerKey, order } of good) {
        const item = read.get(providerKey);
        assert.equal(item?.status, 'SUCCEEDED');
        assert.ok(item.providerPaymentId);
        assert.equal(await world.capturesOf(order), 1);
      }
      const codeOf = (of: ChargeRequest[]) => read.get(of[0]?.providerKey ?? '')?.failure;
      assert.equal(codeOf(poor)?.failureCode, 'INSUFFICIENT_FUNDS');
      assert.equal(codeOf(lost)?.failureCode, 'LOST_OR_STOLEN');
    },
  },
  {
    name: 'the same bytes submitted again are the same operation, and capture nothing more',
    async run(world) {
      const items = await itemsOn(world, await world.keys('APPROVED', 3));
      const frozen = world.provider.describeBulk(world.account, {
        ...{ externalOperationId: world.reference(), items },
      });
      const first = await world.provider.sendBulk(world.account, frozen);
      const second = await world.provider.sendBulk(world.account, frozen);
      assert.ok(first.kind === 'ACCEPTED' && second.kind === 'ACCEPTED');
      assert.equal(second.providerOperationId, first.providerOperationId);
      await readAll(world, first.providerOperationId);
      for (const { order } of items) assert.equal(await world.capturesOf(order), 1);
    },
  },
  {
    name: 'a refused bulk names the items that are wrong, and nothing in it is captured',
    async run(world) {
      const items = await itemsOn(world, await world.keys('APPROVED', 3));
      const [first, second, third] = items as [ChargeRequest, ChargeRequest, ChargeRequest];
      const wrong = { ...second, providerKey: 'no agreement at all' };
      const request = {
        externalOperationId: world.reference(),
        items: [first, wrong, third],
      };
      const submission = await submit(world, request);
      assert.equal(submission.kind, 'REJECTED', JSON.stringify(submission));
      assert.deepEqual(submission.itemIndexes, [1]);
      for (const { order } of items) assert.equal(await world.capturesOf(order), 0);
    },
  },
  {
    name: 'a bulk whose answer is lost is UNKNOWN, and the replay brings its id',
    async run(world) {
      const items = await itemsOn(world, await world.keys('APPROVED', 2));
      const request = { externalOperationId: world.reference(), items };
      const match = { method: 'POST', path: '/v1/unscheduledsubscriptions/charges' };
      const lost = await world.under({ fate: 'response-lost', match }, () =>
        submit(world, request),
      );
      assert.equal(lost.kind, 'UNKNOWN', JSON.stringify(lost));
      const replay = await submit(world, request);
      assert.equal(replay.kind, 'ACCEPTED');
      await readAll(world, replay.providerOperationId);
      for (const { order } of items) assert.equal(await world.capturesOf(order), 1);
    },
  },
  {
    name: 'an operation nobody submitted is ABSENT',
    async run(world) {
      const page = await world.provider.readBulkPage(world.account, {
        ...{ providerOperationId: 'e'.repeat(32), skip: 0, take: 10 },
      });
      assert.equal(page.kind, 'ABSENT', JSON.stringify(page));
    },
  },
];
