import assert from 'node:assert/strict';
import type { ChargeRequest } from '../charge.js';
import type { RefundRequest } from '../refund.js';
import type { ConformanceCase, World } from './world.js';

interface Captured {
  readonly request: ChargeRequest;
  readonly providerPaymentId: string;
  readonly providerChargeId: string | null;
}

const capture = async (world: World): Promise<Captured> => {
  const request = await world.request({ order: world.order(10_000) });
  const outcome = await world.charge(request);
  assert.equal(outcome.kind, 'SUCCEEDED', JSON.stringify(outcome));
  const { providerPaymentId, providerChargeId } = outcome;
  return { request, providerPaymentId, providerChargeId };
};

const refundOf = (
  world: World,
  { request, ...captured }: Captured,
  { amountMinor, beforeMinor = 0 }: { amountMinor: number; beforeMinor?: number },
): RefundRequest => ({
  ...captured,
  reference: world.reference(),
  amount: { ...request.order.amount, amountMinor },
  capturedMinor: request.order.amount.amountMinor,
  refundedBeforeMinor: beforeMinor,
  order: request.order,
  reason: 'goods came back',
});

const send = (world: World, refund: RefundRequest) =>
  world.provider.sendRefund(world.account, world.provider.describeRefund(world.account, refund));

const refundsOf = async (world: World, { request }: Captured): Promise<number[]> => {
  const lines = await world.sandbox.ledgerOf(request.order.orderId);
  return lines.filter(({ kind }) => kind === 'REFUND').map(({ amount }) => amount);
};

const settled = async (world: World, captured: Captured, refundedMinor: number): Promise<void> => {
  for (let look = 0; look < 20; look += 1) {
    const read = await world.provider.readRefunds(world.account, captured.providerPaymentId);
    assert.equal(read.kind, 'FOUND', JSON.stringify(read));
    if (read.refundedMinor === refundedMinor) {
      assert.ok(read.refunds.every(({ status }) => status === 'SUCCEEDED'));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  assert.fail(`expected ${refundedMinor} to be refunded in the end`);
};

export const refundCases: readonly ConformanceCase[] = [
  {
    name: 'a part and then the rest go back, and the provider says so',
    async run(world) {
      const captured = await capture(world);
      const part = await send(world, refundOf(world, captured, { amountMinor: 3000 }));
      assert.ok(['SUCCEEDED', 'PENDING'].includes(part.kind), JSON.stringify(part));
      await settled(world, captured, 3000);
      const rest = refundOf(world, captured, { amountMinor: 7000, beforeMinor: 3000 });
      assert.ok(['SUCCEEDED', 'PENDING'].includes((await send(world, rest)).kind));
      await settled(world, captured, 10_000);
      assert.deepEqual(await refundsOf(world, captured), [3000, 7000]);
      const read = await world.provider.readPayment(world.account, captured.providerPaymentId);
      assert.ok(read.kind === 'FOUND' && read.payment.status === 'CANCELED');
      assert.equal(read.payment.capturedMinor, 10_000);
      assert.equal(read.payment.refundedMinor, 10_000);
    },
  },
  {
    name: 'a payment refunded in part is still PAID',
    async run(world) {
      const captured = await capture(world);
      await send(world, refundOf(world, captured, { amountMinor: 1 }));
      await settled(world, captured, 1);
      const read = await world.provider.readPayment(world.account, captured.providerPaymentId);
      assert.ok(read.kind === 'FOUND' && read.payment.status === 'PAID', JSON.stringify(read));
      assert.equal(read.payment.refundedMinor, 1);
    },
  },
  {
    name: 'the same bytes sent again refund nothing more',
    async run(world) {
      const captured = await capture(world);
      const refund = refundOf(world, captured, { amountMinor: 4000 });
      const frozen = world.provider.describeRefund(world.account, refund);
      await world.provider.sendRefund(world.account, frozen);
      await world.provider.sendRefund(world.account, frozen);
      await settled(world, captured, 4000);
      assert.deepEqual(await refundsOf(world, captured), [4000]);
    },
  },
  {
    name: 'a refund whose answer is lost is UNKNOWN, and reading tells that it was made',
    async run(world) {
      const captured = await capture(world);
      const fault = { fate: 'response-lost', match: { method: 'POST' } };
      const lost = await world.under(fault, () =>
        send(world, refundOf(world, captured, { amountMinor: 2000 })),
      );
      assert.equal(lost.kind, 'UNKNOWN', JSON.stringify(lost));
      await settled(world, captured, 2000);
    },
  },
  {
    name: 'nothing, or more than there is, is never asked for',
    async run(world) {
      const captured = await capture(world);
      for (const amountMinor of [0, 10_001])
        assert.throws(() =>
          world.provider.describeRefund(world.account, refundOf(world, captured, { amountMinor })),
        );
    },
  },
];
