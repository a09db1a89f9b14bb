import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { KeyAnswer, KeyRefusal } from '#billing-keys';
import type { UserErrorCode } from '../user-errors/user-error-code.js';
import {
  CreatePayload,
  Payload,
  presentRefusals,
  UserError,
} from '../user-errors/user-error.type.js';
import { BillingKey, presentBillingKey } from './billing-key.type.js';
import { CardRegistration } from './card-registration.type.js';

@ObjectType({
  implements: () => UserError,
  description: 'The provider refused the card, or our request for it.',
})
export class CardRefused implements UserError {
  code: UserErrorCode;
  field: string[] | null;
  message: string;

  @Field(() => String, { description: 'One of the failure codes of charges.' })
  failureCode: string;

  @Field(() => String, { nullable: true, description: 'The provider’s own words.' })
  providerMessage: string | null;
}

@ObjectType({
  implements: () => UserError,
  description: 'Schedules or charges still live on the key.',
})
export class KeyInUse implements UserError {
  code: UserErrorCode;
  field: string[] | null;
  message: string;

  @Field(() => Int, { description: 'Schedules that are ACTIVE or PAUSED.' })
  schedules: number;

  @Field(() => Int, { description: 'Charges that are not decided yet.' })
  charges: number;
}

@ObjectType()
export class AttachBillingKeyPayload extends CreatePayload {
  @Field(() => BillingKey, { nullable: true })
  billingKey: BillingKey | null;
}

@ObjectType()
export class IssueBillingKeyPayload extends CreatePayload {
  @Field(() => BillingKey, { nullable: true })
  billingKey: BillingKey | null;
}

@ObjectType()
export class StartCardRegistrationPayload extends CreatePayload {
  @Field(() => CardRegistration, { nullable: true })
  registration: CardRegistration | null;
}

@ObjectType()
export class DeleteBillingKeyPayload extends Payload {
  @Field(() => BillingKey, { nullable: true })
  billingKey: BillingKey | null;
}

export const presentKeyRefusals = (refusals: readonly KeyRefusal[]): UserError[] =>
  refusals.map(({ failureCode, providerMessage, ...refusal }) => {
    const [plain] = presentRefusals([refusal]) as [UserError];
    return failureCode
      ? Object.assign(plain, {
          typeName: CardRefused.name,
          failureCode,
          providerMessage: providerMessage ?? null,
        })
      : plain;
  });

export const presentKeyAnswer = (
  answer: KeyAnswer,
): { billingKey: BillingKey | null; replayed: boolean; userErrors: UserError[] } =>
  answer.kind === 'ANSWERED'
    ? {
        billingKey: presentBillingKey(answer.billingKey),
        replayed: answer.replayed,
        userErrors: [],
      }
    : { billingKey: null, replayed: false, userErrors: presentKeyRefusals(answer.refusals) };
