import type { Transaction } from '#platform/database';
import type { BusinessInstant } from '#platform/clock';
import { allowanceOf, lockDeclineRuns, type DeclineRun } from '#dunning';
import { recordEvents } from '#events';

import type { Charge } from './charge.js';
import type { Loaded } from './loaded.repository.js';
import type { ServedAccount } from './dependencies.js';

interface PutOff {
  readonly charge: Charge;
  readonly opensAt: Date;
  readonly reason: string;
}

/** Holds what is tried again against the card networks' limits, whatever started it, in the transaction that creates the attempts: what
 * would go beyond waits for the next slot. Answers the others. A first attempt of a new order is not counted against them. */
export const putOffBeyondBudget = async (
  tx: Transaction,
  due: readonly Loaded[],
  account: ServedAccount,
): Promise<Loaded[]> => {
  const again = due.filter(({ charge }) => charge.failureCode !== null);
  if (again.length === 0) return [...due];
  const businessNow = account.businessNow();
  const runs = await lockDeclineRuns(tx, account.merchantId, {
    payments: again.map(({ charge }) => charge),
    ...{ at: businessNow, isWaiting: false },
  });
  const decided = again.map((loaded, place) => ({ loaded, run: runs[place] }));
  const putOff = beyondBudget(decided, businessNow);
  await writePutOff(tx, putOff, account);
  // Of a key that somebody else decides about, the charge is claimed a moment later.
  const left = decided.filter(({ run }) => !run).map(({ loaded }) => loaded.charge.id);
  const waiting = new Set([...left, ...putOff.map(({ charge }) => charge.id)]);
  return due.filter(({ charge }) => !waiting.has(charge.id));
};

/** In the order given, each counting those before it on the same payment as under way. */
const beyondBudget = (
  decided: readonly { readonly loaded: Loaded; readonly run: DeclineRun | undefined }[],
  at: BusinessInstant,
): PutOff[] => {
  const taken = new Map<string, number>();
  const putOff: PutOff[] = [];
  for (const { loaded, run } of decided) {
    if (!run) continue;
    const { charge } = loaded;
    const payment = `${charge.billingKeyId} ${charge.amountMinor} ${charge.currency}`;
    const beside = taken.get(payment) ?? 0;
    const allowance = allowanceOf({ ...run, underWay: run.underWay + beside }, at);
    if (allowance.allowed) taken.set(payment, beside + 1);
    else putOff.push({ charge, ...allowance });
  }
  return putOff;
};

const writePutOff = async (
  tx: Transaction,
  putOff: readonly PutOff[],
  { merchantId, businessNow }: ServedAccount,
): Promise<void> => {
  if (putOff.length === 0) return;
  await tx.query(
    `UPDATE charges c SET send_at = r.send_at, retry_reason = r.reason
     FROM json_to_recordset($2::json) AS r (id uuid, send_at timestamptz, reason text)
     WHERE c.merchant_id = $1 AND c.id = r.id`,
    [
      merchantId,
      JSON.stringify(
        putOff.map(({ charge, opensAt, reason }) => ({ id: charge.id, send_at: opensAt, reason })),
      ),
    ],
  );
  const at = businessNow();
  await recordEvents(
    tx,
    merchantId,
    putOff.map(({ charge, opensAt, reason }) => ({
      type: 'charge.retry_put_off',
      subjectId: charge.id,
      data: { orderId: charge.orderId, nextAttemptAt: opensAt, retryReason: reason },
      at,
    })),
  );
};
