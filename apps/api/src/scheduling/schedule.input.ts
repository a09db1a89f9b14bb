import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { fromPublicId } from '#kernel';
import { DateTime } from '#platform/graphql';
import type { CatchUp, WhenPreviousOpen } from '#charges';
import type {
  CancelWhen,
  CreateSchedule,
  DueMeanwhile,
  Execution,
  UpdateSchedule,
} from '#scheduling';
import { inputHash } from '../idempotency/input-hash.js';
import { MoneyInput, readMoney } from '../money/money.type.js';
import { OrderInput, OrderItemInput, readOrder } from '../orders/order.input.js';
import { readRecurrence, RecurrenceInput } from './recurrence.type.js';
import {
  CancelWhenEnum,
  CatchUpEnum,
  DueMeanwhileEnum,
  ExecutionEnum,
  WhenPreviousOpenEnum,
} from './schedule.enums.js';
import { NOBODY } from './schedule.type.js';

@InputType()
export class CreateScheduleInput {
  @Field(() => ID)
  billingKeyId: string;

  @Field(() => OrderInput)
  order: OrderInput;

  @Field(() => RecurrenceInput, { nullable: true, description: 'Absent: a one-off.' })
  recurrence?: RecurrenceInput | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The first occurrence is the first match at or after it. Absent: now.',
  })
  startAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Nothing falls due after it.' })
  endAt?: Date | null;

  @Field(() => Int, { nullable: true })
  maxOccurrences?: number | null;

  @Field(() => ExecutionEnum, {
    nullable: true,
    description: 'Absent: PROVIDER_SCHEDULED where the provider keeps schedules.',
  })
  execution?: Execution | null;

  @Field(() => ID, { nullable: true })
  retryPolicyId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The same call with it answers the same schedule; absent: the order id does.',
  })
  externalId?: string | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'Of the first occurrence, where it is another. A free trial is a later startAt.',
  })
  firstAmount?: MoneyInput | null;

  @Field(() => CatchUpEnum, { nullable: true, description: 'Absent: ALL.' })
  catchUp?: CatchUp | null;

  @Field(() => WhenPreviousOpenEnum, { nullable: true, description: 'Absent: CHARGE.' })
  whenPreviousOpen?: WhenPreviousOpen | null;
}

@InputType()
export class PauseScheduleInput {
  @Field(() => ID)
  id: string;

  @Field(() => String, { nullable: true, description: 'Why; people read it. 1–500 characters.' })
  reason?: string | null;
}

@InputType()
export class ResumeScheduleInput {
  @Field(() => ID)
  id: string;

  @Field(() => DueMeanwhileEnum, { defaultValue: 'SKIP' })
  dueMeanwhile: DueMeanwhile;
}

@InputType()
export class CancelScheduleInput {
  @Field(() => ID)
  id: string;

  @Field(() => CancelWhenEnum, {
    defaultValue: 'NOW',
    description: 'Resuming takes a PERIOD_END back until it has come.',
  })
  when: CancelWhen;
}

@InputType()
export class SkipOccurrenceInput {
  @Field(() => ID, { description: 'Of the schedule.' })
  id: string;

  @Field(() => Int, { nullable: true, description: 'Absent: the next one.' })
  number?: number | null;
}

@InputType({ description: 'What is absent stays.' })
export class ScheduleOrderInput {
  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => MoneyInput, { nullable: true })
  amount?: MoneyInput | null;

  @Field(() => [OrderItemInput], { nullable: true })
  items?: OrderItemInput[] | null;
}

@InputType({
  description: 'From the next occurrence on, or from effectiveAt. What is absent stays.',
})
export class UpdateScheduleInput {
  @Field(() => ID)
  id: string;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'It holds for occurrences that fall due then or later, also for those that wait already; those before it keep their terms. One change is kept at a time: with nothing to change it is dropped, and a change at once that it would not fit any more is refused.',
  })
  effectiveAt?: Date | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The one chosen last holds: without effectiveAt it drops one that is kept.',
  })
  billingKeyId?: string | null;

  @Field(() => ScheduleOrderInput, { nullable: true })
  order?: ScheduleOrderInput | null;

  @Field(() => RecurrenceInput, { nullable: true })
  recurrence?: RecurrenceInput | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'The next occurrence is the first match at or after it; not before effectiveAt. Absent: its time now. DUE_IN_PAST on another field asks for it: that change would bring forth occurrences for times that have gone by.',
  })
  startAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Null: no end.' })
  endAt?: Date | null;

  @Field(() => Int, { nullable: true, description: 'Null: no end.' })
  maxOccurrences?: number | null;

  @Field(() => ExecutionEnum, { nullable: true })
  execution?: Execution | null;

  @Field(() => CatchUpEnum, { nullable: true })
  catchUp?: CatchUp | null;

  @Field(() => WhenPreviousOpenEnum, { nullable: true })
  whenPreviousOpen?: WhenPreviousOpen | null;

  @Field(() => ID, { nullable: true, description: 'Null: the standard policy.' })
  retryPolicyId?: string | null;
}

@InputType()
export class AdvanceTestClockInput {
  @Field(() => ID)
  providerAccountId: string;

  @Field(() => DateTime)
  to: Date;
}

const policyIdOf = (id: string): string => fromPublicId('retryPolicy', id) ?? NOBODY;

export const readCreateSchedule = (input: CreateScheduleInput): CreateSchedule => ({
  billingKeyId: fromPublicId('billingKey', input.billingKeyId),
  order: readOrder(input.order),
  recurrence: input.recurrence ? readRecurrence(input.recurrence) : null,
  startAt: input.startAt ?? null,
  endAt: input.endAt ?? null,
  maxOccurrences: input.maxOccurrences ?? null,
  execution: input.execution ?? null,
  retryPolicyId: input.retryPolicyId ? policyIdOf(input.retryPolicyId) : null,
  externalId: input.externalId ?? null,
  firstAmount: input.firstAmount ? readMoney(input.firstAmount) : null,
  catchUp: input.catchUp ?? 'ALL',
  whenPreviousOpen: input.whenPreviousOpen ?? 'CHARGE',
  requestHash: inputHash(input),
});

export const readUpdateSchedule = (input: UpdateScheduleInput): UpdateSchedule => {
  const { order, recurrence, retryPolicyId, billingKeyId } = input;
  const { startAt, endAt, maxOccurrences, execution, catchUp, whenPreviousOpen } = input;
  return {
    ...{ startAt, endAt, maxOccurrences, execution, catchUp, whenPreviousOpen },
    billingKeyId: billingKeyId && (fromPublicId('billingKey', billingKeyId) ?? NOBODY),
    order: order && {
      name: order.name ?? null,
      amount: order.amount ? readMoney(order.amount) : null,
      items: order.items ? readItems(order.items) : null,
    },
    recurrence: recurrence && readRecurrence(recurrence),
    retryPolicyId: retryPolicyId && policyIdOf(retryPolicyId),
  };
};

/** As they are read within an order. */
const readItems = (items: OrderItemInput[]) =>
  readOrder({ orderId: '', name: '', amount: { amount: 0, currency: '' }, items }).items;
