import { newId } from '#kernel';
import type { Transaction } from '#platform/database';
import {
  LOADED_COLUMNS,
  LOADED_FROM,
  load,
  moved,
  openAccount,
  type ChargesDependencies,
  type LoadedRow,
} from '#charges';

import type { BulkChargeView } from './bulk-charge.js';

/** What canceling items needs of the door. */
export type ItemCanceler = Pick<ChargesDependencies, 'providers' | 'accounts' | 'settler'>;

/** Cancels the items that were not sent; one that is in flight is followed home. */
export const cancelUnsentItems = async (
  tx: Transaction,
  canceler: ItemCanceler,
  { merchantId, bulk }: { readonly merchantId: string; readonly bulk: BulkChargeView },
): Promise<void> => {
  const rows = await tx.query<LoadedRow>(
    `SELECT ${LOADED_COLUMNS} ${LOADED_FROM}
     WHERE c.merchant_id = $1 AND c.bulk_charge_id = $2
       AND c.state IN ('SCHEDULED', 'RETRY_SCHEDULED') FOR UPDATE OF c SKIP LOCKED`,
    [merchantId, bulk.id],
  );
  if (rows.length === 0) return;
  const leaseToken = newId();
  await tx.query('UPDATE charges SET lease_token = $3 WHERE merchant_id = $1 AND id = ANY($2)', [
    merchantId,
    rows.map(({ id }) => id),
    leaseToken,
  ]);
  const account = await openAccount(tx, canceler, { merchantId, ...bulk });
  await canceler.settler.write(tx, {
    ...account,
    leaseToken,
    now: account.now(),
    businessNow: account.businessNow(),
    settlings: rows.map((row) => {
      const loaded = load(row);
      return { loaded, settlement: moved(loaded, 'CANCELED', 'bulk: canceled') };
    }),
  });
};
