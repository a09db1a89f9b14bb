import type { ChargeQuestion, ProviderPayment, Reading } from '#providers/contract';

import { chargeRequestOf } from './charge-request.js';
import type { ServedAccount } from './dependencies.js';
import { judge, type Finding } from './look.js';
import type { LookedAt } from './look.repository.js';
import { ofThisCharge } from './of-this-charge.js';

/** Charges, each with the payments that somebody says are its: read too, and believed only as the provider shows them. */
export type Named = ReadonlyMap<string, readonly string[]>;

interface Found {
  readonly finding: Finding;
  readonly shown: readonly string[];
}

/** Everything the provider knows of a charge: by all its references, and by every payment that was ever named for it. */
export const askProvider = async (
  looked: LookedAt,
  { account, named }: { readonly account: ServedAccount; readonly named: Named },
): Promise<Found> => {
  const { provider, access } = account;
  const { charge, attempt, providerKey, bookedPaymentIds, references } = looked;
  const { providerPaymentId: knownPaymentId } = attempt;
  const question: ChargeQuestion = {
    references,
    order: chargeRequestOf(charge, attempt.providerReference, providerKey).order,
    // Those of earlier attempts too: one that failed may be paid by now, and not every provider finds it by reference.
    providerPaymentIds: idsOf(knownPaymentId, [
      ...bookedPaymentIds,
      ...(named.get(charge.id) ?? []),
    ]),
  };
  const expected = { charge, references, knownPaymentId, bookedPaymentIds };
  const attemptPaymentIds = idsOf(knownPaymentId, bookedPaymentIds);
  const ask = async (): Promise<Found> => {
    const found = await provider.findPayments(access, question);
    const reading = ofThisCharge(found, { references, attemptPaymentIds });
    return { finding: judge(reading, expected), shown: shownIn(reading) };
  };
  if (attempt.kind !== 'SCHEDULE') return ask();
  const schedule = await provider.readSchedule(access, attempt.providerReference);
  if (schedule.kind === 'UNAVAILABLE') return inconclusive(schedule.reason);
  if (schedule.kind === 'FOUND' && schedule.status === 'SCHEDULED')
    return inconclusive('the provider has not fired it yet');
  const { finding, shown } = await ask();
  const isRevoked = schedule.kind === 'FOUND' && schedule.status === 'REVOKED';
  return finding.kind === 'ABSENT' && isRevoked && attempt.isRegistered
    ? { finding: { kind: 'REVOKED' }, shown }
    : { finding, shown };
};

const idsOf = (known: string | null, others: readonly string[] = []): string[] => [
  ...new Set([...(known === null ? [] : [known]), ...others]),
];

const shownIn = (reading: Reading<{ readonly payments: readonly ProviderPayment[] }>): string[] =>
  reading.kind === 'FOUND' ? reading.payments.map((payment) => payment.providerPaymentId) : [];

const inconclusive = (reason: string): Found => ({
  finding: { kind: 'INCONCLUSIVE', reason, incidents: [] },
  shown: [],
});
