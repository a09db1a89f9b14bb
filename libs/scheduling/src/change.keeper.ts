import type { Transaction } from '#platform/database';
import type { ServedAccount } from '#charges';
import { recordEvents } from '#events';

import { afterPending } from './schedule-update.js';
import type { Schedule } from './schedule.js';
import { writeChange } from './schedules.repository.js';
import { keepTerms } from './terms.repository.js';

/** Schedules as their next occurrence finds them: a change that was kept for it is written before it comes into being, and occurrences that
 * wait from before keep the order and the key they had. */
export const changeInTime = async (
  tx: Transaction,
  account: ServedAccount,
  schedules: readonly Schedule[],
): Promise<Schedule[]> => {
  const changed = new Map(
    schedules.flatMap((schedule) => {
      const after = afterPending(schedule);
      return after ? [[schedule.id, { ...after, updatedAt: account.businessNow() }]] : [];
    }),
  );
  if (changed.size === 0) return [...schedules];
  const { merchantId } = account;
  await keepTerms(tx, merchantId, { scheduleIds: [...changed.keys()] });
  for (const schedule of changed.values()) await writeChange(tx, merchantId, schedule);
  await recordEvents(
    tx,
    merchantId,
    [...changed.values()].map(({ id, orderId, updatedAt }) => ({
      type: 'schedule.updated',
      subjectId: id,
      data: { orderId },
      at: updatedAt,
    })),
  );
  return schedules.map((schedule) => changed.get(schedule.id) ?? schedule);
};
