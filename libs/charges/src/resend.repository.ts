import { after, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import type { Charge } from './charge.js';
import type { ChargesDependencies, ServedAccount } from './dependencies.js';
import { isHeld } from './hold.js';
import { readHeld } from './holds.repository.js';
import { loadToSend, lockCharges } from './loaded.repository.js';
import { obstacleTo, type Obstacle } from './refusal.js';
import { takeRetry } from './retry-budget.repository.js';

/** Why what was proved absent must wait all the same. */
export interface ResendBarrier {
  readonly reason: string;
  /** It is looked at, and tried, again then; absent: at its next look, or when the hold is released. */
  readonly nextLookAt: MachineInstant | null;
}

/** Long enough for the budget to hold a few more. */
const BUDGET_SECONDS = 30;
/** Another charge is the one by which a half-open breaker is tried: its word comes within a call. */
const PROBE_SECONDS = 5;

/** What of a charge that is proved absent forbids that it ever goes out again: while it was unclear its schedule or bulk may have been
 * canceled, or its card ended. Nothing also when another owner has it by now. */
export const resendObstacle = async (
  tx: Transaction,
  charge: Charge,
  { merchantId, leaseToken }: { readonly merchantId: string; readonly leaseToken: string },
): Promise<Obstacle | undefined> => {
  const held = await lockCharges(tx, 'c.merchant_id = $1 AND c.id = $2 AND c.lease_token = $3', [
    ...[merchantId, charge.id, leaseToken],
  ]);
  const [loaded] = await loadToSend(tx, merchantId, held);
  return loaded && obstacleTo(loaded);
};

/** Sending again is sending: a hold, an open breaker and the budget of retries stop it, and asking goes on. Where nothing else is due it is
 * by this that a half-open breaker is tried: the look before it was the read that comes first. */
export const resendBarrier = async (
  tx: Transaction,
  { scheduleId, unresolvedSince }: Charge,
  {
    account,
    dependencies: { brakes, timing },
  }: {
    readonly account: ServedAccount;
    readonly dependencies: Pick<ChargesDependencies, 'brakes' | 'timing'>;
  },
): Promise<ResendBarrier | undefined> => {
  const { providerAccountId } = account;
  if (isHeld(await readHeld(tx, account), scheduleId))
    return { reason: 'new sends are held', nextLookAt: null };
  if (brakes.allowanceOf(providerAccountId) < 1) {
    const seconds = brakes.openSecondsOf(providerAccountId) ?? PROBE_SECONDS;
    return { reason: 'the account’s breaker is open', nextLookAt: after(tx.now, seconds) };
  }
  const provedSeconds = timing.quietPeriodSeconds + timing.retryWaitSeconds;
  const isLate = after(unresolvedSince ?? tx.now, provedSeconds) <= tx.now;
  if (!(await takeRetry(tx, providerAccountId, { isLate })))
    return {
      reason: 'the account’s budget of retries is used up',
      nextLookAt: after(tx.now, BUDGET_SECONDS),
    };
  brakes.claimed(providerAccountId);
  return undefined;
};
