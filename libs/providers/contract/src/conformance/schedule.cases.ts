import assert from 'node:assert/strict';
import type { ChargeRequest } from '../charge.js';
import type { ConformanceCase, World } from './world.js';

type Booking = ChargeRequest & { readonly dueAtSeconds: number };

/** Far enough that nothing fires while a case runs. */
const LATER_SECONDS = 3600;

const book = async (world: World): Promise<Booking> => {
  const now = await world.nowSeconds();
  return { ...(await world.request()), dueAtSeconds: now + LATER_SECONDS };
};

const register = (world: World, booking: Booking) =>
  world.provider.sendSchedule(
    world.account,
    world.provider.describeSchedule(world.account, booking),
  );

export const scheduleCases: readonly ConformanceCase[] = [
  {
    name: 'a payment is REGISTERED, read as SCHEDULED, and REVOKED only once',
    async run(world) {
      const booking = await book(world);
      const { providerReference: reference, providerKey } = booking;
      assert.equal((await world.provider.readSchedule(world.account, reference)).kind, 'ABSENT');
      const submission = await register(world, booking);
      assert.equal(submission.kind, 'REGISTERED', JSON.stringify(submission));
      const read = await world.provider.readSchedule(world.account, reference);
      assert.ok(read.kind === 'FOUND' && read.status === 'SCHEDULED', JSON.stringify(read));
      assert.equal(read.dueAtSeconds, booking.dueAtSeconds);
      assert.deepEqual(read.amount, booking.order.amount);
      const question = { providerKey, reference };
      const revoked = await world.provider.revokeSchedule(world.account, question);
      assert.equal(revoked.kind, 'REVOKED', JSON.stringify(revoked));
      const again = await world.provider.revokeSchedule(world.account, question);
      assert.equal(again.kind, 'NOTHING_TO_REVOKE', JSON.stringify(again));
      const after = await world.provider.readSchedule(world.account, reference);
      assert.ok(after.kind === 'ABSENT' || (after.kind === 'FOUND' && after.status === 'REVOKED'));
    },
  },
  {
    name: 'a registered payment fires at its time, once, and is found paid',
    async run(world) {
      const booking = await book(world);
      await register(world, booking);
      await world.sandbox.advanceTo(booking.dueAtSeconds + 60);
      const read = await world.provider.readSchedule(world.account, booking.providerReference);
      assert.ok(read.kind === 'FOUND' && read.status === 'EXECUTED', JSON.stringify(read));
      const found = await world.find(booking);
      assert.ok(found.kind === 'FOUND' && found.payments[0]?.status === 'PAID');
      assert.equal(found.payments[0].providerPaymentId, read.providerPaymentId);
      assert.equal(await world.capturesOf(booking.order), 1);
    },
  },
  {
    name: 'the same bytes registered again are never called a failure, and fire once',
    async run(world) {
      const booking = await book(world);
      await register(world, booking);
      const again = await register(world, booking);
      assert.ok(['REGISTERED', 'UNKNOWN'].includes(again.kind), JSON.stringify(again));
      await world.sandbox.advanceTo(booking.dueAtSeconds + 60);
      assert.equal(await world.capturesOf(booking.order), 1);
    },
  },
  {
    name: 'a schedule on an unknown key is REJECTED, one whose answer is lost UNKNOWN',
    async run(world) {
      const unknown = await register(world, { ...(await book(world)), providerKey: 'nobody' });
      assert.equal(unknown.kind, 'REJECTED', JSON.stringify(unknown));
      assert.equal(unknown.failureCode, 'KEY_NOT_FOUND');
      const booking = await book(world);
      const match = { method: 'POST', path: '/subscribe/payments/schedule' };
      const lost = await world.under({ fate: 'response-lost', match }, () =>
        register(world, booking),
      );
      assert.equal(lost.kind, 'UNKNOWN', JSON.stringify(lost));
      const read = await world.provider.readSchedule(world.account, booking.providerReference);
      assert.ok(read.kind === 'FOUND' && read.status === 'SCHEDULED', JSON.stringify(read));
    },
  },
];
