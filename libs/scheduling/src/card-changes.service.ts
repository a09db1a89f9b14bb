import type { Database } from '#platform/database';
import type { ChargeCommands } from '#charges';
import { refusal } from '#merchants';

import {
  findChargesForCard,
  findSchedulesOf,
  SCHEDULES_MAX,
  type CardHolder,
} from './card-change.repository.js';
import { findKeyOfSchedule } from './schedule-context.repository.js';
import type { ScheduleRefusal } from './schedule-check.js';
import type { ScheduleCommands } from './schedule-commands.service.js';

export interface CardChange {
  /** Absent: no id of a billing key at all. */
  readonly billingKeyId: string | undefined;
  readonly holder: CardHolder;
  /** Only tells what would be done. */
  readonly isDryRun: boolean;
  /** Whether failed charges go out again on the new key. */
  readonly isRetried: boolean;
  readonly by: string;
}

export interface CardChanged {
  readonly scheduleIds: readonly string[];
  /** What goes out on the new key at once. */
  readonly chargeIds: readonly string[];
  readonly refusals: readonly ScheduleRefusal[];
}

/** A customer's card is replaced: their schedules go on with the new one, and so do charges that failed for want of it. */
export class CardChanges {
  constructor(
    private readonly database: Database,
    private readonly schedules: ScheduleCommands,
    private readonly charges: ChargeCommands,
  ) {}

  async change(merchantId: string, change: CardChange): Promise<CardChanged> {
    const { billingKeyId, isDryRun } = change;
    const found = await this.find(merchantId, change);
    if ('code' in found) return { scheduleIds: [], chargeIds: [], refusals: [found] };
    if (isDryRun) return { ...found, refusals: [] };
    const refusals: ScheduleRefusal[] = [];
    for (const [index, id] of found.scheduleIds.entries()) {
      const done = await this.schedules.changeBillingKey(merchantId, id, billingKeyId);
      if (done.kind === 'REFUSED') refusals.push(...done.refusals.map((one) => placed(one, index)));
    }
    const chargeIds = await this.retry(merchantId, { ...change, chargeIds: found.chargeIds });
    return { scheduleIds: found.scheduleIds, chargeIds, refusals };
  }

  private find(
    merchantId: string,
    { billingKeyId, holder, isRetried }: CardChange,
  ): Promise<Pick<CardChanged, 'scheduleIds' | 'chargeIds'> | ScheduleRefusal> {
    return this.database.withMerchant(merchantId, async (tx) => {
      const card = await findKeyOfSchedule(tx, merchantId, billingKeyId);
      if (!card) return refusal('NOT_FOUND', ['billingKeyId'], 'expected a billing key of yours');
      if (card.status !== 'ACTIVE')
        return refusal(
          'KEY_NOT_ACTIVE',
          ['billingKeyId'],
          `expected it ACTIVE, found ${card.status}`,
        );
      const scheduleIds = await findSchedulesOf(tx, merchantId, { holder, card });
      if (scheduleIds.length > SCHEDULES_MAX)
        return refusal(
          'LIMIT_EXCEEDED',
          [],
          `expected at most ${SCHEDULES_MAX} schedules on it; name them in several calls`,
        );
      const chargeIds = isRetried
        ? await findChargesForCard(tx, merchantId, { holder, card, scheduleIds })
        : [];
      return { scheduleIds, chargeIds };
    });
  }

  /** Those that are still to be tried when their turn comes. */
  private async retry(
    merchantId: string,
    { billingKeyId, chargeIds, by }: CardChange & { readonly chargeIds: readonly string[] },
  ): Promise<string[]> {
    const done: string[] = [];
    for (const id of billingKeyId ? chargeIds : []) {
      const command = await this.charges.retryOnKey(merchantId, id, {
        ...{ billingKeyId: billingKeyId ?? '', by },
      });
      if (command.kind === 'DONE') done.push(id);
    }
    return done;
  }
}

const placed = (one: ScheduleRefusal, index: number): ScheduleRefusal =>
  one.field[0] === 'id' ? { ...one, field: ['scheduleIds', String(index)] } : one;
