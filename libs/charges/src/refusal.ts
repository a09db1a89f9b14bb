import { newId } from '#kernel';
import type { Transaction } from '#platform/database';

import type { Loaded } from './claim.repository.js';
import type { ServedAccount } from './dependencies.js';
import { moved, type Settlement } from './settlement.js';
import type { Settler } from './settler.js';

/** Charges whose key can no longer be used fail before any send, without an attempt, in the claiming transaction; what came back to a bulk
 * or a schedule that was canceled meanwhile is canceled too. Answers the others. */
export const refuseUnusable = async (
  tx: Transaction,
  due: readonly Loaded[],
  { account, settler }: { readonly account: ServedAccount; readonly settler: Settler },
): Promise<Loaded[]> => {
  const refused = due.filter((loaded) => !isUsable(loaded));
  if (refused.length > 0) {
    const leaseToken = newId();
    await tx.query(`UPDATE charges SET lease_token = $3 WHERE merchant_id = $1 AND id = ANY($2)`, [
      account.merchantId,
      refused.map(({ charge }) => charge.id),
      leaseToken,
    ]);
    await settler.write(tx, {
      ...account,
      leaseToken,
      now: account.now(),
      businessNow: account.businessNow(),
      settlings: refused.map((loaded) => ({ loaded, settlement: refusalOf(loaded) })),
    });
  }
  return due.filter(isUsable);
};

const isUsable = (loaded: Loaded): boolean =>
  loaded.keyStatus === 'ACTIVE' && canceledOwner(loaded) === undefined;

const canceledOwner = ({ bulkStatus, schedule }: Loaded): 'bulk' | 'schedule' | undefined => {
  if (bulkStatus === 'CANCELED') return 'bulk';
  return schedule?.['status'] === 'CANCELED' ? 'schedule' : undefined;
};

const refusalOf = (loaded: Loaded): Settlement =>
  canceledOwner(loaded)
    ? moved(loaded, 'CANCELED', `dispatcher: its ${canceledOwner(loaded)} is canceled`)
    : {
        ...moved(loaded, 'FAILED', 'dispatcher: refused before any send'),
        evidence: { billingKeyStatus: loaded.keyStatus },
        failure: {
          failureCode: 'KEY_NOT_FOUND',
          providerCode: null,
          providerMessage: `the billing key is ${loaded.keyStatus}`,
        },
      };
