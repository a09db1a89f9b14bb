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
