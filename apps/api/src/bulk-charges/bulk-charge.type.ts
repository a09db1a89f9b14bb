import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { progressOf, totalOf, type BulkChargeView } from '#bulk-charges';
import type { ChargeState, ChargeView } from '#charges';
import { toPublicId, type FailureCode } from '#kernel';
import { connectionOf, DateTime, Node } from '#platform/graphql';
import { ChargeStatus, FailureCodeEnum } from '../charges/charge.enums.js';
import { Charge, presentCharge } from '../charges/charge.type.js';
import { OrderInput } from '../orders/order.input.js';
import { CreatePayload, Payload } from '../user-errors/user-error.type.js';

export const BulkChargeStatus = {
  DRAFT: 'DRAFT',
  AWAITING_APPROVAL: 'AWAITING_APPROVAL',
  SUBMITTING: 'SUBMITTING',
  PROCESSING: 'PROCESSING',
  PAUSED: 'PAUSED',
  HELD: 'HELD',
  COMPLETED: 'COMPLETED',
  CANCELED: 'CANCELED',
} as const;
registerEnumType(BulkChargeStatus, { name: 'BulkChargeStatus' });

@ObjectType({
  description:
    'An item counts once its first attempt is decided; one that failed and is tried again counts as failed until it succeeds.',
})
export class BulkCounts {
  @Field(() => Int)
  total: number;

  @Field(() => Int)
  pending: number;

  @Field(() => Int)
  succeeded: number;

  @Field(() => Int)
  failed: number;

  @Field(() => Int)
  unknown: number;

  @Field(() => Int)
  canceled: number;
}

@ObjectType()
export class BulkItem {
  @Field(() => Int, { description: 'Numbered from 1.' })
  line: number;

  @Field(() => Charge)
  charge: Charge;

  @Field(() => ChargeStatus)
  status: string;

  @Field(() => FailureCodeEnum, { nullable: true })
  failureCode: FailureCode | null;
}

@ObjectType()
export class BulkItemConnection extends connectionOf(BulkItem) {}

@ObjectType({ implements: () => Node, description: 'Many charges under one external id.' })
export class BulkCharge implements Node {
  id: string;

  @Field(() => String, { description: 'The merchant’s own; unique for ever.' })
  externalId: string;

  @Field(() => BulkChargeStatus)
  status: string;

  @Field(() => BulkCounts)
  counts: BulkCounts;

  @Field(() => Float, { description: '0 to 1: how much is decided.' })
  progress: number;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { nullable: true })
  submittedAt: Date | null;

  @Field(() => DateTime, { nullable: true })
  completedAt: Date | null;

  /** Not a field: the items and the account are resolved from it. */
  row: BulkChargeView;
}

@ObjectType()
export class BulkChargeConnection extends connectionOf(BulkCharge) {}

export const presentBulkCharge = (row: BulkChargeView): BulkCharge => ({
  id: toPublicId('bulkCharge', row.id),
  externalId: row.externalId,
  status: row.status,
  counts: { total: totalOf(row.counts), ...row.counts },
  progress: progressOf(row.counts),
  createdAt: row.createdAt,
  submittedAt: row.submittedAt,
  completedAt: row.completedAt,
  row,
});

export const presentBulkItem = (row: ChargeView): BulkItem => ({
  line: row.bulkLine ?? 0,
  charge: presentCharge(row),
  status: row.state,
  failureCode: row.failureCode,
});

@InputType()
export class BulkItemInput {
  @Field(() => ID)
  billingKeyId: string;

  @Field(() => OrderInput)
  order: OrderInput;
}

@InputType()
export class CreateBulkChargeInput {
  @Field(() => ID)
  providerAccountId: string;

  @Field(() => String, { description: 'The merchant’s own. 1–255 characters.' })
  externalId: string;

  @Field(() => [BulkItemInput], { description: 'At most 1,000.' })
  items: BulkItemInput[];

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'False: a draft; nothing is charged until it is submitted.',
  })
  submit: boolean;

  @Field(() => ID, { nullable: true, description: 'Absent: items are not tried again.' })
  retryPolicyId?: string | null;
}

@InputType()
export class BulkChargeFilter {
  @Field(() => [BulkChargeStatus], { nullable: true })
  statuses?: string[] | null;
}

@InputType()
export class BulkItemFilter {
  @Field(() => [ChargeStatus], { nullable: true })
  statuses?: ChargeState[] | null;

  @Field(() => FailureCodeEnum, { nullable: true })
  failureCode?: FailureCode | null;
}

@ObjectType()
export class CreateBulkChargePayload extends CreatePayload {
  @Field(() => BulkCharge, { nullable: true })
  bulkCharge: BulkCharge | null;
}

@ObjectType({ isAbstract: true })
abstract class BulkChargePayload extends Payload {
  @Field(() => BulkCharge, { nullable: true })
  bulkCharge: BulkCharge | null;
}

@InputType()
export class SubmitBulkChargeInput {
  @Field(() => ID)
  id: string;
}
@ObjectType()
export class SubmitBulkChargePayload extends BulkChargePayload {}

@InputType()
export class PauseBulkChargeInput {
  @Field(() => ID)
  id: string;
}
@ObjectType()
export class PauseBulkChargePayload extends BulkChargePayload {}

@InputType()
export class ResumeBulkChargeInput {
  @Field(() => ID)
  id: string;
}
@ObjectType()
export class ResumeBulkChargePayload extends BulkChargePayload {}

@InputType()
export class CancelBulkChargeInput {
  @Field(() => ID)
  id: string;
}
@ObjectType()
export class CancelBulkChargePayload extends BulkChargePayload {}
