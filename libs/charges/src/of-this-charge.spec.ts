import type { ProviderPayment } from '#providers/contract';
import { ofThisCharge } from './of-this-charge.js';

const payment = (providerPaymentId: string, reference: string | null): ProviderPayment => ({
  ...{ providerPaymentId, reference, providerChargeId: null, providerKey: null, status: 'PAID' },
  amount: { amountMinor: 1_000, currency: 'EUR' },
  ...{ capturedMinor: 1_000, refundedMinor: 0, failure: null, answer: { status: 200, body: {} } },
});

describe('a payment that somebody named', () => {
  it('counts under a reference of the charge, or none; under another it is not its own', () => {
    const payments = [payment('ours', 'us'), payment('bare', null), payment('theirs', 'them')];
    const of = { references: [{ reference: 'us', providerKey: 'key' }], attemptPaymentIds: [] };
    const kept = ofThisCharge({ kind: 'FOUND', payments }, of);
    expect(kept).toMatchObject({ payments: [payments[0], payments[1]] });
    const known = { ...of, attemptPaymentIds: ['theirs'] };
    expect(ofThisCharge({ kind: 'FOUND', payments }, known)).toMatchObject({ payments });
  });
});
