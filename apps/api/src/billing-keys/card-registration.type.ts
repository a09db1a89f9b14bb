import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import {
  REGISTRATION_STATUSES,
  type CardRegistration as RegistrationRow,
  type RegistrationStatus,
} from '#billing-keys';
import { toPublicId } from '#kernel';
import { DateTime, Node } from '#platform/graphql';
import { Currency } from '../money/currency.scalar.js';

export const RegistrationStatusEnum = Object.fromEntries(
  REGISTRATION_STATUSES.map((status) => [status, status]),
) as { [Status in RegistrationStatus]: Status };

registerEnumType(RegistrationStatusEnum, { name: 'CardRegistrationStatus' });

@ObjectType({
  implements: () => Node,
  description: 'A card being registered on the provider’s own page, for a payment of zero.',
})
export class CardRegistration implements Node {
  id: string;

  @Field(() => RegistrationStatusEnum)
  status: RegistrationStatus;

  @Field(() => String, { nullable: true, description: 'The page where the person types the card.' })
  paymentUrl: string | null;

  @Field(() => String)
  customerRef: string;

  @Field(() => Currency)
  currency: string;

  @Field(() => String)
  returnUrl: string;

  @Field(() => String, { nullable: true })
  failureReason: string | null;

  @Field(() => DateTime, { description: 'When the page closes.' })
  expiresAt: Date;

  @Field(() => DateTime)
  createdAt: Date;

  /** Not fields: the nouns are resolved from them. */
  providerAccountId: string;
  billingKeyId: string | null;
}

export const presentCardRegistration = (row: RegistrationRow): CardRegistration => ({
  id: toPublicId('cardRegistration', row.id),
  status: row.status,
  paymentUrl: row.paymentUrl,
  customerRef: row.customerRef,
  currency: row.currency,
  returnUrl: row.returnUrl,
  failureReason: row.failureReason,
  expiresAt: row.expiresAt,
  createdAt: row.createdAt,
  providerAccountId: row.providerAccountId,
  billingKeyId: row.billingKeyId,
});
