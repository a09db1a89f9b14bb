import { attemptOf, BUSINESS_NOW, chargeOf, NOW } from '../../../test/support/charge.builder.js';
import { checkResolution, resolvedBy, type Resolution } from './resolution.js';

const charge = chargeOf({ state: 'NEEDS_REVIEW' });
const attempt = attemptOf({ providerPaymentId: 'imp_seen' });
const resolved = (resolution: Partial<Resolution>, of: Partial<typeof attempt> = {}) =>
  resolvedBy(
    charge,
    { ...attempt, ...of },
    {
      ...{ outcome: 'SUCCEEDED', evidence: 'seen in the console', by: 'operator' },
      ...resolution,
      ...{ now: NOW, businessNow: BUSINESS_NOW },
    },
  );

describe('what a person says of an unclear charge', () => {
  it('is written down with who said it and what they saw', () => {
    expect(resolved({ outcome: 'SUCCEEDED' })).toMatchObject({
      ...{ to: 'SUCCEEDED', cause: 'operator: resolved as SUCCEEDED' },
      evidence: { told: 'seen in the console' },
      attempt: { outcome: 'SUCCEEDED', providerPaymentId: 'imp_seen', capturedMinor: 9_900 },
    });
  });

  it('names the payment they saw, or none', () => {
    const named = resolved({ providerPaymentId: 'imp_named' });
    expect(named.attempt).toMatchObject({ providerPaymentId: 'imp_named' });
    expect(resolved({}, { providerPaymentId: null }).attempt).toMatchObject({
      ...{ outcome: 'SUCCEEDED', providerPaymentId: null },
    });
  });

  it('that it failed is final, whatever its policy', () => {
    expect(resolved({ outcome: 'FAILED' })).toMatchObject({
      ...{ to: 'FAILED', sendAt: null, attempt: { outcome: 'DECLINED' } },
      retry: { reason: 'a person resolved it as failed', atEnd: null },
    });
  });

  it('that it never happened sends it again at once, as if for the first time', () => {
    expect(resolved({ outcome: 'NEVER_HAPPENED' })).toMatchObject({
      ...{ to: 'RETRY_SCHEDULED', sendAt: BUSINESS_NOW, failure: null, retry: null },
      attempt: { outcome: 'NOT_SENT', failureCode: null },
    });
  });

  it('that it failed keeps the payment they saw, and tells no failure of the provider’s', () => {
    expect(resolved({ outcome: 'FAILED' })).toMatchObject({
      ...{ cause: 'operator: resolved as FAILED', evidence: { told: 'seen in the console' } },
      retry: { reason: 'a person resolved it as failed', policyVersion: null, atEnd: null },
      failure: { failureCode: 'UNCLASSIFIED', providerCode: null, providerMessage: null },
      attempt: { failureCode: 'UNCLASSIFIED', providerPaymentId: 'imp_seen', capturedMinor: 0 },
    });
    const named = resolved({ outcome: 'FAILED', providerPaymentId: 'imp_named' });
    expect(named.attempt?.providerPaymentId).toBe('imp_named');
  });

  it('that it never happened is told with its cause, and leaves no look to come', () => {
    expect(resolved({ outcome: 'NEVER_HAPPENED' })).toMatchObject({
      ...{ cause: 'operator: resolved as NEVER_HAPPENED', nextLookAt: null, incidents: [] },
      ...{ evidence: { told: 'seen in the console' }, attemptId: attempt.id },
    });
  });

  it('that it succeeded counts the whole amount in its currency, and is no incident', () => {
    const settlement = resolved({ outcome: 'SUCCEEDED' });
    expect(settlement).toMatchObject({ incidents: [], failure: null, retry: null, sendAt: null });
    expect(settlement.attempt).toMatchObject({ providerChargeId: null, failureCode: null });
  });

  it.each([
    ['as long as a page', { evidence: 'x'.repeat(2_000) }],
    ['of several lines', { evidence: 'seen\nin the console' }],
    ['with the shortest name of a payment', { providerPaymentId: '!' }],
    ['with the longest', { providerPaymentId: '~'.repeat(64) }],
    ['with none', { providerPaymentId: null }],
    ['with an empty one', { providerPaymentId: '' }],
  ])('is taken %s', (_, more) => {
    const resolution = { outcome: 'SUCCEEDED', evidence: 'seen', ...more } as const;
    expect(checkResolution(resolution, attempt)).toEqual([]);
  });

  it.each(['x'.repeat(65), 'im p', ' imp', 'imp ', 'imp\u{7f}', 'imp_é'])(
    'is not taken with %j for a payment',
    (providerPaymentId) => {
      const resolution = { outcome: 'SUCCEEDED', evidence: 'seen', providerPaymentId } as const;
      expect(checkResolution(resolution, attempt)).toMatchObject([
        {
          ...{ code: 'INVALID_INPUT', field: ['providerPaymentId'] },
          message: 'expected 1–64 letters, digits or signs',
        },
      ]);
    },
  );

  it('says of each thing it lacks what was expected', () => {
    const resolution = {
      outcome: 'NEVER_HAPPENED',
      evidence: ' ',
      providerPaymentId: ' ',
    } as const;
    expect(checkResolution(resolution, attemptOf({ kind: 'SCHEDULE' }))).toMatchObject([
      { field: ['evidence'], message: 'expected what was seen, and where' },
      { field: ['providerPaymentId'] },
      { field: ['outcome'], message: expect.stringContaining('then resolve it as FAILED') },
    ]);
    const long = { outcome: 'FAILED', evidence: 'x'.repeat(2_001) } as const;
    expect(checkResolution(long, attempt)).toMatchObject([{ field: ['evidence'] }]);
    const fired = { outcome: 'FAILED', evidence: 'revoked there' } as const;
    expect(checkResolution(fired, attemptOf({ kind: 'SCHEDULE' }))).toEqual([]);
  });

  it.each([
    ['no evidence', { evidence: ' ' }, 'EVIDENCE_REQUIRED'],
    ['more than a page of it', { evidence: 'x'.repeat(2_001) }, 'INVALID_INPUT'],
    ['no name of a payment', { providerPaymentId: ' '.repeat(3) }, 'INVALID_INPUT'],
  ])('is not taken with %s', (_, more, code) => {
    const resolution = { outcome: 'SUCCEEDED', evidence: 'seen', ...more } as const;
    expect(checkResolution(resolution, attempt).map((refusal) => refusal.code)).toEqual([code]);
  });

  it('is not that what the provider may still fire never happened', () => {
    const resolution = { outcome: 'NEVER_HAPPENED', evidence: 'not in the list' } as const;
    const found = (kind: 'SCHEDULE' | 'CHARGE') =>
      checkResolution(resolution, attemptOf({ kind })).map(({ code, field }) => [code, ...field]);
    expect(found('SCHEDULE')).toEqual([['INVALID_STATE', 'outcome']]);
    expect(found('CHARGE')).toEqual([]);
  });

  it('is taken with what it rests on', () => {
    const resolution = { outcome: 'FAILED', evidence: 'seen in the console' } as const;
    expect(checkResolution(resolution, attempt)).toEqual([]);
  });
});
