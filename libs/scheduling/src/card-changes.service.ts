import type { Database, Transaction } from '#platform/database';
import { checkCustomerRef } from '#billing-keys';
import type { ChargeCommands } from '#charges';
import { refusal } from '#merchants';

import {
  findChargesForCard,
  findReplacedKeys,
  findSchedulesOn,
  hasCustomer,
  SCHEDULES_MAX,
  type CardHolder,
  type NewCard,
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

interface Found extends Pick<CardChanged, 'scheduleIds' | 'chargeIds'> {
  readonly replacedKeyIds: readonly string[] | undefined;
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
    const { scheduleIds } = found;
    if (isDryRun) return { scheduleIds, chargeIds: found.chargeIds, refusals: [] };
    const refusals: ScheduleRefusal[] = [];
    for (const [index, id] of scheduleIds.entries()) {
      const done = await this.schedules.changeBillingKey(merchantId, id, {
        ...{
          billingKeyId,
          ...(found.replacedKeyIds ? { replacedKeyIds: found.replacedKeyIds } : {}),
        },
      });
      if (done.kind === 'REFUSED') refusals.push(...done.refusals.map((one) => placed(one, index)));
    }
    const chargeIds = await this.retry(merchantId, { ...change, chargeIds: found.chargeIds });
    return { scheduleIds, chargeIds, refusals };
  }

  private find(
    merchantId: string,
    { billingKeyId, holder, isRetried }: CardChange,
  ): Promise<Found | ScheduleRefusal> {
    return this.database.withMerchant(merchantId, async (tx) => {
      const card = await findKeyOfSchedule(tx, merchantId, billingKeyId);
      if (!card) return refusal('NOT_FOUND', ['billingKeyId'], 'expected a billing key of yours');
      if (card.status !== 'ACTIVE')
        return refusal(
          'KEY_NOT_ACTIVE',
          ['billingKeyId'],
          `expected it ACTIVE, found ${card.status}`,
        );
      const problem = await checkHolder(tx, merchantId, { holder, card });
      if (problem) return problem;
      const replacedKeyIds = await findReplacedKeys(tx, merchantId, { holder, card });
      const scheduleIds =
        'scheduleIds' in holder
          ? holder.scheduleIds
          : await findSchedulesOn(tx, merchantId, { keyIds: replacedKeyIds ?? [], card });
      if (scheduleIds.length > SCHEDULES_MAX)
        return refusal(
          'LIMIT_EXCEEDED',
          [],
          `expected at most ${SCHEDULES_MAX} schedules on it; name them in several calls`,
        );
      const chargeIds = isRetried
        ? await findChargesForCard(tx, merchantId, { holder, card, scheduleIds })
        : [];
      return { scheduleIds, chargeIds, replacedKeyIds };
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

/** Nobody's key, and a key of another account, have nothing to change: that is a slip of the pen, not an answer. Named schedules are checked as
 * they are changed, one by one. */
const checkHolder = async (
  tx: Transaction,
  merchantId: string,
  { holder, card }: { readonly holder: CardHolder; readonly card: NewCard },
): Promise<ScheduleRefusal | undefined> => {
  if ('replacedKeyId' in holder) {
    const replaced = await findKeyOfSchedule(tx, merchantId, holder.replacedKeyId);
    if (!replaced)
      return refusal('NOT_FOUND', ['replacedKeyId'], 'expected a billing key of yours');
    return replaced.providerAccountId === card.providerAccountId
      ? undefined
      : refusal('INVALID_INPUT', ['billingKeyId'], 'expected a key of the same provider account');
  }
  if ('scheduleIds' in holder) return undefined;
  const [problem] = checkCustomerRef(holder.customerRef);
  if (problem) return problem;
  return (await hasCustomer(tx, merchantId, holder.customerRef))
    ? undefined
    : refusal('NOT_FOUND', ['customerRef'], 'expected a customer with a billing key of yours');
};

const placed = (one: ScheduleRefusal, index: number): ScheduleRefusal =>
  one.field[0] === 'id' ? { ...one, field: ['scheduleIds', String(index)] } : one;
