import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { CatchUp, WhenPreviousOpen } from '#charges';
import { fromPublicId, toPublicId, type Noun } from '#kernel';
import { connectionOf, DateTime, Node } from '#platform/graphql';
import type {
  Execution,
  Schedule as Row,
  ScheduleFilter as Filter,
  ScheduleStatus,
} from '#scheduling';
import { Money, presentMoney } from '../money/money.type.js';
import { presentRecurrence, Recurrence } from './recurrence.type.js';
import {
  CatchUpEnum,
  ExecutionEnum,
  ScheduleStatusEnum,
  WhenPreviousOpenEnum,
} from './schedule.enums.js';

@ObjectType({ description: 'What each occurrence of a schedule is for, from the next one on.' })
export class ScheduleOrder {
  @Field(() => String, { description: 'Occurrence n has `<orderId>-<n>`.' })
  orderId: string;

  @Field(() => String)
  name: string;

  @Field(() => Money)
  amount: Money;
}

@ObjectType({
  implements: () => Node,
  description: 'A one-off or recurring plan that brings forth charges.',
})
export class Schedule implements Node {
  id: string;

  @Field(() => ScheduleStatusEnum)
  status: ScheduleStatus;

  @Field(() => String, { nullable: true })
  externalId: string | null;

  @Field(() => ScheduleOrder)
  order: ScheduleOrder;

  @Field(() => Recurrence, { nullable: true, description: 'Absent: a one-off.' })
  recurrence: Recurrence | null;

  @Field(() => ExecutionEnum)
  execution: Execution;

  @Field(() => DateTime)
  startAt: Date;

  @Field(() => DateTime, { nullable: true })
  endAt: Date | null;

  @Field(() => Int, { nullable: true })
  maxOccurrences: number | null;

  @Field(() => Money, {
    nullable: true,
    description: 'Of the first occurrence, where it has another amount.',
  })
  firstAmount: Money | null;

  @Field(() => CatchUpEnum)
  catchUp: CatchUp;

  @Field(() => WhenPreviousOpenEnum)
  whenPreviousOpen: WhenPreviousOpen;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Canceled then: the end of the period that was paid for.',
  })
  cancelsAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'A change is kept for occurrences that fall due then or later.',
  })
  changesAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it is PAUSED.' })
  pauseReason: string | null;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime)
  updatedAt: Date;

  /** Not a field: what other nouns are resolved from. */
  row: Row;
}

@ObjectType()
export class ScheduleConnection extends connectionOf(Schedule) {}

@InputType()
export class ScheduleFilter {
  @Field(() => [ScheduleStatusEnum], { nullable: true })
  statuses?: ScheduleStatus[] | null;

  @Field(() => ID, { nullable: true })
  billingKeyId?: string | null;

  @Field(() => ID, { nullable: true })
  providerAccountId?: string | null;

  @Field(() => String, { nullable: true })
  orderId?: string | null;

  @Field(() => String, { nullable: true })
  externalId?: string | null;
}

/** An id that names nothing of anybody's: the list is empty, not unfiltered. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

export const readScheduleFilter = (filter: ScheduleFilter | null | undefined): Filter => {
  const idOf = (noun: Noun, id: string | null | undefined) =>
    id ? (fromPublicId(noun, id) ?? NOBODY) : null;
  return {
    statuses: filter?.statuses ?? null,
    billingKeyId: idOf('billingKey', filter?.billingKeyId),
    providerAccountId: idOf('providerAccount', filter?.providerAccountId),
    orderId: filter?.orderId ?? null,
    externalId: filter?.externalId ?? null,
  };
};

export const presentSchedule = (row: Row): Schedule => ({
  id: toPublicId('schedule', row.id),
  status: row.status,
  externalId: row.externalId,
  order: {
    orderId: row.orderId,
    name: row.orderName,
    amount: presentMoney(row.amountMinor, row.currency),
  },
  recurrence: row.recurrence && presentRecurrence(row.recurrence),
  execution: row.execution,
  startAt: row.startAt,
  endAt: row.endAt,
  maxOccurrences: row.maxOccurrences,
  firstAmount:
    row.firstAmountMinor === null ? null : presentMoney(row.firstAmountMinor, row.currency),
  catchUp: row.catchUp,
  whenPreviousOpen: row.whenPreviousOpen,
  cancelsAt: row.cancelAt,
  changesAt: row.pendingChangeAt,
  pauseReason: row.pauseReason,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  row,
});
