import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { toPublicId } from '#kernel';
import { DateTime } from '#platform/graphql';
import type { ClockOperation, ClockOutcome } from '#scheduling';
import { Money, presentMoney } from '../money/money.type.js';
import { CreatePayload, Payload } from '../user-errors/user-error.type.js';
import { ClockOperationStatusEnum } from './schedule.enums.js';
import { Schedule } from './schedule.type.js';

@ObjectType()
export class CreateSchedulePayload extends CreatePayload {
  @Field(() => Schedule, { nullable: true })
  schedule: Schedule | null;
}

@ObjectType({ isAbstract: true })
abstract class SchedulePayload extends Payload {
  @Field(() => Schedule, { nullable: true })
  schedule: Schedule | null;
}

@ObjectType()
export class UpdateSchedulePayload extends SchedulePayload {}

@ObjectType()
export class PauseSchedulePayload extends SchedulePayload {}

@ObjectType()
export class ResumeSchedulePayload extends SchedulePayload {}

@ObjectType()
export class CancelSchedulePayload extends SchedulePayload {}

@ObjectType()
export class SkipOccurrencePayload extends SchedulePayload {}

@ObjectType({ description: 'What happened while a test clock moved.' })
export class ClockCharges {
  @Field(() => Int)
  succeeded: number;

  @Field(() => Int)
  failed: number;

  @Field(() => Int, { description: 'Failed, and to be tried again.' })
  retried: number;
}

@ObjectType({ description: 'A test clock on its way to a time.' })
export class TestClockOperation {
  @Field(() => ID)
  id: string;

  @Field(() => ClockOperationStatusEnum, {
    description: 'RUNNING: the same call again joins it.',
  })
  status: ClockOperation['status'];

  @Field(() => DateTime)
  from: Date;

  @Field(() => DateTime)
  to: Date;

  @Field(() => DateTime)
  reachedAt: Date;

  @Field(() => String, { nullable: true, description: 'Why it FAILED.' })
  message: string | null;

  @Field(() => ClockCharges)
  charges: ClockCharges;

  @Field(() => [Money], { description: 'Captured on the way, per currency.' })
  money: Money[];
}

@ObjectType()
export class AdvanceTestClockPayload extends Payload {
  @Field(() => TestClockOperation, { nullable: true })
  operation: TestClockOperation | null;
}

export const presentClockOperation = (
  operation: ClockOperation,
  { money, ...charges }: ClockOutcome,
): TestClockOperation => ({
  id: toPublicId('clockOperation', operation.id),
  status: operation.status,
  from: operation.fromAt,
  to: operation.toAt,
  reachedAt: operation.reachedAt,
  message: operation.message,
  charges,
  money: money.map(({ amountMinor, currency }) => presentMoney(amountMinor, currency)),
});
