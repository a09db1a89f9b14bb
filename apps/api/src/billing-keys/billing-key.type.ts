import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import {
  BILLING_KEY_STATUSES,
  type BillingKey as KeyRow,
  type BillingKeyFilter as Filter,
  type BillingKeyStatus,
} from '#billing-keys';
import { fromPublicId, toPublicId } from '#kernel';
import { connectionOf, DateTime, Node } from '#platform/graphql';

export const BillingKeyStatusEnum = Object.fromEntries(
  BILLING_KEY_STATUSES.map((status) => [status, status]),
) as { [Status in BillingKeyStatus]: Status };

registerEnumType(BillingKeyStatusEnum, {
  name: 'BillingKeyStatus',
  description: 'Only an ACTIVE key is charged. PENDING: its issue is not clear yet.',
});

@ObjectType({ description: 'What may be shown of a card.' })
export class Card {
  @Field(() => String, { nullable: true, description: 'As the provider masks it.' })
  maskedNumber: string | null;

  @Field(() => String, { nullable: true })
  brand: string | null;

  @Field(() => String, { nullable: true, description: '`2029-10`, where the provider tells it.' })
  expiresOn: string | null;
}

@ObjectType({ implements: () => Node, description: 'The token for a stored card.' })
export class BillingKey implements Node {
  id: string;

  @Field(() => BillingKeyStatusEnum)
  status: BillingKeyStatus;

  @Field(() => String, { description: 'The merchant’s own id for the person who pays.' })
  customerRef: string;

  @Field(() => String, { description: 'What the provider knows the card by.' })
  providerKey: string;

  @Field(() => Card)
  card: Card;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { nullable: true })
  deletedAt: Date | null;

  @Field(() => String, { nullable: true })
  deletionReason: string | null;

  /** Not a field: the account is resolved from it. */
  providerAccountId: string;
}

export const presentBillingKey = (row: KeyRow): BillingKey => ({
  id: toPublicId('billingKey', row.id),
  status: row.status,
  customerRef: row.customerRef,
  providerKey: row.providerKey,
  card: { ...row.card },
  createdAt: row.createdAt,
  deletedAt: row.deletedAt,
  deletionReason: row.status === 'DELETED' ? row.deletionReason : null,
  providerAccountId: row.providerAccountId,
});

@ObjectType()
export class BillingKeyConnection extends connectionOf(BillingKey) {}

@InputType()
export class BillingKeyFilter {
  @Field(() => String, { nullable: true })
  customerRef?: string | null;

  @Field(() => ID, { nullable: true })
  providerAccountId?: string | null;

  @Field(() => [BillingKeyStatusEnum], { nullable: true })
  statuses?: BillingKeyStatus[] | null;
}

/** An id that names no account of anybody's: the list is empty, not unfiltered. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

export const readBillingKeyFilter = (filter: BillingKeyFilter | null | undefined): Filter => ({
  customerRef: filter?.customerRef ?? null,
  statuses: filter?.statuses ?? null,
  providerAccountId: filter?.providerAccountId
    ? (fromPublicId('providerAccount', filter.providerAccountId) ?? NOBODY)
    : null,
});
