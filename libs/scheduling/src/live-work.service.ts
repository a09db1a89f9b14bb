import type { Database, Transaction } from '#platform/database';

import { SCHEDULES_ON_KEYS } from './card-change.repository.js';
import type { ScheduleRefusal } from './schedule-check.js';
import type { ScheduleCommands } from './schedule-commands.service.js';

/** What lives on a billing key. */
export interface LiveWorkCount {
  readonly schedules: number;
  readonly charges: number;
}

/** What of it could not be ended yet: the provider may be charging it, or has not said yet that it will not. */
export interface LiveWorkLeft {
  readonly refusals: readonly ScheduleRefusal[];
  readonly orderIds: readonly string[];
}

/** Counted in the transaction that asks, which holds the key. */
export const countLiveWork = async (
  tx: Transaction,
  merchantId: string,
  billingKeyId: string,
): Promise<LiveWorkCount> => {
  const [count] = await tx.query<LiveWorkCount>(
    `SELECT
       (SELECT count(*)::int FROM schedules WHERE merchant_id = $1 AND status = 'ACTIVE'
          AND id IN (${SCHEDULES_ON_KEYS})) AS schedules,
       (SELECT count(*)::int FROM charges WHERE merchant_id = $1 AND billing_key_id = ANY($2)
          AND state IN ('REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')
        OR merchant_id = $1 AND billing_key_id = ANY($2) AND schedule_id IS NULL
          AND state IN ('SCHEDULED', 'RETRY_SCHEDULED')) AS charges`,
    [merchantId, [billingKeyId]],
  );
  return count ?? { schedules: 0, charges: 0 };
};

/** Ends what schedules have living on a billing key, before the key itself ends. */
export class LiveWork {
  constructor(
    private readonly database: Database,
    private readonly commands: ScheduleCommands,
  ) {}

  count(merchantId: string, billingKeyId: string): Promise<LiveWorkCount> {
    return this.database.withMerchant(merchantId, (tx) =>
      countLiveWork(tx, merchantId, billingKeyId),
    );
  }

  /** Cancels or pauses every schedule on the key; what is registered is taken back from the provider first. Answers what is left: only
   * when that is nothing may the key be deleted. */
  async endSchedules(
    merchantId: string,
    billingKeyId: string,
    how: 'CANCEL' | 'PAUSE',
  ): Promise<LiveWorkLeft> {
    const statuses = how === 'CANCEL' ? ['ACTIVE', 'PAUSED'] : ['ACTIVE'];
    const schedules = await this.database.withMerchant(merchantId, (tx) =>
      tx.query<{ id: string }>(
        `SELECT id FROM schedules WHERE merchant_id = $1 AND id IN (${SCHEDULES_ON_KEYS})
           AND status = ANY($3) ORDER BY id`,
        [merchantId, [billingKeyId], statuses],
      ),
    );
    const refusals: ScheduleRefusal[] = [];
    for (const { id } of schedules) {
      const change =
        how === 'CANCEL'
          ? await this.commands.cancel(merchantId, id)
          : await this.commands.pause(merchantId, id, 'its billing key is deleted');
      if (change.kind === 'REFUSED') refusals.push(...change.refusals);
    }
    const left = await this.database.withMerchant(merchantId, (tx) =>
      tx.query<{ orderId: string }>(
        `SELECT order_id AS "orderId" FROM charges
         WHERE merchant_id = $1 AND billing_key_id = $2 AND schedule_id IS NOT NULL
           AND state IN ('REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW')`,
        [merchantId, billingKeyId],
      ),
    );
    return { refusals, orderIds: left.map(({ orderId }) => orderId) };
  }
}
