import type { ServedAccount } from '#charges';
import { recordEvents } from '#events';
import type { Transaction } from '#platform/database';

import { isDecided } from './bulk-charge.js';
import {
  findBulkCharges,
  hasUnsentItems,
  listOpenBulks,
  moveBulkCharge,
} from './bulk-charges.repository.js';

/** Writes down which bulks of the account are over; answers whether any is not. */
export const closeDecidedBulks = async (
  tx: Transaction,
  account: ServedAccount,
): Promise<boolean> => {
  const { merchantId, providerAccountId } = account;
  const open = await listOpenBulks(tx, merchantId, providerAccountId);
  const views = await findBulkCharges(tx, merchantId, { ids: open.map(({ id }) => id) });
  let isAnyOpen = false;
  for (const { id, status, counts, externalId } of views) {
    const at = account.businessNow();
    if (isDecided(counts)) {
      await moveBulkCharge(tx, merchantId, { id, from: [status], to: 'COMPLETED', at });
      const data = { externalId, ...counts };
      await recordEvents(tx, merchantId, [
        { type: 'bulk_charge.completed', subjectId: id, data, at },
      ]);
      continue;
    }
    isAnyOpen = true;
    if (status === 'SUBMITTING' && !(await hasUnsentItems(tx, merchantId, id)))
      await moveBulkCharge(tx, merchantId, { id, from: [status], to: 'PROCESSING', at });
  }
  return isAnyOpen;
};
