import fc from 'fast-check';
import { CHARGE_STATES, TRANSITIONS, type ChargeState } from '#charges';
import { businessInstant, machineInstant } from '#platform/clock';

import { chargeOf } from '../../../test/support/charge.builder.js';
import {
  COUNTED,
  countedAs,
  isDecided,
  NO_COUNTS,
  progressOf,
  totalOf,
  type BulkCounts,
} from './bulk-charge.js';
import { countDelta } from './bulk-counts.contributor.js';

const bulkChargeId = '01900000-0000-7000-8000-000000000001';
const settled = (
  from: ChargeState,
  to: ChargeState,
  failed: { before: boolean; now: boolean },
) => ({
  charge: chargeOf({
    bulkChargeId,
    state: from,
    failureCode: failed.before ? 'DO_NOT_HONOR' : null,
  }),
  ...{
    to,
    failureCode: failed.now ? ('DO_NOT_HONOR' as const) : null,
    schedule: null,
    atEnd: null,
  },
  ...{ now: machineInstant(0), businessNow: businessInstant(0), clockOffsetMs: 0 },
});

describe('the counts of a bulk', () => {
  it.each<[ChargeState, boolean, string]>([
    ['SCHEDULED', false, 'pending'],
    ['SUBMITTING', false, 'pending'],
    ['PROCESSING', false, 'pending'],
    ['SUBMITTING', true, 'failed'],
    ['RETRY_SCHEDULED', true, 'failed'],
    ['RETRY_SCHEDULED', false, 'pending'],
    ['UNKNOWN', true, 'unknown'],
    ['NEEDS_REVIEW', false, 'unknown'],
    ['SUCCEEDED', true, 'succeeded'],
    ['REFUNDED', false, 'succeeded'],
    ['FAILED', true, 'failed'],
    ['SKIPPED', false, 'canceled'],
  ])('count an item that is %s (failed before: %s) as %s', (state, hasFailed, counted) => {
    expect(countedAs(state, hasFailed)).toBe(counted);
  });

  it('have a place for every state', () => {
    for (const state of CHARGE_STATES)
      for (const hasFailed of [true, false]) expect(COUNTED).toContain(countedAs(state, hasFailed));
  });

  it('know nothing of charges that are no items', () => {
    const one = settled('SUBMITTING', 'SUCCEEDED', { before: false, now: false });
    expect(countDelta({ ...one, charge: { ...one.charge, bulkChargeId: null } })).toEqual([]);
  });

  it('move a late success from failed to succeeded', () => {
    const late = settled('RETRY_SCHEDULED', 'SUCCEEDED', { before: true, now: true });
    expect(countDelta(late)).toEqual([{ bulkChargeId, ...NO_COUNTS, failed: -1, succeeded: 1 }]);
  });

  it('add up, along any life, to the figure under which the item stands at the end', () => {
    const steps = fc.array(fc.nat({ max: 1_000 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (choices, failures) => {
          let counts: BulkCounts = { ...NO_COUNTS, pending: 1 };
          let state: ChargeState = 'SCHEDULED';
          let hasFailed = false;
          for (const [index, choice] of choices.entries()) {
            const ways: readonly ChargeState[] = TRANSITIONS[state];
            const to = ways[choice % Math.max(1, ways.length)];
            if (!to) break;
            const now: boolean =
              to === 'FAILED' || (to === 'RETRY_SCHEDULED' && failures[index]!) || hasFailed;
            // A claim writes its transition itself: it must not change the figures.
            const isClaim = to === 'SUBMITTING' && state !== 'UNKNOWN' && state !== 'NEEDS_REVIEW';
            const deltas = countDelta(settled(state, to, { before: hasFailed, now }));
            if (isClaim && deltas.length > 0) return false;
            for (const delta of deltas)
              counts = Object.fromEntries(
                COUNTED.map((each) => [each, counts[each] + delta[each]]),
              ) as unknown as BulkCounts;
            [state, hasFailed] = [to, now && to !== 'SUCCEEDED'];
          }
          const expected = { ...NO_COUNTS, [countedAs(state, hasFailed)]: 1 };
          return JSON.stringify(counts) === JSON.stringify(expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('tell how far the bulk has come', () => {
    const counts = { ...NO_COUNTS, pending: 1, unknown: 1, succeeded: 5, failed: 2, canceled: 1 };
    expect([totalOf(counts), progressOf(counts), isDecided(counts)]).toEqual([10, 0.8, false]);
    const done = { ...counts, pending: 0, unknown: 0 };
    expect([progressOf(done), isDecided(done)]).toEqual([1, true]);
    expect(progressOf(NO_COUNTS)).toBe(0);
  });
});
