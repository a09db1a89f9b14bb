import type { BusinessInstant } from '#platform/clock';
import type { Charge } from '#charges';

import { withoutKeptKey } from './schedule-update.js';
import { isMovable, type Schedule } from './schedule.js';

export interface NewKey {
  readonly billingKeyId: string;
  /** The keys that it takes the place of; absent: whichever there is. */
  readonly replacedKeyIds: readonly string[] | undefined;
}

/** A schedule whose own key is replaced is on the new one from then on, also where a change that was kept before names another. Of any other,
 * only a kept change that names a replaced key names the new one instead. */
export const onNewKey = (
  schedule: Schedule,
  { billingKeyId, replacedKeyIds }: NewKey,
): Schedule => {
  const keptKeyId = schedule.pendingChange?.['billingKeyId'];
  if (!replacedKeyIds || replacedKeyIds.includes(schedule.billingKeyId))
    return { ...(keptKeyId ? withoutKeptKey(schedule) : schedule), billingKeyId };
  return replacedKeyIds.some((id) => id === keptKeyId)
    ? { ...schedule, pendingChange: { ...schedule.pendingChange, billingKeyId } }
    : schedule;
};

/** Whether an occurrence that keeps its terms waits on a key that is replaced. */
export const waitsOnReplaced = (
  open: readonly {
    readonly charge: Pick<Charge, 'keepsTerms' | 'billingKeyId' | 'state' | 'dueAt'>;
  }[],
  { billingKeyId, replacedKeyIds }: NewKey,
  businessNow: BusinessInstant,
): boolean =>
  open.some(
    ({ charge }) =>
      charge.keepsTerms &&
      isMovable(charge, businessNow) &&
      charge.billingKeyId !== billingKeyId &&
      (!replacedKeyIds || replacedKeyIds.includes(charge.billingKeyId)),
  );
