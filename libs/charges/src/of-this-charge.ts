import type { ProviderPayment, Reading, SentReference } from '#providers/contract';

/** What of a reading is this charge's: a payment that somebody only named may carry another charge's reference. */
export const ofThisCharge = <Found extends Reading<{ payments: readonly ProviderPayment[] }>>(
  reading: Found,
  of: {
    readonly references: readonly SentReference[];
    readonly attemptPaymentIds: readonly string[];
  },
): Found =>
  reading.kind === 'FOUND'
    ? {
        ...reading,
        payments: reading.payments.filter(
          ({ reference, providerPaymentId }) =>
            reference === null ||
            of.references.some((sent) => sent.reference === reference) ||
            of.attemptPaymentIds.includes(providerPaymentId),
        ),
      }
    : reading;

/** Whether a payment is of the card that its reference was sent with: the charge may go on with another. What comes under no
 * reference of ours may be of any of the keys. */
export const isOfTheKey = (
  { providerKey, reference }: ProviderPayment,
  { references }: { readonly references: readonly SentReference[] },
): boolean => {
  if (providerKey === null) return true;
  const under = references.filter((sent) => sent.reference === reference);
  return (under.length > 0 ? under : references).some((sent) => sent.providerKey === providerKey);
};
