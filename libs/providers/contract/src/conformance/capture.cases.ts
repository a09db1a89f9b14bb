import assert from 'node:assert/strict';
import type { ListedCapture } from '../capture.js';
import type { ConformanceCase, World } from './world.js';

/** A sandbox full of other cases' captures has a few pages of them, no more. */
const PAGES_MAX = 50;

const listed = async (world: World, fromSeconds: number): Promise<ListedCapture[]> => {
  const captures: ListedCapture[] = [];
  const toSeconds = await world.nowSeconds();
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const span = { fromSeconds, toSeconds, page };
    const read = await world.provider.listCaptures(world.account, span);
    assert.equal(read.kind, 'FOUND', JSON.stringify(read));
    captures.push(...read.captures);
    if (!read.hasMore) return captures;
  }
  assert.fail(`expected at most ${PAGES_MAX} pages`);
};

export const captureCases: readonly ConformanceCase[] = [
  {
    name: 'captures are listed with reference, order and amount, earliest first; failures are not',
    async run(world) {
      const fromSeconds = await world.nowSeconds();
      const request = await world.request();
      const declined = await world.request({ providerKey: await world.key('DO_NOT_HONOR') });
      await world.charge(declined);
      const outcome = await world.charge(request);
      assert.equal(outcome.kind, 'SUCCEEDED', JSON.stringify(outcome));
      const captures = await listed(world, fromSeconds);
      const ours = captures.filter(({ reference }) => reference === request.providerReference);
      const { providerPaymentId } = outcome;
      const { orderId, amount } = request.order;
      assert.equal(ours.length, 1);
      assert.equal(ours[0]?.providerPaymentId, providerPaymentId);
      assert.equal(ours[0]?.orderId, orderId);
      assert.deepEqual(ours[0]?.amount, amount);
      assert.ok(!captures.some(({ reference }) => reference === declined.providerReference));
      const times = captures.map(({ capturedAtSeconds }) => capturedAtSeconds);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    },
  },
  {
    name: 'captures of one second are listed by that second, at either end; none is an empty page',
    async run(world) {
      const fromSeconds = await world.nowSeconds();
      const request = await world.request();
      await world.charge(request);
      const all = await listed(world, fromSeconds);
      const at = all.find(({ reference }) => reference === request.providerReference);
      assert.ok(at);
      const span = { fromSeconds: at.capturedAtSeconds, toSeconds: at.capturedAtSeconds, page: 1 };
      const read = await world.provider.listCaptures(world.account, span);
      assert.ok(
        read.kind === 'FOUND' && read.captures.some(({ reference }) => reference === at.reference),
      );
      const long = { fromSeconds: 0, toSeconds: 1, page: 1 };
      const none = await world.provider.listCaptures(world.account, long);
      assert.deepEqual(none, { kind: 'FOUND', captures: [], hasMore: false });
    },
  },
  {
    name: 'a list that is down is UNAVAILABLE, never empty',
    async run(world) {
      const toSeconds = await world.nowSeconds();
      const read = await world.under({ fate: 'lookup-down', match: {} }, () =>
        world.provider.listCaptures(world.account, { fromSeconds: 0, toSeconds, page: 1 }),
      );
      assert.equal(read.kind, 'UNAVAILABLE', JSON.stringify(read));
    },
  },
];
