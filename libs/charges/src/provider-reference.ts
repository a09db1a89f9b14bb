import { createHash } from 'node:crypto';

/** 128 bits as hex: 32 characters of `[0-9a-f]`, which every channel takes and none cuts (Smartro cuts at 40). */
const LENGTH = 32;

/** The handle a provider knows an attempt by. One per (charge, billing key, amount) where the channel lets a failed reference be used again,
 * so that the provider's own guard against a second payment spans the retries; else one per attempt. Never the same for another amount: an
 * occurrence whose registration was refused may go out at a new price. */
export const providerReference = (of: {
  readonly chargeId: string;
  readonly billingKeyId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly attemptNumber: number;
  readonly isReusable: boolean;
}): string =>
  createHash('sha256')
    .update(
      [
        ...[of.chargeId, of.billingKeyId, of.amountMinor, of.currency],
        of.isReusable ? '' : of.attemptNumber,
      ].join('|'),
    )
    .digest('hex')
    .slice(0, LENGTH);
