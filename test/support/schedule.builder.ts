import { businessInstant } from '#platform/clock';
import type { Schedule } from '#scheduling';

const at = (text: string) => businessInstant(text);

/** Monthly from 31 January 2028, 09:00 UTC; the second occurrence comes next. */
export const scheduleOf = (more: Partial<Schedule> = {}): Schedule => ({
  ...{ id: 'schedule', providerAccountId: 'account', billingKeyId: 'key', externalId: null },
  ...{
    orderId: 'coffee',
    orderName: 'Coffee',
    orderItems: [],
    amountMinor: 9_900,
    currency: 'KRW',
  },
  recurrence: { every: 1, unit: 'MONTH', timeZone: 'UTC' },
  ...{ startAt: at('2028-01-31T09:00:00Z'), endAt: null, maxOccurrences: null },
  ...{ execution: 'SERVICE_DISPATCHED', retryPolicyId: null, status: 'ACTIVE' },
  ...{ nextNumber: 2, nextDueAt: at('2028-02-29T09:00:00Z') },
  ...{ anchorAt: at('2028-01-31T09:00:00Z'), anchorNumber: 1 },
  ...{ skippedPauses: [], skipDueBefore: null, pausedAt: null },
  ...{ firstAmountMinor: null, catchUp: 'ALL', whenPreviousOpen: 'CHARGE' },
  ...{ cancelAt: null, pendingChange: null, pendingChangeAt: null },
  ...{ pauseReason: null, version: 1, requestHash: '' },
  ...{ createdAt: at('2028-01-01T00:00:00Z'), updatedAt: at('2028-01-01T00:00:00Z') },
  ...more,
});
