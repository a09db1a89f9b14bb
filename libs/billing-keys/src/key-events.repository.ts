import { businessTimeOf } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { recordEvents } from '#events';

import type { BillingKey } from './billing-key.js';
import type { KeyContext } from './billing-keys.repository.js';

/** Tells the merchant of a key, in the transaction that changed it. */
export const recordKeyEvent = (
  tx: Transaction,
  type: 'billing_key.active' | 'billing_key.deleted',
  { billingKey, context }: { readonly billingKey: BillingKey; readonly context: KeyContext },
): Promise<void> =>
  recordEvents(tx, context.merchantId, [
    {
      type,
      subjectId: billingKey.id,
      data: { customerRef: billingKey.customerRef, status: billingKey.status },
      at: businessTimeOf(tx.now, context.clockOffsetMs),
    },
  ]);
