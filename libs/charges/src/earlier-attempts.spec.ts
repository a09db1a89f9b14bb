import type { ChargeQuestion, Provider } from '#providers/contract';

import { chargeOf, paymentOf } from '../../../test/support/charge.builder.js';
import type { Loaded } from './loaded.repository.js';
import type { ServedAccount } from './dependencies.js';
import { askAboutEarlier, forestalledBy } from './earlier-attempts.js';
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
    expect(forestalled?.incidents).toEqual([
      { kind: 'LATE_SUCCESS', detail: { providerPaymentId: 'imp_1', found: 'before a retry' } },
    ]);
  });

  it('a late success is told once', () => {
    const told = { kind: 'LATE_SUCCESS', detail: {} } as const;
    expect(forestalledBy({ ...captured, incidents: [told] })?.incidents).toEqual([told]);
  });

  it.each<Finding>([
    { kind: 'ABSENT' },
    { kind: 'REVOKED' },
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
    expect(forestalledBy(down)).toEqual({
      outcome: { kind: 'NOT_SENT', reason: 'earlier attempts: no answer' },
      incidents: [],
    });
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

  it('a duplicate that was found with it is told too', () => {
    const duplicate = { kind: 'DUPLICATE_CAPTURE', detail: {} } as const;
    const kinds = forestalledBy({ ...captured, incidents: [duplicate] })?.incidents;
    expect(kinds?.map(({ kind }) => kind)).toEqual(['LATE_SUCCESS', 'DUPLICATE_CAPTURE']);
  });

  it('asks by everything it was ever known by, on the keys of then, and judges a booked payment as late', async () => {
    const questions: ChargeQuestion[] = [];
    const provider: Partial<Provider> = {
      findPayments: async (_, question) => {
        questions.push(question);
        return { kind: 'FOUND', payments: [paymentOf({ providerPaymentId: 'imp_1' })] };
      },
    };
    const charge = chargeOf();
    const references = [
      { reference: 'r1', providerKey: 'old-key' },
      { reference: 'a'.repeat(32), providerKey: 'customer-key' },
    ];
    const earlier = { references, paymentIds: ['imp_1'], decided: 1, singles: 1 };
    const forestalled = await askAboutEarlier(
      { charge, providerKey: 'new-key' } as unknown as Loaded,
      earlier,
      { provider, access: {} } as unknown as ServedAccount,
    );
    expect(questions).toMatchObject([{ references, providerPaymentIds: ['imp_1'] }]);
    expect(questions[0]?.order.orderId).toBe(charge.orderId);
    expect(forestalled?.outcome).toMatchObject({ kind: 'SUCCEEDED', providerPaymentId: 'imp_1' });
    expect(forestalled?.incidents.map(({ kind }) => kind)).toEqual(['LATE_SUCCESS']);
  });
});
