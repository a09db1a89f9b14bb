import { businessInstant } from '#platform/clock';
import { moved } from '#charges';
import { NO_RETRY, STANDARD_POLICY } from '#dunning';

import { checkRefunds } from './rows.js';
import { refundedOf } from './provider.js';
import { isCharge, type World } from './world.js';

const AMOUNT_MINOR = 9_900;

/** A merchant's system asks for a charge that is due now. */
export const createCharge = (world: World, isRetried: boolean): void => {
  const id = `charge-${world.database.charges.size + 1}`;
  const dueAt = businessInstant(world.now);
  world.database.accept({
    ...{ id, providerAccountId: 'account', billingKeyId: 'key', orderId: id, orderName: id },
    ...{ orderItems: [], amountMinor: AMOUNT_MINOR, currency: 'KRW', origin: 'REQUEST' },
    ...{ scheduleId: null, occurrenceNumber: null, bulkChargeId: null, bulkLine: null },
    ...{ retryPolicyId: null, isRetryOff: !isRetried, keepsTerms: false, state: 'SCHEDULED', version: 1 },
    ...{ dueAt, sendAt: dueAt, attemptCount: 0, declines: 0, setbacks: 0, nonSends: 0 },
    ...{ failureCode: null },
    ...{ failureClass: null, firstFailedAt: null, looks: 0, absents: 0, firstAbsentAt: null, unresolvedSince: null },
    ...{ leaseToken: null, leaseUntil: null, nextLookAt: null, refundedMinor: 0 },
    policy: isRetried ? STANDARD_POLICY : NO_RETRY,
  });
};

export type Wish = 'CANCEL' | 'RETRY' | 'RESOLVE' | 'REFUND_ALL' | 'REFUND_PART';

/** `ChargeCommands` and `Refunds.create`: answers whether it was done. */
export const ask = (world: World, chargeId: string, wish: Wish): boolean => {
  switch (wish) {
    case 'CANCEL':
      return cancel(world, chargeId);
    case 'RETRY':
      return retry(world, chargeId);
    case 'RESOLVE':
      return resolve(world, chargeId);
    case 'REFUND_ALL':
    case 'REFUND_PART':
      return refund(world, chargeId, wish === 'REFUND_ALL');
  }
};

const cancel = (world: World, chargeId: string): boolean => {
  const isDone = world.database.command(chargeId, world.now, (row) =>
    row.state === 'SCHEDULED' || row.state === 'RETRY_SCHEDULED'
      ? moved({ charge: row }, 'CANCELED', 'person: canceled')
      : undefined,
  );
  if (isDone) world.canceled.add(chargeId);
  return isDone;
};

const retry = (world: World, chargeId: string): boolean =>
  world.database.command(chargeId, world.now, (row) =>
    row.state === 'FAILED' && row.failureClass !== 'HARD'
      ? {
          ...moved({ charge: row }, 'RETRY_SCHEDULED', 'person: retry'),
          sendAt: world.businessNow,
        }
      : undefined,
  );

/** A person who looks into the provider's own console, says what stands there, and says nothing while a request may still arrive. */
const resolve = (world: World, chargeId: string): boolean => {
  const { database, provider } = world;
  const isArriving = world.onTheirWay.some(
    ({ sent }) => isCharge(sent) && sent.chargeId === chargeId,
  );
  const isUndecided = provider.payments.some(
    (p) => p.chargeId === chargeId && p.status === 'PENDING',
  );
  if (isArriving || isUndecided) return false;
  return database.command(chargeId, world.now, (row) => {
    if (row.state !== 'UNKNOWN' && row.state !== 'NEEDS_REVIEW') return undefined;
    const attempt = database.lastAttemptOf(row);
    const paid = provider.payments.find((p) => p.chargeId === chargeId && p.status === 'PAID');
    const failed = provider.payments.some((p) => p.chargeId === chargeId);
    return world.decide.resolvedBy(row, attempt, {
      outcome: paid ? 'SUCCEEDED' : failed ? 'FAILED' : 'NEVER_HAPPENED',
      ...{ evidence: "the provider's console", by: 'person', providerPaymentId: paid?.id ?? null },
      ...{ now: world.now, businessNow: world.businessNow },
    });
  });
};

const UNSENT = { sends: 0, sentAt: null, acceptedAt: null, resendGranted: false, looks: 0 } as const;

const refund = (world: World, chargeId: string, isAll: boolean): boolean => {
  const { database } = world;
  const { state } = database.charge(chargeId);
  const capture = database.captureOf(chargeId);
  if (!capture?.providerPaymentId || (state !== 'SUCCEEDED' && state !== 'PARTIALLY_REFUNDED'))
    return false;
  const leftMinor = capture.capturedMinor - capture.refundedMinor - capture.reservedMinor;
  const amountMinor = isAll ? leftMinor : Math.min(leftMinor, 1_000);
  if (amountMinor <= 0 || capture.reservedMinor > 0) return false;
  database.moveRefund(capture.id, { reservedMinor: amountMinor, refundedMinor: 0 });
  database.refunds.push({
    ...{ id: world.newId('refund'), chargeId, attemptId: capture.id, amountMinor },
    ...{ status: 'PENDING', origin: 'MERCHANT', refundedBeforeMinor: capture.refundedMinor },
    ...{ providerRefundId: null, ...UNSENT, nextLookAt: world.now, leaseToken: null },
  });
  checkRefunds(database.refunds);
  return true;
};

/** Somebody pays back in the provider's console, without us. */
export const refundAtConsole = (world: World, paymentIndex: number): boolean => {
  const { payments } = world.provider;
  const payment = payments[paymentIndex % payments.length];
  if (payment?.status !== 'PAID' || refundedOf(payment) + 500 > payment.amountMinor) return false;
  world.provider.refundAtConsole(payment, 500);
  return true;
};

/** `ProviderRefunds`: what the provider paid back and nobody booked. */
export const bookProviderRefunds = (world: World, chargeId: string): void => {
  const { database, provider, decide } = world;
  const capture = database.captureOf(chargeId);
  if (!capture?.providerPaymentId || capture.reservedMinor > 0) return;
  const reading = provider.readRefunds(capture.providerPaymentId);
  if (reading.kind !== 'FOUND') return;
  const booked = database.refunds.filter(({ attemptId }) => attemptId === capture.id);
  const finding = decide.unbookedRefunds(reading, {
    ...capture,
    providerRefundIds: booked.flatMap(({ providerRefundId }) => providerRefundId ?? []),
  });
  if (finding.kind !== 'BOOK') return;
  for (const { providerRefundId, amountMinor } of finding.refunds) {
    database.moveRefund(capture.id, { reservedMinor: 0, refundedMinor: amountMinor });
    database.refunds.push({
      ...{ id: world.newId('refund'), chargeId, attemptId: capture.id, amountMinor },
      ...{ status: 'SUCCEEDED', origin: 'PROVIDER', refundedBeforeMinor: capture.refundedMinor },
      ...{ providerRefundId, ...UNSENT, nextLookAt: null, leaseToken: null },
    });
    world.hit('refund found at the provider');
  }
};
