import { Field, ID, InputType } from '@nestjs/graphql';
import type { ChargeFilter as Filter, ChargeState } from '#charges';
import { fromPublicId, type FailureCode, type Noun } from '#kernel';
import { DateTime } from '#platform/graphql';
import { MoneyInput } from '../money/money.type.js';
import { OrderInput } from '../orders/order.input.js';
import { ChargeStatus, FailureCodeEnum, ResolveOutcome } from './charge.enums.js';

@InputType()
export class CreateChargeInput {
  @Field(() => ID)
  billingKeyId: string;

  @Field(() => OrderInput)
  order: OrderInput;

  @Field(() => DateTime, {
    nullable: true,
    description: 'On the account’s clock; absent: now.',
  })
  dueAt?: Date | null;

  @Field(() => ID, {
    nullable: true,
    description: 'What happens after a failure; absent: the standard policy.',
  })
  retryPolicyId?: string | null;
}

@InputType()
export class CancelChargeInput {
  @Field(() => ID)
  id: string;
}

@InputType()
export class RetryChargeInput {
  @Field(() => ID)
  id: string;
}

@InputType()
export class ResolveChargeInput {
  @Field(() => ID)
  id: string;

  @Field(() => ResolveOutcome)
  outcome: keyof typeof ResolveOutcome;

  @Field(() => String, { description: 'What was seen, and where.' })
  evidence: string;

  @Field(() => String, {
    nullable: true,
    description: 'The provider’s id of the payment, if seen.',
  })
  providerPaymentId?: string | null;
}

@InputType()
export class ResolveRefundInput {
  @Field(() => ID)
  id: string;

  @Field(() => ResolveOutcome)
  outcome: keyof typeof ResolveOutcome;

  @Field(() => String, { description: 'What was seen, and where.' })
  evidence: string;

  @Field(() => String, {
    nullable: true,
    description: 'The provider’s id of the refund, if seen.',
  })
  providerRefundId?: string | null;
}

@InputType()
export class RefundChargeInput {
  @Field(() => ID)
  id: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The provider’s id of the captured payment, for one beside the one that counts; absent: that one.',
  })
  providerPaymentId?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: 'Absent: all that is left.' })
  amount?: MoneyInput | null;

  @Field(() => String, { description: '1–200 characters.' })
  reason: string;

  @Field(() => String, {
    description: 'The same call with it answers the same refund. 1–255 characters.',
  })
  idempotencyKey: string;
}

@InputType()
export class ChargeFilter {
  @Field(() => [ChargeStatus], { nullable: true })
  statuses?: ChargeState[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Inclusive.' })
  dueFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Exclusive.' })
  dueTo?: Date | null;

  @Field(() => ID, { nullable: true })
  billingKeyId?: string | null;

  @Field(() => ID, { nullable: true })
  scheduleId?: string | null;

  @Field(() => ID, { nullable: true })
  bulkChargeId?: string | null;

  @Field(() => ID, { nullable: true })
  providerAccountId?: string | null;

  @Field(() => String, { nullable: true })
  orderIdPrefix?: string | null;

  @Field(() => FailureCodeEnum, { nullable: true })
  failureCode?: FailureCode | null;
}

/** An id that names nothing of anybody's: the list is empty, not unfiltered. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** An id that may be left out; one that is none at all names nobody's. */
export const readOptionalId = (noun: Noun, id: string | null | undefined): string | null =>
  id === null || id === undefined ? null : (fromPublicId(noun, id) ?? NOBODY);

export const readChargeFilter = (filter: ChargeFilter | null | undefined): Filter => ({
  states: filter?.statuses ?? null,
  dueFrom: filter?.dueFrom ?? null,
  dueTo: filter?.dueTo ?? null,
  orderIdPrefix: filter?.orderIdPrefix ?? null,
  failureCode: filter?.failureCode ?? null,
  billingKeyId: readOptionalId('billingKey', filter?.billingKeyId),
  scheduleId: readOptionalId('schedule', filter?.scheduleId),
  bulkChargeId: readOptionalId('bulkCharge', filter?.bulkChargeId),
  providerAccountId: readOptionalId('providerAccount', filter?.providerAccountId),
});
