import type { ChargeRequest } from '#providers/contract';

import type { Charge } from './charge.js';

/** The charge in the provider contract's words. */
export const chargeRequestOf = (
  charge: Charge,
  reference: string,
  providerKey: string,
): ChargeRequest => ({
  providerReference: reference,
  providerKey,
  order: {
    orderId: charge.orderId,
    name: charge.orderName,
    amount: { amountMinor: charge.amountMinor, currency: charge.currency },
    items: charge.orderItems,
  },
});
