import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { HOLD_SCOPES, type Hold as HoldRow, type HoldScope } from '#charges';
import { toPublicId } from '#kernel';
import { DateTime, Node } from '#platform/graphql';
import { Payload } from '../user-errors/user-error.type.js';

const HoldScopeEnum = Object.fromEntries(HOLD_SCOPES.map((scope) => [scope, scope])) as {
  [Scope in HoldScope]: Scope;
};
registerEnumType(HoldScopeEnum, { name: 'HoldScope', description: 'Whose sending is held.' });

@InputType({ isAbstract: true })
abstract class HoldingInput {
  @Field(() => HoldScopeEnum)
  scope: HoldScope;

  @Field(() => ID, {
    nullable: true,
    description: 'Of the provider account or the schedule; absent: your own merchant.',
  })
  id?: string | null;

  @Field(() => String, { description: 'Why; people read it.' })
  reason: string;
}

@InputType()
export class HoldNewSendsInput extends HoldingInput {}

@InputType()
export class ReleaseNewSendsInput extends HoldingInput {}

@ObjectType({
  implements: () => Node,
  description:
    'While it stands, nothing new is sent for its subject. Asking, settling and refunding go on.',
})
export class Hold implements Node {
  id: string;

  @Field(() => HoldScopeEnum)
  scope: HoldScope;

  @Field(() => ID, { description: 'The merchant, provider account or schedule.' })
  subjectId: string;

  @Field(() => String)
  reason: string;

  @Field(() => String)
  heldBy: string;

  @Field(() => DateTime)
  heldAt: Date;

  @Field(() => String, { nullable: true })
  releasedBy: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Absent: it stands.' })
  releasedAt: Date | null;

  @Field(() => String, { nullable: true })
  releaseReason: string | null;
}

@ObjectType({ isAbstract: true })
abstract class HoldPayload extends Payload {
  @Field(() => Hold, { nullable: true })
  hold: Hold | null;
}

@ObjectType()
export class HoldNewSendsPayload extends HoldPayload {}

@ObjectType()
export class ReleaseNewSendsPayload extends HoldPayload {}

/** The noun a scope speaks of. */
export const NOUN_OF = {
  MERCHANT: 'merchant',
  PROVIDER_ACCOUNT: 'providerAccount',
  SCHEDULE: 'schedule',
} as const;

export const presentHold = ({ id, subjectId, ...row }: HoldRow): Hold => ({
  ...row,
  id: toPublicId('hold', id),
  subjectId: toPublicId(NOUN_OF[row.scope], subjectId),
});
