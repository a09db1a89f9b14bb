import { Field, ID, InputType, registerEnumType } from '@nestjs/graphql';
import type { IssueBillingKey } from '#billing-keys';
import { Currency } from '../money/currency.scalar.js';

@InputType()
export class AttachBillingKeyInput {
  @Field(() => ID)
  providerAccountId: string;

  @Field(() => String, { description: 'The merchant’s own id for the person who pays.' })
  customerRef: string;

  @Field(() => String, { description: 'PortOne’s customer_uid, Nexi’s unscheduledSubscriptionId.' })
  providerKey: string;
}

@InputType({ description: 'Passes through memory, once, to the provider: never stored or logged.' })
export class CardInput {
  @Field(() => String, { description: 'Digits, in groups or not.' })
  number: string;

  @Field(() => String, { description: '`2029`' })
  expiryYear: string;

  @Field(() => String, { description: '`01` to `12`' })
  expiryMonth: string;

  @Field(() => String, { nullable: true, description: 'YYMMDD, or a business number.' })
  birthOrBusinessNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'The first two digits of the card’s PIN.' })
  passwordTwoDigits?: string | null;

  @Field(() => String, { nullable: true })
  cvc?: string | null;
}

@InputType()
export class IssueBillingKeyInput {
  @Field(() => ID)
  providerAccountId: string;

  @Field(() => String, { description: 'The merchant’s own id for the person who pays.' })
  customerRef: string;

  @Field(() => CardInput)
  card: CardInput;

  @Field(() => String, {
    nullable: true,
    description: 'The same call with it answers the same key. At most 255 characters.',
  })
  idempotencyKey?: string | null;
}

@InputType()
export class StartCardRegistrationInput {
  @Field(() => ID)
  providerAccountId: string;

  @Field(() => String, { description: 'The merchant’s own id for the person who pays.' })
  customerRef: string;

  @Field(() => String, { description: 'Where the provider’s page sends the person afterwards.' })
  returnUrl: string;

  @Field(() => Currency, { description: 'What the card will be charged in; the page asks for 0.' })
  currency: string;

  @Field(() => String, {
    nullable: true,
    description: 'The same call with it answers the same registration. At most 255 characters.',
  })
  idempotencyKey?: string | null;
}

export const OnLiveWork = { CANCEL: 'CANCEL', PAUSE: 'PAUSE' } as const;
registerEnumType(OnLiveWork, {
  name: 'OnLiveWork',
  description:
    'What becomes of schedules and charges that still live on the key, or will by a change kept for a date. PAUSE: schedules only, to be resumed on another key.',
});

@InputType()
export class DeleteBillingKeyInput {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'Kept, and told to the provider. At most 200 characters.' })
  reason: string;

  @Field(() => OnLiveWork, {
    nullable: true,
    description: 'Absent: a key with live work is not deleted.',
  })
  onLiveWork?: keyof typeof OnLiveWork | null;
}

/** The card with what was left out left out. */
export const readCard = (card: CardInput): IssueBillingKey['card'] => ({
  number: card.number,
  expiryYear: card.expiryYear,
  expiryMonth: card.expiryMonth,
  ...(card.birthOrBusinessNumber ? { birthOrBusinessNumber: card.birthOrBusinessNumber } : {}),
  ...(card.passwordTwoDigits ? { passwordTwoDigits: card.passwordTwoDigits } : {}),
  ...(card.cvc ? { cvc: card.cvc } : {}),
});
