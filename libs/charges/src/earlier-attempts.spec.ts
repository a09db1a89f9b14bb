import { forestalledBy } from './earlier-attempts.js';
import type { Finding } from './look.js';

const captured: Finding = {
  kind: 'VERDICT',
  outcome: {
    kind: 'SUCCEEDED',
    providerPaymentId: 'imp_1',
    providerChargeId: null,
    captured: { amountMinor: 9900, currency: 'KRW' },
  },
  incidents: [],
};

describe('before a charge goes out again', () => {
  it('a capture of an earlier attempt is taken for what it is, and told', () => {
    const forestalled = forestalledBy(captured);
    expect(forestalled?.outcome).toMatchObject({ kind: 'SUCCEEDED', providerPaymentId: 'imp_1' });
    expect(forestalled?.incidents.map(({ kind }) => kind)).toEqual(['LATE_SUCCESS']);
  });

  it('a late success is told once', () => {
    const told = { kind: 'LATE_SUCCESS', detail: {} } as const;
    expect(forestalledBy({ ...captured, incidents: [told] })?.incidents).toEqual([told]);
  });

  it.each<Finding>([
    { kind: 'ABSENT' },
    {
      kind: 'VERDICT',
      outcome: {
        kind: 'DECLINED',
        providerPaymentId: 'imp_1',
        failureCode: 'INSUFFICIENT_FUNDS',
        providerCode: null,
        providerMessage: null,
      },
      incidents: [],
    },
  ])('$kind that captured nothing lets it go', (finding) => {
    expect(forestalledBy(finding)).toBeUndefined();
  });

  it('a provider that cannot be asked holds it back, unsent', () => {
    const down: Finding = { kind: 'INCONCLUSIVE', reason: 'no answer', incidents: [] };
    expect(forestalledBy(down)?.outcome.kind).toBe('NOT_SENT');
  });

  it('a payment that is not ours under our reference stops it until someone looked', () => {
    const foreign = { kind: 'FOREIGN_PAYMENT', detail: {} } as const;
    const found: Finding = { kind: 'INCONCLUSIVE', reason: 'not ours', incidents: [foreign] };
    expect(forestalledBy(found)).toMatchObject({
      outcome: { kind: 'UNKNOWN' },
      incidents: [foreign],
    });
  });

  it('what the provider has not decided is waited for', () => {
    const pending: Finding = {
      kind: 'PENDING',
      outcome: { kind: 'PENDING', providerPaymentId: 'imp_1' },
    };
    expect(forestalledBy(pending)?.outcome.kind).toBe('PENDING');
  });
});
