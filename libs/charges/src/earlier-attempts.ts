import type { Outcome } from '#providers/contract';

import type { EarlierAttempts, Loaded } from './loaded.repository.js';
import { chargeRequestOf } from './charge-request.js';
import type { ServedAccount } from './dependencies.js';
import { judge, type Finding } from './look.js';
import type { NewIncident } from './settlement.js';

/** Instead of sending: what to make of what was found. */
export interface Forestalled {
  readonly outcome: Outcome;
  readonly incidents: readonly NewIncident[];
}

/** Before a charge goes out again, everything it was ever known by is asked about: a payment that failed can be captured later, and the
 * retry would then be the second. Answers nothing when it may be sent. */
export const askAboutEarlier = async (
  { charge, providerKey }: Loaded,
  earlier: EarlierAttempts,
  { provider, access }: ServedAccount,
): Promise<Forestalled | undefined> => {
  const reading = await provider.findPayments(access, {
    references: earlier.references,
    providerPaymentIds: earlier.paymentIds,
    order: chargeRequestOf(charge, '', providerKey).order,
  });
  return forestalledBy(
    judge(reading, {
      ...{ charge, references: earlier.references, knownPaymentId: null },
      bookedPaymentIds: earlier.paymentIds,
    }),
  );
};

export const forestalledBy = (finding: Finding): Forestalled | undefined => {
  switch (finding.kind) {
    case 'VERDICT':
      return finding.outcome.kind === 'SUCCEEDED'
        ? { outcome: finding.outcome, incidents: lateOnce(finding) }
        : undefined;
    case 'PENDING':
      return { outcome: finding.outcome, incidents: [] };
    case 'ABSENT':
    case 'REVOKED':
      return undefined;
    case 'INCONCLUSIVE':
      return {
        outcome:
          finding.incidents.length > 0
            ? { kind: 'UNKNOWN', reason: finding.reason }
            : { kind: 'NOT_SENT', reason: `earlier attempts: ${finding.reason}` },
        incidents: finding.incidents,
      };
  }
};

const lateOnce = ({
  outcome,
  incidents,
}: Extract<Finding, { kind: 'VERDICT' }>): readonly NewIncident[] => {
  if (outcome.kind !== 'SUCCEEDED' || incidents.some(({ kind }) => kind === 'LATE_SUCCESS'))
    return incidents;
  const { providerPaymentId } = outcome;
  return [
    { kind: 'LATE_SUCCESS', detail: { providerPaymentId, found: 'before a retry' } },
    ...incidents,
  ];
};
