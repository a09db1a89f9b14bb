import { classOf } from '#kernel';
import { after } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { Contributor, ServedAccount, SettledCharge } from '#charges';
import { hasten } from '#merchants';

import {
  lockMissedOnHardKeys,
  lockOnHardKeys,
  wishRevocations,
  type HardKey,
} from './registration.repository.js';
import { IN_FLIGHT_SECONDS } from './schedule.js';

/** What the provider keeps for a card that is dead for good is wished back in the commit that learns so: it would be charged at its time all
 * the same, and the card's network fines that. Taken back, it waits for its time and fails unsent, unless another card comes before. */
export class HardKeyContributor implements Contributor<HardKey> {
  contribute({ charge, to, failureCode, businessNow }: SettledCharge): readonly HardKey[] {
    if (to !== 'FAILED' || failureCode === null || classOf(failureCode) !== 'HARD') return [];
    return [{ billingKeyId: charge.billingKeyId, dueFrom: after(businessNow, IN_FLIGHT_SECONDS) }];
  }

  async write(tx: Transaction, merchantId: string, keys: readonly HardKey[]): Promise<void> {
    const registered = await lockOnHardKeys(tx, merchantId, keys);
    await wishRevocations(tx, merchantId, {
      chargeIds: registered.map(({ id }) => id),
      revocation: 'FOLLOW_SCHEDULE',
    });
    const accountIds = new Set(registered.map(({ providerAccountId }) => providerAccountId));
    await hasten(
      tx,
      [...accountIds].map((providerAccountId) => ({
        providerAccountId,
        lane: 'REGISTER',
        at: tx.now,
      })),
    );
  }
}

/** A registration is confirmed within minutes of its sending. */
const MISSED_SECONDS = 86_400;

/** A registration that was confirmed while a card's end was being written was seen by neither: it is wished back here, before its time. */
export const takeBackMissed = async (tx: Transaction, account: ServedAccount): Promise<void> => {
  const { merchantId, providerAccountId } = account;
  const businessNow = account.businessNow();
  const chargeIds = await lockMissedOnHardKeys(tx, account, {
    failedSince: after(businessNow, -MISSED_SECONDS),
    dueFrom: after(businessNow, IN_FLIGHT_SECONDS),
  });
  if (chargeIds.length === 0) return;
  await wishRevocations(tx, merchantId, { chargeIds, revocation: 'FOLLOW_SCHEDULE' });
  await hasten(tx, [{ providerAccountId, lane: 'REGISTER', at: tx.now }]);
};
