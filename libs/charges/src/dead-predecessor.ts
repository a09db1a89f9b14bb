import type { Database } from '#platform/database';
import { hastenAll, merchantsWithAccounts } from '#merchants';

/** The process that held these leases is proved dead: they end now, and what it had under way is asked about at once. */
export const endLeases = async (database: Database): Promise<void> => {
  for (const merchantId of await merchantsWithAccounts(database))
    await database.withMerchant(merchantId, async (tx) => {
      await tx.query(
        `UPDATE charges SET lease_until = $2,
           next_look_at = CASE WHEN next_look_at IS NULL THEN NULL ELSE $2::timestamptz END
         WHERE merchant_id = $1 AND lease_until > $2
           AND state IN ('REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')`,
        [merchantId, tx.now],
      );
      await tx.query(
        `UPDATE refunds SET lease_until = $2, next_look_at = $2
         WHERE merchant_id = $1 AND lease_until > $2 AND status IN ('PENDING', 'UNKNOWN')`,
        [merchantId, tx.now],
      );
      await tx.query(
        `UPDATE provider_operations SET lease_until = $2, next_poll_at = $2
         WHERE merchant_id = $1 AND lease_until > $2 AND state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED')`,
        [merchantId, tx.now],
      );
    });
  await hastenAll(database);
};
