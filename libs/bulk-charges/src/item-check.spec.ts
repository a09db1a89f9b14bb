import fc from 'fast-check';

import { chargeOf, paymentOf } from '../../../test/support/charge.builder.js';
import { checkedBy, itemsToCheck } from './item-check.js';

const succeeded = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ item: { charge: { id: `charge-${index}` } } }));

describe('the items whose payment is read before they are believed', () => {
  it('are one in a hundred, at least one, and never more than a poll can read', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.uuid(), (count, id) => {
        const { now, later } = itemsToCheck(succeeded(count), { id, sends: 1 });
        expect(now).toHaveLength(Math.min(100, Math.ceil(count / 100)));
        expect(later).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('are drawn by the operation’s own id: the same at every look, others in another operation', () => {
    const items = succeeded(1_000);
    const [one, again] = [1, 2].map(() => itemsToCheck(items, { id: 'one', sends: 1 }).now);
    expect(again).toEqual(one);
    expect(itemsToCheck(items, { id: 'two', sends: 1 }).now).not.toEqual(one);
  });

  it('are all of them where the operation was sent more than once, so many a poll', () => {
    const { now, later } = itemsToCheck(succeeded(250), { id: 'one', sends: 2 });
    expect([now.length, later.length]).toEqual([100, 150]);
  });
});

describe('what the payment itself says', () => {
  const of = (polls = 0) => ({
    charge: chargeOf({ state: 'PROCESSING' }),
    sent: { reference: 'a'.repeat(32), providerKey: 'customer-key' },
    providerPaymentId: 'imp_1',
    polls,
  });
  const read = (more: Parameters<typeof paymentOf>[0] = {}) =>
    ({ kind: 'FOUND', payment: paymentOf(more) }) as const;

  it('proves what the page said when it is our order, whole', () => {
    expect(checkedBy(read(), of())).toMatchObject({
      kind: 'PROVED',
      outcome: { kind: 'SUCCEEDED', providerPaymentId: 'imp_1', captured: { amountMinor: 9_900 } },
    });
  });

  it('contradicts it when another amount or another card was charged, with an incident', () => {
    expect(checkedBy(read({ capturedMinor: 9_901 }), of())).toMatchObject({
      kind: 'DIFFERS',
      incidents: [{ kind: 'AMOUNT_DIFFERS' }],
    });
    expect(checkedBy(read({ providerKey: 'another' }), of())).toMatchObject({
      kind: 'DIFFERS',
      incidents: [{ kind: 'FOREIGN_PAYMENT' }],
    });
  });

  it.each([
    ['cannot be read', { kind: 'UNAVAILABLE', reason: 'HTTP 503' } as const],
    ['is not there', { kind: 'ABSENT' } as const],
    ['shows no capture', read({ status: 'PENDING', capturedMinor: 0 })],
  ])('says nothing while it %s; then a person is asked', (_, reading) => {
    expect(checkedBy(reading, of(19))).toEqual({ kind: 'WAIT' });
    expect(checkedBy(reading, of(20))).toMatchObject({ kind: 'DIFFERS', incidents: [] });
  });
});
