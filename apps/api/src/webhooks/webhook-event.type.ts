import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { fromPublicId, toPublicId } from '#kernel';
import { connectionOf, DateTime, Node } from '#platform/graphql';
import {
  WEBHOOK_EVENT_STATUSES,
  type WebhookEvent as EventRow,
  type WebhookEventFilter as Filter,
  type WebhookEventStatus,
} from '#webhooks';
import { Payload } from '../user-errors/user-error.type.js';

export const WebhookEventStatusEnum = Object.fromEntries(
  WEBHOOK_EVENT_STATUSES.map((status) => [status, status]),
) as { [Status in WebhookEventStatus]: Status };

registerEnumType(WebhookEventStatusEnum, {
  name: 'WebhookEventStatus',
  description: 'ORPHANED: in a day nothing of ours was found that it is about.',
});

@ObjectType({
  implements: () => Node,
  description: 'What a provider sent. Nothing in it is believed before the provider was asked.',
})
export class WebhookEvent implements Node {
  id: string;

  @Field(() => String, { description: 'The provider’s name for what happened.' })
  event: string;

  @Field(() => WebhookEventStatusEnum)
  status: WebhookEventStatus;

  @Field(() => String, { nullable: true, description: 'What was made of it, and why.' })
  note: string | null;

  @Field(() => String, { nullable: true })
  providerPaymentId: string | null;

  @Field(() => String, { nullable: true })
  providerReference: string | null;

  @Field(() => String, { nullable: true })
  orderId: string | null;

  @Field(() => String, { description: 'The body as JSON, without what is personal.' })
  body: string;

  @Field(() => ID, { nullable: true, description: 'The charge it was found to be about.' })
  chargeId: string | null;

  @Field(() => DateTime)
  receivedAt: Date;

  @Field(() => DateTime, { nullable: true })
  appliedAt: Date | null;

  /** Not a field: the account is resolved from it. */
  providerAccountId: string;
}

export const presentWebhookEvent = (row: EventRow): WebhookEvent => ({
  id: toPublicId('webhookEvent', row.id),
  event: row.event,
  status: row.status,
  note: row.note,
  providerPaymentId: row.providerPaymentId,
  providerReference: row.reference,
  orderId: row.orderId,
  body: JSON.stringify(row.body),
  chargeId: row.chargeId === null ? null : toPublicId('charge', row.chargeId),
  receivedAt: row.receivedAt,
  appliedAt: row.appliedAt,
  providerAccountId: row.providerAccountId,
});

@ObjectType()
export class WebhookEventConnection extends connectionOf(WebhookEvent) {}

@InputType()
export class WebhookEventFilter {
  @Field(() => ID, { nullable: true })
  providerAccountId?: string | null;

  @Field(() => [WebhookEventStatusEnum], { nullable: true })
  statuses?: WebhookEventStatus[] | null;

  @Field(() => String, { nullable: true })
  event?: string | null;

  @Field(() => ID, { nullable: true })
  chargeId?: string | null;
}

/** An id that names nothing of anybody's: the list is empty, not unfiltered. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

export const readWebhookEventFilter = (filter: WebhookEventFilter | null | undefined): Filter => ({
  event: filter?.event ?? null,
  statuses: filter?.statuses ?? null,
  providerAccountId: filter?.providerAccountId
    ? (fromPublicId('providerAccount', filter.providerAccountId) ?? NOBODY)
    : null,
  chargeId: filter?.chargeId ? (fromPublicId('charge', filter.chargeId) ?? NOBODY) : null,
});

@InputType()
export class ReplayWebhookEventInput {
  @Field(() => ID)
  id: string;
}

@ObjectType()
export class ReplayWebhookEventPayload extends Payload {
  @Field(() => WebhookEvent, { nullable: true })
  webhookEvent: WebhookEvent | null;
}
