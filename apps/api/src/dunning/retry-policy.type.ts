import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type {
  NamedPolicy,
  PolicyEnd,
  PolicyRequest,
  RetryPreset,
  RetryStep as Step,
} from '#dunning';
import { toPublicId } from '#kernel';
import { DateTime, Node } from '#platform/graphql';
import { CreatePayload, Payload } from '../user-errors/user-error.type.js';
import { PolicyEndEnum, RetryPresetEnum } from './retry-policy.enums.js';

const STEP = 'Either afterSeconds, or day and timeOfDay.';
const AFTER_SECONDS = 'So long after the failure before it: a minute to 60 days.';
const DAY = 'So many local days after the day of the first failure: 1–60.';
const TIME_OF_DAY = 'HH:MM, in the schedule’s zone, else the policy’s.';
const SOFT = 'After what the bank may approve later: the only steps that are used up.';
const TRANSIENT = 'After what is nobody’s fault, from one decided attempt to the next.';
const CONFIGURATION = 'While our settings are wrong.';
const TIME_ZONE =
  'For charges without a schedule, whose zone comes first. IANA, such as Asia/Seoul.';

@ObjectType({ description: STEP })
export class RetryStep {
  @Field(() => Int, { nullable: true, description: AFTER_SECONDS })
  afterSeconds: number | null;

  @Field(() => Int, { nullable: true, description: DAY })
  day: number | null;

  @Field(() => String, { nullable: true, description: TIME_OF_DAY })
  timeOfDay: string | null;
}

@ObjectType({
  implements: () => Node,
  description:
    'What happens after a failed charge, by class of failure. HARD is never tried again; KEY waits for another card.',
})
export class RetryPolicy implements Node {
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => Int, { description: 'A charge stays with the version it failed under first.' })
  version: number;

  @Field(() => [RetryStep], { description: SOFT })
  soft: RetryStep[];

  @Field(() => [RetryStep], { description: TRANSIENT })
  transient: RetryStep[];

  @Field(() => [RetryStep], { description: CONFIGURATION })
  configuration: RetryStep[];

  @Field(() => String, { description: TIME_ZONE })
  timeZone: string;

  @Field(() => PolicyEndEnum)
  atEnd: PolicyEnd;

  @Field(() => DateTime)
  createdAt: Date;
}

@InputType({ description: STEP })
export class RetryStepInput {
  @Field(() => Int, { nullable: true, description: AFTER_SECONDS })
  afterSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: DAY })
  day?: number | null;

  @Field(() => String, { nullable: true, description: TIME_OF_DAY })
  timeOfDay?: string | null;
}

@InputType({ isAbstract: true })
export abstract class PolicyInput {
  @Field(() => [RetryStepInput], { nullable: true, description: `${SOFT} At most 20.` })
  soft?: RetryStepInput[] | null;

  @Field(() => [RetryStepInput], { nullable: true, description: `${TRANSIENT} At most 20.` })
  transient?: RetryStepInput[] | null;

  @Field(() => [RetryStepInput], { nullable: true, description: `${CONFIGURATION} At most 20.` })
  configuration?: RetryStepInput[] | null;

  @Field(() => String, { nullable: true, description: TIME_ZONE })
  timeZone?: string | null;

  @Field(() => PolicyEndEnum, { nullable: true })
  atEnd?: PolicyEnd | null;
}

@InputType()
export class CreateRetryPolicyInput extends PolicyInput {
  @Field(() => String, {
    description: 'Its key: the same call with it answers the same policy. 1–80 characters.',
  })
  name: string;

  @Field(() => RetryPresetEnum, {
    nullable: true,
    description: 'What is not given is as in this one. Absent: STANDARD.',
  })
  preset?: RetryPreset | null;
}

@InputType()
export class UpdateRetryPolicyInput extends PolicyInput {
  @Field(() => ID)
  id: string;

  @Field(() => String, { nullable: true })
  name?: string | null;
}

@ObjectType()
export class CreateRetryPolicyPayload extends CreatePayload {
  @Field(() => RetryPolicy, { nullable: true })
  retryPolicy: RetryPolicy | null;
}

@ObjectType()
export class UpdateRetryPolicyPayload extends Payload {
  @Field(() => RetryPolicy, { nullable: true })
  retryPolicy: RetryPolicy | null;
}

export const readPolicyInput = (input: PolicyInput): PolicyRequest => ({
  soft: input.soft ?? null,
  transient: input.transient ?? null,
  configuration: input.configuration ?? null,
  timeZone: input.timeZone ?? null,
  atEnd: input.atEnd ?? null,
});

const presentStep = (step: Step): RetryStep => ({
  ...{ afterSeconds: null, day: null, timeOfDay: null },
  ...step,
});

export const presentRetryPolicy = (policy: NamedPolicy): RetryPolicy => ({
  id: toPublicId('retryPolicy', policy.id),
  name: policy.name,
  version: policy.version,
  soft: policy.soft.map(presentStep),
  transient: policy.transient.map(presentStep),
  configuration: policy.configuration.map(presentStep),
  timeZone: policy.timeZone,
  atEnd: policy.atEnd,
  createdAt: policy.createdAt,
});
