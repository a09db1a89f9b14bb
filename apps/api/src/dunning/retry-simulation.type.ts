import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { Network, PolicyEnd, PolicySimulation, RetryPreset } from '#dunning';
import type { FailureCode } from '#kernel';
import { DateTime } from '#platform/graphql';
import { FailureCodeEnum } from '../charges/charge.enums.js';
import { NetworkEnum, PolicyEndEnum, RetryPresetEnum } from './retry-policy.enums.js';
import { PolicyInput } from './retry-policy.type.js';

@InputType({ description: 'A policy of yours, or a preset, with whatever is to be changed in it.' })
export class SimulateRetryPolicyInput extends PolicyInput {
  @Field(() => ID, { nullable: true })
  retryPolicyId?: string | null;

  @Field(() => RetryPresetEnum, {
    nullable: true,
    description: 'Absent, as retryPolicyId: STANDARD.',
  })
  preset?: RetryPreset | null;

  @Field(() => FailureCodeEnum, { description: 'Of the first failure and every one after it.' })
  failureCode: FailureCode;

  @Field(() => DateTime, { nullable: true, description: 'Absent: now.' })
  failedAt?: Date | null;

  @Field(() => NetworkEnum, { defaultValue: 'OTHER' })
  network: Network;
}

@ObjectType()
export class SimulatedRetry {
  @Field(() => Int, { description: 'The first one is 1.' })
  number: number;

  @Field(() => DateTime)
  at: Date;

  @Field(() => String, { description: 'The step it is, or the network’s rule that put it off.' })
  reason: string;
}

@ObjectType({ description: 'The calendar a policy gives when the same failure comes back.' })
export class RetrySimulation {
  @Field(() => [SimulatedRetry])
  retries: SimulatedRetry[];

  @Field(() => PolicyEndEnum, { description: 'What becomes of the schedule after the last one.' })
  atEnd: PolicyEnd;

  @Field(() => String, { description: 'Why nothing is tried after it.' })
  endReason: string;
}

export const presentSimulation = ({
  retries,
  atEnd,
  endReason,
}: PolicySimulation): RetrySimulation => ({ retries: [...retries], atEnd, endReason });
