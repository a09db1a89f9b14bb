import { after, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import type { Charge } from './charge.js';
import type { ChargesDependencies, ServedAccount } from './dependencies.js';
import { isHeld } from './hold.js';
import { readHeld } from './holds.repository.js';
import { takeRetry } from './retry-budget.repository.js';

/** Why what was proved absent must wait all the same. */
export interface ResendBarrier {
  readonly reason: string;
  /** It is looked at, and tried, again then; absent: at its next look, or when the hold is released. */
  readonly nextLookAt: MachineInstant | null;
}

/** Long enough for the budget to hold one more, or for a breaker to have closed. */
const TRY_AGAIN_SECONDS = 30;

/** Sending again is sending: a hold, an open breaker and the budget of retries stop it, and asking goes on. */
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
  const nextLookAt = after(tx.now, TRY_AGAIN_SECONDS);
  if (isHeld(await readHeld(tx, account), scheduleId))
    return { reason: 'new sends are held', nextLookAt: null };
  if (brakes.isBarred(providerAccountId, false))
    return { reason: 'the account’s breaker is open', nextLookAt };
  const provedSeconds = timing.quietPeriodSeconds + timing.retryWaitSeconds;
  const isLate = after(unresolvedSince ?? tx.now, provedSeconds) <= tx.now;
  return (await takeRetry(tx, providerAccountId, { isLate }))
    ? undefined
    : { reason: 'the account’s budget of retries is used up', nextLookAt };
};
