import fc from 'fast-check';
import { after, businessInstant } from '#platform/clock';
import type { ListedCapture } from '#providers/contract';

import { BUSINESS_NOW } from '../../../test/support/charge.builder.js';
import {
  advanced,
  capturedAt,
  foreignPayment,
  isPastPatience,
  namedBy,
  notShown,
  sortCaptures,
  spanOf,
  type KnownReference,
} from './reconciliation.js';

const DAY_SECONDS = 86_400;
const OURS = 'a'.repeat(32);
const captureOf = (more: Partial<ListedCapture> = {}): ListedCapture => ({
  ...{ providerPaymentId: 'imp_1', capturedAtSeconds: BUSINESS_NOW.getTime() / 1_000 },
  ...{ reference: OURS, orderId: 'order-1', amount: { amountMinor: 9_900, currency: 'KRW' } },
  ...more,
});
const known = (more: Partial<KnownReference> = {}): ReadonlyMap<string, KnownReference> =>
  new Map([[OURS, { chargeId: 'charge-1', isHeld: false, bookedPaymentIds: ['imp_1'], ...more }]]);

describe('a sweep', () => {
  const sweptUntil = after(BUSINESS_NOW, -600);

  it('reads what was captured since the last one, and a little more', () => {
    const span = spanOf({ sweptUntil, sweepingTo: null }, BUSINESS_NOW);
    expect(span).toEqual({ from: after(sweptUntil, -300), to: BUSINESS_NOW });
  });

  it('reads ninety days at most', () => {
    const longAgo = after(BUSINESS_NOW, -400 * DAY_SECONDS);
    const { from, to } = spanOf({ sweptUntil: longAgo, sweepingTo: null }, BUSINESS_NOW);
    expect(to).toEqual(after(from, 90 * DAY_SECONDS));
  });

  it('that was begun goes on from its last capture to its own end, whatever the time is now', () => {
    const sweepingTo = after(BUSINESS_NOW, -100);
    const span = spanOf({ sweptUntil, sweepingTo }, BUSINESS_NOW);
    expect(span).toEqual({ from: sweptUntil, to: sweepingTo });
  });

  it('ends where it was meant to, or before the first capture that is still open', () => {
    const span = { from: sweptUntil, to: BUSINESS_NOW };
    const lastAt = after(BUSINESS_NOW, -10);
    const whole = { lastAt, isWhole: true, openFrom: null };
    const closed = { sweepingTo: null, openFrom: null };
    const before = { sweptUntil, openFrom: null };
    expect(advanced(before, span, whole)).toEqual({ sweptUntil: BUSINESS_NOW, ...closed });
    const openFrom = after(BUSINESS_NOW, -50);
    expect(advanced(before, span, { ...whole, openFrom })).toEqual({
      ...{ sweptUntil: openFrom, ...closed },
    });
    expect(advanced({ sweptUntil, openFrom }, span, whole)).toEqual({
      ...{ sweptUntil: openFrom, ...closed },
    });
  });

  it('that is not whole remembers its end, how far it came and what is open', () => {
    const span = { from: sweptUntil, to: BUSINESS_NOW };
    const lastAt = after(BUSINESS_NOW, -10);
    const [first, second] = [after(BUSINESS_NOW, -50), after(BUSINESS_NOW, -20)];
    const before = { sweptUntil, openFrom: first };
    expect(advanced(before, span, { lastAt, isWhole: false, openFrom: second })).toEqual({
      ...{ sweptUntil: lastAt, sweepingTo: BUSINESS_NOW, openFrom: first },
    });
    expect(advanced(before, span, { lastAt: null, isWhole: false, openFrom: null })).toEqual({
      ...{ sweptUntil, sweepingTo: BUSINESS_NOW, openFrom: first },
    });
  });

  it('passes no capture by, however many servings it takes and whatever is open', () => {
    const seconds = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(fc.uniqueArray(seconds), fc.integer({ min: 1, max: 4 }), (times, most) => {
        const start = businessInstant(0);
        const to = businessInstant(5_000_000);
        const waiting = times.toSorted((a, b) => a - b).map((at) => businessInstant(at * 1_000));
        const read = new Set<number>();
        let state = { sweptUntil: start, sweepingTo: null as typeof to | null, openFrom: null };
        for (let serving = 0; serving <= times.length + 1; serving += 1) {
          const span = spanOf(state, to);
          const rest = waiting.filter((at) => at >= span.from && at <= span.to);
          const taken = rest.slice(0, most + 1);
          for (const at of taken) read.add(at.getTime());
          const isWhole = taken.length === rest.length;
          const reach = { lastAt: taken.at(-1) ?? null, isWhole, openFrom: null };
          state = advanced(state, span, reach) as typeof state;
          if (isWhole) return read.size === times.length;
        }
        return false;
      }),
    );
  });
});

describe('captures, sorted', () => {
  it('are nothing where they are booked, as what counts or beside it', () => {
    const sorted = sortCaptures([captureOf()], known());
    expect(sorted).toEqual({ toAsk: new Map(), foreign: [], held: [], notOurs: 0 });
    const beside = captureOf({ providerPaymentId: 'imp_2' });
    const bookedPaymentIds = ['imp_1', 'imp_2'];
    expect(sortCaptures([beside], known({ bookedPaymentIds })).toAsk.size).toBe(0);
  });

  it('are asked about by charge where they are another payment than those in the books', () => {
    const [second, third] = ['imp_2', 'imp_3'].map((id) => captureOf({ providerPaymentId: id }));
    const sorted = sortCaptures([captureOf(), second!, third!], known());
    expect(namedBy(sorted)).toEqual(new Map([['charge-1', ['imp_2', 'imp_3']]]));
    expect(notShown(sorted, new Map([['charge-1', ['imp_1', 'imp_3']]]))).toEqual([
      { chargeId: 'charge-1', capture: second },
    ]);
    expect(notShown(sorted, new Map())).toHaveLength(2);
  });

  it('are left alone while somebody sends or asks', () => {
    const second = captureOf({ providerPaymentId: 'imp_2' });
    const sorted = sortCaptures([second], known({ isHeld: true }));
    expect(sorted).toMatchObject({ held: [second], foreign: [] });
    expect(sorted.toAsk.size).toBe(0);
  });

  it('are foreign under a reference of our form that no attempt has', () => {
    const strange = captureOf({ reference: 'b'.repeat(32) });
    expect(sortCaptures([strange], known()).foreign).toEqual([strange]);
    expect(foreignPayment(strange)).toEqual({
      kind: 'FOREIGN_PAYMENT',
      detail: {
        ...{ providerPaymentId: 'imp_1', reference: 'b'.repeat(32), orderId: 'order-1' },
        amount: { amountMinor: 9_900, currency: 'KRW' },
      },
    });
  });

  it.each(['order-7', 'A'.repeat(32), 'a'.repeat(31), `${OURS}a`, ''])(
    'are counted, not told, under what is none of ours: %j',
    (reference) => {
      const sorted = sortCaptures([captureOf({ reference })], known());
      expect(sorted).toEqual({ toAsk: new Map(), foreign: [], held: [], notOurs: 1 });
    },
  );

  it('are told about when a day of asking has not accounted for them', () => {
    const capture = captureOf();
    expect(isPastPatience(capture, after(capturedAt(capture), DAY_SECONDS))).toBe(false);
    expect(isPastPatience(capture, after(capturedAt(capture), DAY_SECONDS + 1))).toBe(true);
  });
});
