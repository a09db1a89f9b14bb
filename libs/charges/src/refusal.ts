import { newId, type FailureCode } from '#kernel';
import type { Transaction } from '#platform/database';

import type { Loaded } from './loaded.repository.js';
import type { ServedAccount } from './dependencies.js';
import { policyOf } from './policy.js';
import { moved, type Settlement } from './settlement.js';
import { quarantined } from './quarantine.js';
import type { Settler, Settling } from './settler.js';

/** Charges whose key can no longer be used fail before any send, without an attempt, in the claiming transaction; what came back to a bulk
 * or a schedule that was canceled meanwhile is canceled too. Answers the others. */
export const refuseUnusable = async (
  tx: Transaction,
  due: readonly Loaded[],
  { account, settler }: { readonly account: ServedAccount; readonly settler: Settler },
): Promise<Loaded[]> => {
  const settlings = due.flatMap((loaded) => {
    const obstacle = obstacleTo(loaded);
    return obstacle ? [{ loaded, settlement: refusalOf(loaded, obstacle) }] : [];
  });
  await settleUnsent(tx, settlings, { account, settler });
  return due.filter((loaded) => obstacleTo(loaded) === undefined);
};

/** Why nothing more may be sent of a charge. */
export interface Obstacle {
  readonly why: string;
  /** What it fails with; absent: it is canceled. */
  readonly failureCode: FailureCode | null;
}

/** Whoever sends asks, the first time and again: nothing when it may go out. */
export const obstacleTo = (
  loaded: Pick<Loaded, 'bulkStatus' | 'schedule' | 'keyStatus' | 'keyHardFailureCode'>,
): Obstacle | undefined => {
  const { bulkStatus, schedule, keyStatus, keyHardFailureCode } = loaded;
  if (bulkStatus === 'CANCELED') return { why: 'its bulk is canceled', failureCode: null };
  if (schedule?.['status'] === 'CANCELED')
    return { why: 'its schedule is canceled', failureCode: null };
  if (keyStatus !== 'ACTIVE')
    return { why: `the billing key is ${keyStatus}`, failureCode: 'KEY_NOT_FOUND' };
  if (keyHardFailureCode === null) return undefined;
  return {
    why: `an earlier charge on this card was answered ${keyHardFailureCode}`,
    failureCode: keyHardFailureCode,
  };
};

/** Charges that do not go out after all, in the transaction that holds their rows. */
export const settleUnsent = async (
  tx: Transaction,
  settlings: readonly Settling[],
  { account, settler }: { readonly account: ServedAccount; readonly settler: Settler },
): Promise<void> => {
  if (settlings.length === 0) return;
  const leaseToken = newId();
  await tx.query(`UPDATE charges SET lease_token = $3 WHERE merchant_id = $1 AND id = ANY($2)`, [
    account.merchantId,
    settlings.map(({ loaded }) => loaded.charge.id),
    leaseToken,
  ]);
  await settler.write(tx, {
    ...account,
    ...{ leaseToken, settlings },
    now: account.now(),
    businessNow: account.businessNow(),
  });
};

/** What each charge is to be sent as. One that cannot even be described is set aside, alone: it would be the end of every batch it is in. */
export const describeEach = async <Described>(
  tx: Transaction,
  due: readonly Loaded[],
  context: {
    readonly account: ServedAccount;
    readonly settler: Settler;
    readonly describe: (loaded: Loaded) => Described;
  },
): Promise<Described[]> => {
  const { account, describe } = context;
  const described: Described[] = [];
  const settlings: Settling[] = [];
  for (const loaded of due) {
    try {
      described.push(describe(loaded));
    } catch (error) {
      const settlement = quarantined(loaded.charge, {
        now: account.now(),
        businessNow: account.businessNow(),
        cause: 'dispatcher: quarantined, its request could not be described',
        detail: { reason: error instanceof Error ? error.message : String(error) },
      });
      settlings.push({ loaded, settlement });
    }
  }
  await settleUnsent(tx, settlings, context);
  return described;
};

const refusalOf = (loaded: Loaded, { why, failureCode }: Obstacle): Settlement => {
  if (failureCode === null) return moved(loaded, 'CANCELED', `dispatcher: ${why}`);
  const { keyStatus, keyHardFailureCode } = loaded;
  const policy = policyOf(loaded);
  return {
    ...moved(loaded, 'FAILED', 'dispatcher: refused before any send'),
    evidence: { billingKeyStatus: keyStatus, keyHardFailureCode },
    failure: { failureCode, providerCode: null, providerMessage: why },
    retry: {
      reason: `not sent: ${why}`,
      policyVersion: policy.version,
      atEnd: keyHardFailureCode === null ? 'GO_ON' : policy.atEnd,
    },
  };
};
