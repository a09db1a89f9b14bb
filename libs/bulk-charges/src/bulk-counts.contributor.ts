import type { Contributor, SettledCharge } from '#charges';
import type { Transaction } from '#platform/database';

import { COUNTED, countedAs, NO_COUNTS } from './bulk-charge.js';
import { insertCounts, type CountDelta } from './bulk-charges.repository.js';

/** What a settled item changes in its bulk's counts. */
export const countDelta = ({ charge, to, failureCode }: SettledCharge): CountDelta[] => {
  if (!charge.bulkChargeId) return [];
  const before = countedAs(charge.state, charge.failureCode !== null);
  const now = countedAs(to, failureCode !== null);
  return before === now
    ? []
    : [{ bulkChargeId: charge.bulkChargeId, ...NO_COUNTS, [before]: -1, [now]: 1 }];
};

const summed = (deltas: readonly CountDelta[]): CountDelta[] => {
  const byBulk = new Map<string, CountDelta>();
  for (const delta of deltas) {
    const known = byBulk.get(delta.bulkChargeId) ?? {
      bulkChargeId: delta.bulkChargeId,
      ...NO_COUNTS,
    };
    const sum = Object.fromEntries(
      COUNTED.map((counted) => [counted, known[counted] + delta[counted]]),
    );
    byBulk.set(delta.bulkChargeId, { ...known, ...sum });
  }
  return [...byBulk.values()];
};

/** One row of deltas per bulk and batch: no hot row that every settling waits for. */
export class BulkCountsContributor implements Contributor<CountDelta> {
  contribute(settled: SettledCharge): CountDelta[] {
    return countDelta(settled);
  }

  async write(tx: Transaction, merchantId: string, rows: readonly CountDelta[]): Promise<void> {
    await insertCounts(tx, merchantId, summed(rows));
  }
}
