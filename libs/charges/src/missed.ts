import { businessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import type { Loaded } from './loaded.repository.js';
import type { ServedAccount } from './dependencies.js';
import { missedReason, type CatchUp } from './downtime.js';
import { readDowntimes, readNextDues } from './downtimes.repository.js';
import { settleUnsent } from './refusal.js';
import { moved } from './settlement.js';
import type { Settler } from './settler.js';

const catchUpOf = ({ schedule }: Loaded): CatchUp =>
  (schedule?.['catch_up'] as CatchUp | undefined) ?? 'ALL';

/** Occurrences that fell due while nothing ran, and that their schedule does not catch up, are skipped, each with the reason. Answers the
 * others. */
export const skipMissed = async (
  tx: Transaction,
  due: readonly Loaded[],
  context: { readonly account: ServedAccount; readonly settler: Settler },
): Promise<Loaded[]> => {
  const choosy = due.filter(
    (loaded) => loaded.charge.state === 'SCHEDULED' && catchUpOf(loaded) !== 'ALL',
  );
  if (choosy.length === 0) return [...due];
  const { account } = context;
  const oldest = Math.min(...choosy.map(({ charge }) => charge.dueAt.getTime()));
  const downtimes = await readDowntimes(tx, account, businessInstant(oldest));
  if (downtimes.length === 0) return [...due];
  const ids = choosy.map(({ charge }) => charge.id);
  const nextDues = await readNextDues(tx, account.merchantId, ids);
  const settlings = choosy.flatMap((loaded) => {
    const { id, dueAt } = loaded.charge;
    const nextDueAt = nextDues.get(id) ?? null;
    const reason = missedReason({ dueAt, nextDueAt }, catchUpOf(loaded), downtimes);
    return reason
      ? [{ loaded, settlement: moved(loaded, 'SKIPPED', `dispatcher: ${reason}`) }]
      : [];
  });
  await settleUnsent(tx, settlings, context);
  const skipped = new Set(settlings.map(({ loaded }) => loaded.charge.id));
  return due.filter(({ charge }) => !skipped.has(charge.id));
};
