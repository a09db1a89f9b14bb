import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import {
  PARKED_UNTIL,
  type AttemptView,
  type ChargeView,
  type RefundView,
  type TransitionView,
} from '#charges';
import { toPublicId, type FailureClass, type FailureCode } from '#kernel';
import { connectionOf, DateTime, Node } from '#platform/graphql';
import { Money, presentMoney } from '../money/money.type.js';
import {
  AttemptOutcome,
  ChargeStatus,
  FailureClassEnum,
  FailureCodeEnum,
  RefundOrigin,
  RefundStatus,
} from './charge.enums.js';

@ObjectType({ description: 'One submission of a charge to a provider.' })
export class Attempt {
  @Field(() => ID)
  id: string;

  @Field(() => Int)
  number: number;

  @Field(() => String, {
    description: 'PortOne’s merchant_uid; Nexi’s Idempotency-Key and myReference.',
  })
  providerReference: string;

  @Field(() => String, { nullable: true, description: 'The provider’s own id of the payment.' })
  providerPaymentId: string | null;

  @Field(() => AttemptOutcome, { nullable: true, description: 'Absent: under way.' })
  outcome: string | null;

  @Field(() => FailureCodeEnum, { nullable: true })
  failureCode: string | null;

  @Field(() => String, { nullable: true })
  providerCode: string | null;

  @Field(() => String, { nullable: true })
  providerMessage: string | null;

  @Field(() => DateTime, { nullable: true })
  sentAt: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the provider answered, as JSON, without what must not be kept.',
  })
  answer: string | null;
}

@ObjectType({ description: 'A change of state, with its cause.' })
export class Transition {
  @Field(() => ChargeStatus, { nullable: true, description: 'Absent: its birth.' })
  from: string | null;

  @Field(() => ChargeStatus)
  to: string;

  @Field(() => DateTime)
  at: Date;

  @Field(() => String, { description: 'Who or what.' })
  cause: string;

  @Field(() => String, { nullable: true, description: 'What it rests on, as JSON.' })
  evidence: string | null;
}

@ObjectType({ description: 'Money going back for one captured payment.' })
export class Refund {
  @Field(() => ID)
  id: string;

  @Field(() => RefundStatus)
  status: string;

  @Field(() => RefundOrigin)
  origin: string;

  @Field(() => String, {
    nullable: true,
    description: 'The provider’s id of the captured payment it is of.',
  })
  providerPaymentId: string | null;

  @Field(() => Money)
  amount: Money;

  @Field(() => String)
  reason: string;

  @Field(() => String, { nullable: true })
  providerMessage: string | null;

  @Field(() => Boolean, { description: 'Whether a person is asked about it: see resolveRefund.' })
  needsReview: boolean;

  @Field(() => String, { nullable: true, description: 'Who decided what asking could not.' })
  resolvedBy: string | null;

  @Field(() => String, { nullable: true, description: 'As what, and on which evidence.' })
  resolutionNote: string | null;

  @Field(() => DateTime)
  createdAt: Date;
}

@ObjectType({
  implements: () => Node,
  description: 'The intent to collect one order’s amount on one billing key. It happens once.',
})
export class Charge implements Node {
  id: string;

  @Field(() => String, { description: 'The merchant’s own; unique for ever.' })
  orderId: string;

  @Field(() => ChargeStatus)
  status: string;

  @Field(() => Money)
  amount: Money;

  @Field(() => DateTime, { description: 'On the account’s clock.' })
  dueAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it is sent next, if it is.' })
  nextAttemptAt: Date | null;

  @Field(() => Boolean, { description: 'Whether it failed and goes out again by itself.' })
  willRetry: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'After a failure: the step that comes next, or why there is none.',
  })
  retryReason: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of an occurrence that is due: which earlier one it waits for.',
  })
  waitReason: string | null;

  @Field(() => FailureCodeEnum, { nullable: true })
  failureCode: FailureCode | null;

  @Field(() => FailureClassEnum, { nullable: true })
  failureClass: FailureClass | null;

  @Field(() => String, { nullable: true })
  providerCode: string | null;

  @Field(() => String, { nullable: true })
  providerMessage: string | null;

  @Field(() => Money)
  refundedAmount: Money;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => Int, { nullable: true, description: 'Of its schedule, numbered from 1.' })
  occurrenceNumber: number | null;

  /** Not a field: what the other nouns, the attempts and the timeline are resolved from. */
  row: ChargeView;
}

@ObjectType()
export class ChargeConnection extends connectionOf(Charge) {}

/** For its time, and for nothing else. */
const isWaiting = ({ state, sendAt }: ChargeView): boolean =>
  (state === 'SCHEDULED' || state === 'RETRY_SCHEDULED') && sendAt < PARKED_UNTIL;

export const presentCharge = (row: ChargeView): Charge => ({
  id: toPublicId('charge', row.id),
  orderId: row.orderId,
  status: row.state,
  amount: presentMoney(row.amountMinor, row.currency),
  dueAt: row.dueAt,
  nextAttemptAt: isWaiting(row) ? row.sendAt : null,
  willRetry: row.state === 'RETRY_SCHEDULED',
  retryReason: row.retryReason,
  waitReason: row.waitReason,
  failureCode: row.failureCode,
  failureClass: row.failureClass,
  providerCode: row.providerCode,
  providerMessage: row.providerMessage,
  refundedAmount: presentMoney(row.refundedMinor, row.currency),
  createdAt: row.createdAt,
  occurrenceNumber: row.occurrenceNumber,
  row,
});

const asJson = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

export const presentAttempt = (row: AttemptView): Attempt => ({
  id: toPublicId('attempt', row.id),
  number: row.number,
  providerReference: row.providerReference,
  providerPaymentId: row.providerPaymentId,
  outcome: row.outcome,
  failureCode: row.failureCode,
  providerCode: row.providerCode,
  providerMessage: row.providerMessage,
  sentAt: row.sentAt,
  answer: asJson(row.answer),
});

export const presentTransition = ({
  from,
  to,
  at,
  cause,
  evidence,
}: TransitionView): Transition => ({
  ...{ to, at, cause },
  from: from ?? null,
  evidence: asJson(evidence),
});

export const presentRefund = (row: RefundView): Refund => ({
  id: toPublicId('refund', row.id),
  status: row.status,
  origin: row.origin,
  providerPaymentId: row.providerPaymentId,
  amount: presentMoney(row.amountMinor, row.currency),
  reason: row.reason,
  providerMessage: row.providerMessage,
  needsReview: row.needsReview,
  resolvedBy: row.resolvedBy,
  resolutionNote: row.resolutionNote,
  createdAt: row.createdAt,
});
