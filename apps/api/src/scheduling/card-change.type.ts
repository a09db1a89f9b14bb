import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Charge } from '../charges/charge.type.js';
import { Payload } from '../user-errors/user-error.type.js';
import { Schedule } from './schedule.type.js';

export const FailedChargesEnum = { RETRY: 'RETRY', LEAVE: 'LEAVE' } as const;
registerEnumType(FailedChargesEnum, {
  name: 'FailedCharges',
  description:
    'RETRY: charges that wait for their next try, or failed for want of a card and are less than 30 days past due, go out on the new key at once.',
});

@InputType({
  description: 'Whose card is replaced: one of scheduleIds, replacedKeyId and customerRef.',
})
export class ChangeBillingKeyInput {
  @Field(() => ID, { description: 'The key they are charged on from the next occurrence on.' })
  billingKeyId: string;

  @Field(() => [ID], { nullable: true, description: 'One to a hundred schedules.' })
  scheduleIds?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'All that is charged on this key, charges without a schedule too.',
  })
  replacedKeyId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'All that is charged on any key of this customer at the new key’s account.',
  })
  customerRef?: string | null;

  @Field(() => FailedChargesEnum, { defaultValue: 'RETRY' })
  failedCharges: keyof typeof FailedChargesEnum;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Only lists the schedules that would change and the charges that would go out.',
  })
  dryRun: boolean;
}

@ObjectType()
export class ChangeBillingKeyPayload extends Payload {
  @Field(() => [Schedule], { nullable: true })
  schedules: Schedule[] | null;

  @Field(() => [Charge], {
    nullable: true,
    description: 'Failed before, and on the new key at once; in a dry run: those that would be.',
  })
  charges: Charge[] | null;
}
