import { newId } from '#kernel';
import { after } from '#platform/clock';

import { NOW } from '../../../test/support/charge.builder.js';
import type { LiveRefund } from './refund.js';
import {
  checkRefundResolution,
  checkUnclear,
  refundResolvedBy,
  type RefundResolution,
  type StandingRefund,
} from './refund-resolution.js';

const unclearRefund: LiveRefund = {
  ...{ id: newId(), chargeId: newId(), attemptId: newId(), providerAccountId: newId() },
  ...{ isCounted: true, amountMinor: 3_000, status: 'UNKNOWN', refundedBeforeMinor: 0 },
  ...{ sends: 2, sentAt: NOW, acceptedAt: NOW, resendGranted: false, looks: 7 },
  ...{ providerRefundId: 'r1', otherRefundIds: [], providerPaymentId: 'pay-1' },
};
const resolvedAs = (outcome: RefundResolution['outcome'], providerRefundId?: string) =>
  refundResolvedBy(unclearRefund, {
    ...{ outcome, evidence: 'seen in the console', now: NOW },
    ...(providerRefundId ? { providerRefundId } : {}),
  });
const resting = { answer: null, resend: false, isStuck: false };

it('ends as the person saw it, with the id that was seen', () => {
  expect(resolvedAs('SUCCEEDED', 'r9')).toEqual({
    ...{ ...resting, status: 'SUCCEEDED', providerRefundId: 'r9', acceptedAt: NOW },
    ...{ resendGranted: false, failure: null, looks: 7, nextLookAt: null },
  });
  expect(resolvedAs('SUCCEEDED').providerRefundId).toBe('r1');
  expect(resolvedAs('FAILED')).toEqual({
    ...{ ...resting, status: 'FAILED', providerRefundId: 'r1', acceptedAt: NOW },
    ...{ resendGranted: false, looks: 7, nextLookAt: null },
    failure: { failureCode: 'UNCLASSIFIED', providerCode: null, providerMessage: null },
  });
});

it('is asked about at once and may go out again where it never happened: what spoke for it is forgotten', () => {
  expect(resolvedAs('NEVER_HAPPENED', 'r9')).toEqual({
    ...{ ...resting, status: 'UNKNOWN', providerRefundId: null, acceptedAt: null },
    ...{ resendGranted: true, failure: null, looks: 0, nextLookAt: NOW },
  });
});

it.each<[string, StandingRefund, string | undefined]>([
  ['nobody holds', { status: 'UNKNOWN', leaseUntil: null }, undefined],
  ['a dead sender held', { status: 'UNKNOWN', leaseUntil: NOW }, undefined],
  ['is being asked about', { status: 'UNKNOWN', leaseUntil: after(NOW, 1) }, 'IN_FLIGHT'],
  ['was taken in', { status: 'PENDING', leaseUntil: null }, 'INVALID_STATE'],
  ['is done', { status: 'SUCCEEDED', leaseUntil: null }, 'INVALID_STATE'],
  ['failed', { status: 'FAILED', leaseUntil: null }, 'INVALID_STATE'],
])('decides only what asking could not: one that %s', (_, standing, code) => {
  const refused = checkUnclear(standing, NOW);
  expect(refused?.code).toBe(code);
  expect(refused?.field).toEqual(code && ['id']);
  if (code === 'INVALID_STATE')
    expect(refused?.message).toBe(`expected a refund that is UNKNOWN, found ${standing.status}`);
});

it.each<[string, Partial<RefundResolution>, string[]]>([
  ['an id of the provider’s', { providerRefundId: 'r'.repeat(64) }, []],
  ['no id', { providerRefundId: null }, []],
  ['an id that is too long', { providerRefundId: 'r'.repeat(65) }, ['INVALID_INPUT']],
  ['an id with a space', { providerRefundId: 'r 1' }, ['INVALID_INPUT']],
  ['no evidence', { evidence: ' \n' }, ['EVIDENCE_REQUIRED']],
  ['a page of evidence', { evidence: 'x'.repeat(2_000) }, []],
  ['more than a page', { evidence: 'x'.repeat(2_001) }, ['INVALID_INPUT']],
])('takes or refuses %s', (_, more, codes) => {
  const refusals = checkRefundResolution({ outcome: 'FAILED', evidence: 'seen', ...more });
  expect(refusals.map(({ code }) => code)).toEqual(codes);
});

it('names each field that is wrong', () => {
  const wrong = { outcome: 'FAILED' as const, evidence: '', providerRefundId: 'r 1' };
  expect(checkRefundResolution(wrong).map(({ field }) => field)).toEqual([
    ['evidence'],
    ['providerRefundId'],
  ]);
});
