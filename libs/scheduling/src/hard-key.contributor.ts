import { classOf } from '#kernel';
import { after } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { Contributor, SettledCharge } from '#charges';
import { hasten } from '#merchants';

import { lockOnHardKeys, wishRevocations, type HardKey } from './registration.repository.js';
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
