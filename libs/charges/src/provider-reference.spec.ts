import fc from 'fast-check';

import { attemptOf, chargeOf } from '../../../test/support/charge.builder.js';
import { providerReference } from './provider-reference.js';
import { nextAttempt } from './single-charge.channel.js';

const anyOf = fc.record({
  chargeId: fc.uuid(),
  billingKeyId: fc.uuid(),
  amountMinor: fc.integer({ min: 1 }),
  currency: fc.constantFrom('KRW', 'USD'),
  attemptNumber: fc.integer({ min: 1, max: 50 }),
  isReusable: fc.boolean(),
});

describe('a provider reference', () => {
  it('is what every channel takes, the same each time it is asked for', () => {
    fc.assert(
      fc.property(anyOf, (of) => {
        const reference = providerReference(of);
        return /^[a-z0-9]{20,36}$/.test(reference) && reference === providerReference(of);
      }),
    );
  });

  it('spans the retries where a failed one may be used again, else it is one per attempt', () => {
    fc.assert(
      fc.property(anyOf, (of) => {
        const next = { ...of, attemptNumber: of.attemptNumber + 1 };
        return (providerReference(of) === providerReference(next)) === of.isReusable;
      }),
    );
  });

  it('is a new one with a new key, charge, amount or currency', () => {
    fc.assert(
      fc.property(anyOf, fc.uuid(), (of, other) => {
        fc.pre(other !== of.chargeId && other !== of.billingKeyId);
        const all = [
          ...[of, { ...of, chargeId: other }, { ...of, billingKeyId: other }],
          ...[
            { ...of, amountMinor: of.amountMinor + 1 },
            { ...of, currency: 'EUR' },
          ],
        ];
        return new Set(all.map(providerReference)).size === all.length;
      }),
    );
  });

  it('stays with the next attempt when the one before never went out', () => {
    const charge = chargeOf({ state: 'RETRY_SCHEDULED', attemptCount: 1 });
    const [unsentReference, isReferenceReusable] = [attemptOf().providerReference, false];
    const next = nextAttempt(charge, 'CHARGE', { isReferenceReusable, unsentReference });
    expect(next).toMatchObject({ number: 2, sends: 1, providerReference: unsentReference });
    const fresh = nextAttempt(charge, 'CHARGE', { isReferenceReusable, unsentReference: null });
    expect(fresh.providerReference).not.toBe(unsentReference);
  });
});
