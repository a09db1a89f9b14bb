import { hastenAll } from '#merchants';
import type { House } from './house.js';

/**
 * As if so many seconds had gone by for everything that is under way: what is counted from a moment
 * lies that much further back. Unlike shortened constants it lets a test live through the default
 * ones, and nothing waits.
 */
export const passSeconds = async (
  { platform: { database }, merchant }: House,
  seconds: number,
): Promise<void> => {
  await database.withMerchant(merchant.id, async (tx) => {
    await tx.query(
      `UPDATE charges SET
         send_at = send_at - make_interval(secs => $2),
         lease_until = lease_until - make_interval(secs => $2),
         next_look_at = next_look_at - make_interval(secs => $2),
         unresolved_since = unresolved_since - make_interval(secs => $2),
         first_absent_at = first_absent_at - make_interval(secs => $2)
       WHERE merchant_id = $1 AND state IN
         ('SCHEDULED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW', 'RETRY_SCHEDULED')`,
      [merchant.id, seconds],
    );
    await tx.query(
      `UPDATE refunds SET
         lease_until = lease_until - make_interval(secs => $2),
         next_look_at = next_look_at - make_interval(secs => $2),
         sent_at = sent_at - make_interval(secs => $2)
       WHERE merchant_id = $1 AND status IN ('PENDING', 'UNKNOWN')`,
      [merchant.id, seconds],
    );
    await tx.query(
      `UPDATE provider_operations SET
         lease_until = lease_until - make_interval(secs => $2),
         next_poll_at = next_poll_at - make_interval(secs => $2)
       WHERE merchant_id = $1 AND state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED')`,
      [merchant.id, seconds],
    );
  });
  await hastenAll(database);
};

/** Lets these many seconds pass, one after the other, and what falls due after each be done. */
export const live = async (house: House, ...waits: readonly number[]): Promise<void> => {
  for (const seconds of waits) {
    await passSeconds(house, seconds);
    await house.worker.runUntilIdle();
  }
};
