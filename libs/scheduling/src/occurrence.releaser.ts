import type { Transaction } from '#platform/database';
import { moved, type ServedAccount, type Settlement, type Settler } from '#charges';

import { follow } from './occurrence.follower.js';
import { loadOccurrences } from './occurrences.repository.js';
import type { Registered } from './registration.repository.js';
import { lockSchedules } from './schedules.repository.js';
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
  await lockCharges(tx, merchantId, chargeIds);
  const schedules = await lockSchedules(tx, merchantId, scheduleIds);
  await settler.write(tx, {
    ...account,
    leaseToken,
    now: account.now(),
    businessNow: account.businessNow(),
    settlings: released.map((one) => ({
      loaded: one.registered,
      settlement: settlementOf(one, targetOf(one, schedules)),
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
};

/** Charges before schedules, as everybody locks them. */
const lockCharges = async (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<void> => {
  await tx.query(
    'SELECT id FROM charges WHERE merchant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE',
    [merchantId, ids],
  );
};

const targetOf = ({ registered }: Released, schedules: readonly Schedule[]): Target => {
  const { revocation } = registered.registration;
  const schedule = schedules.find(({ id }) => id === registered.charge.scheduleId);
  if (schedule?.status === 'CANCELED' || revocation === 'CANCEL') return 'CANCELED';
  return revocation === 'SKIP' ? 'SKIPPED' : 'SCHEDULED';
};

const isRefused = ({ finding }: Released): boolean => 'refused' in finding.evidence;

const settlementOf = (released: Released, to: Target): Settlement => ({
  ...moved(released.registered, to, 'registrar: the provider will not fire it'),
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
