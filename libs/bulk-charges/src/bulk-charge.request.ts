import { newId } from '#kernel';
import type { NewCharge } from '#charges';
import { refusal, type ProviderAccount } from '#merchants';

import { INLINE_ITEMS_MAX, type BulkItem, type BulkRefusal } from './bulk-items.check.js';

export interface CreateBulkCharge {
  readonly providerAccountId: string | undefined;
  readonly externalId: string;
  readonly items: readonly BulkItem[];
  /** False: a draft; nothing is charged until it is submitted. */
  readonly submit: boolean;
  readonly retryPolicyId?: string | null;
  /** Of the input as sent. */
  readonly requestHash: string;
}

/** Long enough for any system's key, short enough for an index. */
const EXTERNAL_ID_MAX = 255;

/** What is wrong with the request before any of its items is looked at. */
export const checkShape = ({ externalId, items }: CreateBulkCharge): BulkRefusal[] => {
  const refusals: BulkRefusal[] = [];
  if (externalId.trim() === '' || externalId.length > EXTERNAL_ID_MAX)
    refusals.push(
      refusal('INVALID_INPUT', ['externalId'], `expected 1–${EXTERNAL_ID_MAX} characters`),
    );
  if (items.length === 0)
    refusals.push(refusal('INVALID_ITEMS', ['items'], 'expected at least one item, found none'));
  if (items.length > INLINE_ITEMS_MAX)
    refusals.push(
      refusal(
        'TOO_MANY_ITEMS',
        ['items'],
        `expected at most ${INLINE_ITEMS_MAX} items inline, found ${items.length}`,
      ),
    );
  return refusals;
};

export const chargeOf = (
  { billingKeyId, order }: BulkItem,
  of: {
    id: string;
    index: number;
    request: CreateBulkCharge;
    account: ProviderAccount;
    at: NewCharge['dueAt'];
  },
): NewCharge => ({
  id: newId(),
  providerAccountId: of.account.id,
  billingKeyId: billingKeyId ?? '',
  orderId: order.orderId,
  orderName: order.name,
  orderItems: order.items,
  ...order.amount,
  origin: 'BULK',
  bulkChargeId: of.id,
  bulkLine: of.index + 1,
  retryPolicyId: of.request.retryPolicyId ?? null,
  isRetryOff: !of.request.retryPolicyId,
  dueAt: of.at,
  cause: 'api: createBulkCharge',
});
