import type { Transaction } from '#platform/database';
import { moved, type ServedAccount, type Settlement, type Settler } from '#charges';

import { follow } from './occurrence.follower.js';
import { loadOccurrences } from './occurrences.repository.js';
import type { Revocation } from './registration.js';
import type { Registered } from './registration.repository.js';
import { completeSchedules, lockSchedules } from './schedules.repository.js';
import type { Schedule } from './schedule.js';

/** An occurrence that the provider will not fire, and how that is known. */
export interface Released {
  readonly registered: Registered;
  readonly finding: { readonly evidence: Readonly<Record<string, unknown>> };
}

type Target = 'CANCELED' | 'SKIPPED' | 'SCHEDULED';

/** What their schedule says now holds: canceled, waiting while it is paused, or due at their time, registered anew where there is time
 * for it. */
export const release = async (
  tx: Transaction,
  released: readonly Released[],
  context: {
    readonly account: ServedAccount;
    readonly leaseToken: string;
    readonly settler: Settler;
  },
): Promise<void> => {
  if (released.length === 0) return;
  const { account, leaseToken, settler } = context;
  const { merchantId } = account;
  const scheduleIds = released.flatMap(({ registered }) => registered.charge.scheduleId ?? []);
  const chargeIds = released.map(({ registered }) => registered.charge.id);
  const wishes = await lockWishes(tx, merchantId, chargeIds);
  const schedules = await lockSchedules(tx, merchantId, scheduleIds);
  await settler.write(tx, {
    ...account,
    leaseToken,
    now: account.now(),
    businessNow: account.businessNow(),
    settlings: released.map((one) => ({
      loaded: one.registered,
      settlement: settlementOf(one, targetOf(one, { schedules, wishes })),
    })),
  });
  const now = await loadOccurrences(tx, merchantId, chargeIds);
  await follow(tx, account, {
    schedules,
    occurrences: now.filter(({ charge }) => charge.state === 'SCHEDULED'),
    // A provider that refused an occurrence once is not asked to keep it again: it is sent by us at its time.
    unregistrable: new Set(
      released.filter(isRefused).map(({ registered }) => registered.charge.id),
    ),
    cause: 'registrar: the provider will not fire it',
  });
  // Of a schedule that was shortened this may have been the last.
  await completeSchedules(tx, merchantId, { ids: scheduleIds, at: account.businessNow() });
};

/** Charges before schedules, as everybody locks them. Answers what is wished of each by now: one may have been wished back while we spoke
 * to the provider. */
const lockWishes = async (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Revocation | null>> => {
  const rows = await tx.query<{ id: string; revocation: Revocation | null }>(
    `SELECT id, revocation FROM charges WHERE merchant_id = $1 AND id = ANY($2)
     ORDER BY id FOR UPDATE`,
    [merchantId, ids],
  );
  return new Map(rows.map(({ id, revocation }) => [id, revocation]));
};

const targetOf = (
  { registered: { charge } }: Released,
  now: {
    readonly schedules: readonly Schedule[];
    readonly wishes: ReadonlyMap<string, Revocation | null>;
  },
): Target => {
  const revocation = now.wishes.get(charge.id);
  const schedule = now.schedules.find(({ id }) => id === charge.scheduleId);
  if (schedule?.status === 'CANCELED' || revocation === 'CANCEL') return 'CANCELED';
  return revocation === 'SKIP' ? 'SKIPPED' : 'SCHEDULED';
};

const isRefused = ({ finding }: Released): boolean => 'refused' in finding.evidence;

const settlementOf = (released: Released, to: Target): Settlement => ({
  ...moved(
    released.registered,
    to,
    to === 'SKIPPED'
      ? 'registrar: someone asked for it, and the provider will not fire it'
      : 'registrar: the provider will not fire it',
  ),
  evidence: released.finding.evidence,
  attemptId: released.registered.attempt.id,
  attempt: {
    outcome: isRefused(released) ? 'REJECTED' : 'NOT_SENT',
    failureCode: null,
    providerCode: null,
    providerMessage: null,
    providerPaymentId: null,
    providerChargeId: null,
    capturedMinor: 0,
    answer: null,
  },
});
