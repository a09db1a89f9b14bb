import type { Transaction } from '#platform/database';
import { moved, type ServedAccount, type Settlement, type Settler } from '#charges';
import { hasten } from '#merchants';

import { loadOccurrences, parkOccurrences, refreshOccurrences } from './occurrences.repository.js';
import { register } from './occurrence.writer.js';
import type { Registered } from './registration.repository.js';
import { findSchedules } from './schedules.repository.js';

/** An occurrence that the provider will not fire, and how that is known. */
export interface Released {
  readonly registered: Registered;
  readonly finding: { readonly evidence: Readonly<Record<string, unknown>> };
}

interface Plan {
  readonly registered: Registered;
  readonly to: 'CANCELED' | 'SKIPPED' | 'SCHEDULED';
  readonly isPaused: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
}

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
  const plans = await planRelease(tx, account.merchantId, released);
  await settler.write(tx, {
    ...account,
    leaseToken,
    now: account.now(),
    businessNow: account.businessNow(),
    settlings: plans.map((plan) => ({ loaded: plan.registered, settlement: settlementOf(plan) })),
  });
  await scheduleAgain(
    tx,
    account,
    plans.filter(({ to }) => to === 'SCHEDULED'),
  );
};

const planRelease = async (
  tx: Transaction,
  merchantId: string,
  released: readonly Released[],
): Promise<Plan[]> => {
  const scheduleIds = released.flatMap(({ registered }) => registered.charge.scheduleId ?? []);
  const schedules = await findSchedules(tx, merchantId, scheduleIds);
  const statusOf = new Map(schedules.map(({ id, status }) => [id, status]));
  return released.map(({ registered, finding }) => {
    const { revocation } = registered.registration;
    const status = statusOf.get(registered.charge.scheduleId ?? '');
    const to =
      status === 'CANCELED' || revocation === 'CANCEL'
        ? 'CANCELED'
        : revocation === 'SKIP'
          ? 'SKIPPED'
          : 'SCHEDULED';
    return { registered, to, isPaused: status === 'PAUSED', evidence: finding.evidence };
  });
};

/** A provider that refused an occurrence once is not asked to keep it again: it is sent by us at its time. */
const isRefused = ({ evidence }: Plan): boolean => 'refused' in evidence;

const scheduleAgain = async (
  tx: Transaction,
  account: ServedAccount,
  back: readonly Plan[],
): Promise<void> => {
  if (back.length === 0) return;
  const { merchantId, providerAccountId } = account;
  const idsOf = (plans: readonly Plan[]) => plans.map(({ registered }) => registered.charge.id);
  await refreshOccurrences(tx, merchantId, idsOf(back));
  await parkOccurrences(tx, merchantId, idsOf(back.filter(({ isPaused }) => isPaused)));
  const registrable = await loadOccurrences(
    tx,
    merchantId,
    idsOf(back.filter((plan) => !plan.isPaused && !isRefused(plan))),
  );
  await register(tx, account, {
    occurrences: registrable.filter(
      ({ charge, schedule }) =>
        charge.state === 'SCHEDULED' && schedule?.['execution'] === 'PROVIDER_SCHEDULED',
    ),
    cause: 'registrar: registered anew',
  });
  await hasten(tx, [{ providerAccountId, lane: 'DISPATCH', at: tx.now }]);
};

const settlementOf = (plan: Plan): Settlement => ({
  ...moved(plan.registered, plan.to, 'registrar: the provider will not fire it'),
  evidence: plan.evidence,
  attemptId: plan.registered.attempt.id,
  attempt: {
    outcome: isRefused(plan) ? 'REJECTED' : 'NOT_SENT',
    failureCode: null,
    providerCode: null,
    providerMessage: null,
    providerPaymentId: null,
    providerChargeId: null,
    capturedMinor: 0,
    answer: null,
  },
});
