import fc from 'fast-check';
import { machineInstant } from '#platform/clock';
import type { BulkItemReading } from '#providers/contract';

import { compareSets, gather, nextPollAt } from './provider-operation.js';

const item = (providerKey: string, setbacks = 0) => ({ providerKey, setbacks });
const reading = (providerKey: string): BulkItemReading => ({
  ...{ providerKey, status: 'SUCCEEDED', failure: null },
  ...{ providerPaymentId: `payment-of-${providerKey}`, providerChargeId: null },
});

describe('gathering items into operations', () => {
  const anyItems = fc.array(
    fc.record({
      providerKey: fc.integer({ min: 1, max: 30 }).map((key) => `key-${key}`),
      setbacks: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 200 },
  );

  it('takes each item once, no key twice into one operation, and no more than fit', () => {
    fc.assert(
      fc.property(anyItems, fc.integer({ min: 1, max: 64 }), (items, size) => {
        const groups = gather(items, size);
        const gathered = groups.flat();
        return (
          gathered.length === items.length &&
          new Set(gathered).size === new Set(items).size &&
          groups.every((group) => {
            const [{ setbacks }] = group as [(typeof group)[number]];
            return (
              group.length > 0 &&
              group.length <= Math.max(1, Math.floor(size / 2 ** setbacks)) &&
              new Set(group.map(({ providerKey }) => providerKey)).size === group.length &&
              group.every((each) => each.setbacks === setbacks)
            );
          })
        );
      }),
    );
  });

  it('fills an operation before it begins another', () => {
    const items = Array.from({ length: 10 }, (_, index) => item(`key-${index}`));
    expect(gather(items, 4).map(({ length }) => length)).toEqual([4, 4, 2]);
  });

  it('halves what comes back refused as a whole, until the bad item stands alone', () => {
    const sizes = [0, 1, 2, 3, 4].map((setbacks) => {
      const items = Array.from({ length: 16 }, (_, index) => item(`key-${index}`, setbacks));
      return gather(items, 16)[0]!.length;
    });
    expect(sizes).toEqual([16, 8, 4, 2, 1]);
  });
});

describe('an operation that is followed', () => {
  it('is looked at again after half a second, each wait half as long again, half a minute at most', () => {
    const now = machineInstant(0);
    const waits = [0, 1, 2, 5, 50].map((polls) => nextPollAt(now, polls).getTime());
    expect(waits).toEqual([500, 750, 1_125, 3_796, 30_000]);
  });

  it('brings back its own items by key, whatever their order', () => {
    const sent = ['a', 'b', 'c'].map((providerKey) => item(providerKey));
    const { matched, missing, foreign } = compareSets(sent, ['c', 'x', 'a'].map(reading));
    expect(matched.map((pair) => [pair.item.providerKey, pair.reading.providerPaymentId])).toEqual([
      ['a', 'payment-of-a'],
      ['c', 'payment-of-c'],
    ]);
    expect(missing).toEqual([item('b')]);
    expect(foreign).toEqual([reading('x')]);
  });
});
