import { Field, ObjectType } from '@nestjs/graphql';
import type { RefundRefusal } from '#charges';
import { MinorUnits } from '../money/minor-units.scalar.js';
import type { UserErrorCode } from '../user-errors/user-error-code.js';
import {
  CreatePayload,
  Payload,
  presentRefusals,
  UserError,
} from '../user-errors/user-error.type.js';
import { Charge, Refund } from './charge.type.js';

@ObjectType()
export class CreateChargePayload extends CreatePayload {
  @Field(() => Charge, { nullable: true })
  charge: Charge | null;
}

@ObjectType({ isAbstract: true })
abstract class ChargePayload extends Payload {
  @Field(() => Charge, { nullable: true })
  charge: Charge | null;
}

@ObjectType()
export class CancelChargePayload extends ChargePayload {}

@ObjectType()
export class RetryChargePayload extends ChargePayload {}

@ObjectType()
export class ResolveChargePayload extends ChargePayload {}

@ObjectType()
export class RefundChargePayload extends CreatePayload {
  @Field(() => Refund, { nullable: true })
  refund: Refund | null;

  @Field(() => Charge, { nullable: true })
  charge: Charge | null;
}

@ObjectType()
export class ResolveRefundPayload extends ChargePayload {
  @Field(() => Refund, { nullable: true })
  refund: Refund | null;
}

@ObjectType({ implements: () => UserError, description: 'More than is left of the capture.' })
export class RefundExceedsCaptured implements UserError {
  readonly typeName = 'RefundExceedsCaptured';
  code: UserErrorCode;
  field: string[] | null;
  message: string;

  @Field(() => MinorUnits, { description: 'What may still be refunded.' })
  refundable: number;
}

export const presentRefundRefusals = (refusals: readonly RefundRefusal[]): UserError[] =>
  presentRefusals(refusals).map((error, index) => {
    const refundable = refusals[index]?.refundableMinor;
    return refundable === undefined
      ? error
      : Object.assign(error, { typeName: RefundExceedsCaptured.name, refundable });
  });
