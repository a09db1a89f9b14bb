import type { Transaction } from '#platform/database';

import type { Loaded } from './loaded.repository.js';
import type { ServedAccount } from './dependencies.js';
import { skipMissed } from './missed.js';
import { putOffBeyondBudget } from './network-budget.js';
import { holdBehindOpen } from './previous-open.js';
import { refuseUnusable } from './refusal.js';
import type { Settler } from './settler.js';

/** What of the due charges may go out now, decided in the transaction that creates their attempts, whatever started them: not what cannot be
 * charged any more, not what its schedule does not catch up, not what waits for an earlier occurrence, and not what the card networks do not
 * allow yet. Each of those leaves with its reason. */
export const admit = async (
  tx: Transaction,
  due: readonly Loaded[],
  context: { readonly account: ServedAccount; readonly settler: Settler },
): Promise<Loaded[]> => {
  const usable = await refuseUnusable(tx, due, context);
  const caughtUp = await skipMissed(tx, usable, context);
  const inTurn = await holdBehindOpen(tx, caughtUp, context);
  return putOffBeyondBudget(tx, inTurn, context.account);
};
