import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { Charges } from '#charges';
import { fromPublicId, toPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { CardChanges, Schedules, type CardHolder } from '#scheduling';
import { presentCharge } from '../charges/charge.type.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals, type UserError } from '../user-errors/user-error.type.js';
import { ChangeBillingKeyInput, ChangeBillingKeyPayload } from './card-change.type.js';
import { NOBODY, presentSchedule } from './schedule.type.js';

/** A page of schedules: more is asked for by key or customer. */
const NAMED_MAX = 100;

@Resolver()
export class CardChangesResolver {
  constructor(
    private readonly changes: CardChanges,
    private readonly schedules: Schedules,
    private readonly charges: Charges,
  ) {}

  @Mutation(() => ChangeBillingKeyPayload, {
    description:
      'All that waits and all that comes, one schedule after the other; a card that a kept change names is replaced too. IN_FLIGHT: an occurrence within a minute of its time stays as it is; the change holds from the next one on.',
  })
  @RequireScope('schedules:write')
  async changeBillingKey(
    @Args('input') input: ChangeBillingKeyInput,
    @CurrentViewer() { merchantId, apiKeyId }: Viewer,
  ): Promise<ChangeBillingKeyPayload> {
    const holder = holderOf(input);
    if ('code' in holder) return { schedules: null, charges: null, userErrors: [holder] };
    const changed = await this.changes.change(merchantId, {
      holder,
      billingKeyId: fromPublicId('billingKey', input.billingKeyId),
      isDryRun: input.dryRun,
      isRetried: input.failedCharges === 'RETRY',
      by: `api key ${toPublicId('apiKey', apiKeyId)}`,
    });
    const userErrors = presentRefusals(changed.refusals);
    if (userErrors.length > 0) return { schedules: null, charges: null, userErrors };
    const schedules = await this.schedules.find(merchantId, changed.scheduleIds);
    const charges = await this.charges.find(merchantId, changed.chargeIds);
    return {
      schedules: inOrder(changed.scheduleIds, schedules).map(presentSchedule),
      charges: inOrder(changed.chargeIds, charges).map(presentCharge),
      userErrors,
    };
  }
}

/** Each once, where it was named first. */
const inOrder = <Row extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
): Row[] => {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
};

const holderOf = (input: ChangeBillingKeyInput): CardHolder | UserError => {
  const { scheduleIds, replacedKeyId, customerRef } = input;
  const given = [scheduleIds, replacedKeyId, customerRef].filter((each) => each != null);
  if (given.length !== 1)
    return {
      code: 'INVALID_INPUT',
      field: null,
      message: `expected one of scheduleIds, replacedKeyId and customerRef, found ${given.length}`,
    };
  if (replacedKeyId != null)
    return { replacedKeyId: fromPublicId('billingKey', replacedKeyId) ?? NOBODY };
  if (customerRef != null) return { customerRef };
  const ids = scheduleIds ?? [];
  return ids.length === 0 || ids.length > NAMED_MAX
    ? {
        code: 'LIMIT_EXCEEDED',
        field: ['scheduleIds'],
        message: `expected 1–${NAMED_MAX} schedules`,
      }
    : { scheduleIds: ids.map((id) => fromPublicId('schedule', id) ?? NOBODY) };
};
