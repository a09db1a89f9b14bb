import type { Transaction } from '#platform/database';
import { keysetOf, sliceOf, type Page, type Slice } from '#platform/paging';

import type { Schedule, ScheduleStatus } from './schedule.js';
import { SCHEDULE_COLUMNS } from './schedules.repository.js';

export interface ScheduleFilter {
  readonly statuses?: readonly ScheduleStatus[] | null;
  readonly billingKeyId?: string | null;
  readonly providerAccountId?: string | null;
  readonly orderId?: string | null;
  readonly externalId?: string | null;
}

export const listSchedules = async (
  tx: Transaction,
  merchantId: string,
  { filter, page }: { readonly filter: ScheduleFilter; readonly page: Page },
): Promise<Slice<Schedule>> => {
  const parameters: unknown[] = [merchantId];
  const candidates: [string, unknown][] = [
    ['s.status = ANY(?)', filter.statuses],
    ['s.billing_key_id = ?', filter.billingKeyId],
    ['s.provider_account_id = ?', filter.providerAccountId],
    ['s.order_id = ?', filter.orderId],
    ['s.external_id = ?', filter.externalId],
  ];
  const conditions = candidates
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([condition, value]) => {
      parameters.push(value);
      return ` AND ${condition.replace('?', `$${parameters.length}`)}`;
    });
  const keyset = keysetOf(page, {
    column: 's.id',
    type: 'uuid',
    direction: 'DESC',
    firstParameter: parameters.length + 1,
  });
  const rows = await tx.query<Schedule>(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedules s
     WHERE s.merchant_id = $1${conditions.join('')}${keyset.where}${keyset.tail}`,
    [...parameters, ...keyset.parameters],
  );
  return sliceOf(rows, page);
};
