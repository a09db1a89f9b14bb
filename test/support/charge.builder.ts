import fc from 'fast-check';
import { FAILURE_CODES, newId } from '#kernel';
import { businessInstant, machineInstant } from '#platform/clock';
import type { Outcome, ProviderPayment } from '#providers/contract';

import type { Attempt, Charge } from '#charges';

export const NOW = machineInstant(Date.UTC(2026, 2, 1, 12));
export const BUSINESS_NOW = businessInstant(Date.UTC(2027, 5, 30, 9));
export const LOOKS_SECONDS = [10, 30, 120, 300, 600, 1_800];
export const QUIET_PERIOD_SECONDS = 600;

export const chargeOf = (more: Partial<Charge> = {}): Charge => ({
  id: newId(),
  providerAccountId: newId(),
  billingKeyId: newId(),
  orderId: 'order-1',
  orderName: 'A month of tea',
  orderItems: [],
  amountMinor: 9_900,
  currency: 'KRW',
  origin: 'REQUEST',
  scheduleId: null,
  occurrenceNumber: null,
  bulkChargeId: null,
  bulkLine: null,
  retryPolicyId: null,
  isRetryOff: false,
  keepsTerms: false,
  state: 'SUBMITTING',
  version: 2,
  dueAt: BUSINESS_NOW,
  sendAt: BUSINESS_NOW,
  attemptCount: 1,
  declines: 0,
  setbacks: 0,
  nonSends: 0,
  failureCode: null,
  failureClass: null,
  firstFailedAt: null,
  looks: 0,
  absents: 0,
  firstAbsentAt: null,
  unresolvedSince: NOW,
  leaseUntil: null,
  leaseToken: newId(),
  ...more,
});

export const attemptOf = (more: Partial<Attempt> = {}): Attempt => ({
  id: newId(),
  number: 1,
  kind: 'CHARGE',
  providerReference: 'a'.repeat(32),
  sends: 1,
  providerPaymentId: null,
  ...more,
});

export const paymentOf = (more: Partial<ProviderPayment> = {}): ProviderPayment => ({
  providerPaymentId: 'imp_1',
  providerChargeId: null,
  reference: 'a'.repeat(32),
  providerKey: 'customer-key',
  status: 'PAID',
  amount: { amountMinor: 9_900, currency: 'KRW' },
  capturedMinor: 9_900,
  refundedMinor: 0,
  failure: null,
  answer: { status: 200, body: null },
  ...more,
});

const failure = fc.record({
  failureCode: fc.constantFrom(...FAILURE_CODES),
  providerCode: fc.constantFrom('51', null),
  providerMessage: fc.constantFrom('no', null),
});
const paymentId = fc.constantFrom('imp_1', 'imp_2');

/** Every outcome a send can come to. */
export const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('NOT_SENT' as const), reason: fc.constant('refused') }),
  failure.map((of) => ({ kind: 'REJECTED' as const, ...of })),
  fc
    .tuple(failure, fc.option(paymentId))
    .map(([of, providerPaymentId]) => ({ kind: 'DECLINED' as const, providerPaymentId, ...of })),
  fc.record({
    kind: fc.constant('SUCCEEDED' as const),
    providerPaymentId: paymentId,
    providerChargeId: fc.constant(null),
    captured: fc.record({
      amountMinor: fc.constantFrom(9_900, 9_901, 1),
      currency: fc.constantFrom('KRW', 'USD'),
    }),
  }),
  fc.record({ kind: fc.constant('PENDING' as const), providerPaymentId: fc.option(paymentId) }),
  fc.record({ kind: fc.constant('UNKNOWN' as const), reason: fc.constant('timeout') }),
);

/** Payments a provider may name under our references, ours and others. */
export const anyPayment: fc.Arbitrary<ProviderPayment> = fc
  .record({
    providerPaymentId: fc.constantFrom('imp_1', 'imp_2', 'imp_3'),
    status: fc.constantFrom('PENDING', 'PAID', 'FAILED', 'CANCELED'),
    amountMinor: fc.constantFrom(9_900, 500),
    currency: fc.constantFrom('KRW', 'USD'),
    capturedMinor: fc.constantFrom(0, 500, 9_900),
    providerKey: fc.constantFrom('customer-key', 'other-key', null),
    hasFailure: fc.boolean(),
  })
  .map(({ amountMinor, currency, hasFailure, ...payment }) =>
    paymentOf({
      ...payment,
      amount: { amountMinor, currency },
      failure: hasFailure
        ? { failureCode: 'DO_NOT_HONOR', providerCode: null, providerMessage: null }
        : null,
    }),
  );
