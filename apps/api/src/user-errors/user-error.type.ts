import { Field, InterfaceType, ObjectType } from '@nestjs/graphql';
import { UserErrorCodeEnum, type UserErrorCode } from './user-error-code.js';

/** What the caller did wrong. A face with figures to tell adds an implementation and sets `typeName` to its name. */
@InterfaceType({
  description: 'What the caller did wrong, and what was expected instead.',
  resolveType: (value: { typeName?: string }) => value.typeName ?? 'Refusal',
})
export abstract class UserError {
  @Field(() => UserErrorCodeEnum)
  code: UserErrorCode;

  @Field(() => [String], {
    nullable: true,
    description: 'The path of the field within `input`; absent when it is about no field.',
  })
  field: string[] | null;

  @Field(() => String)
  message: string;
}

@ObjectType({ implements: () => UserError, description: 'A user error without figures.' })
export class Refusal implements UserError {
  code: UserErrorCode;
  field: string[] | null;
  message: string;
}

/** What each mutation answers, beside its object, which is null where there are errors. */
@ObjectType({ isAbstract: true })
export abstract class Payload {
  @Field(() => [UserError])
  userErrors: UserError[];
}

/** What each mutation that creates answers. */
@ObjectType({ isAbstract: true })
export abstract class CreatePayload extends Payload {
  @Field(() => Boolean, {
    description: 'Whether the same call was made before, and this is what it made then.',
  })
  replayed: boolean;
}

interface DomainRefusal {
  readonly code: UserErrorCode;
  readonly field?: readonly string[] | undefined;
  readonly message: string;
}

/** `prefix`: where in `input` the fields stand that the refusals name: `['order']`. */
export const presentRefusals = (
  refusals: readonly DomainRefusal[],
  prefix: readonly string[] = [],
): UserError[] =>
  refusals.map(({ field, ...rest }) => ({
    ...rest,
    field: field && field.length + prefix.length > 0 ? [...prefix, ...field] : null,
  }));

/** One object of the caller's that is not there; another merchant's looks the same. */
export const notFound = (field: readonly string[], what: string): UserError => ({
  code: 'NOT_FOUND',
  field: [...field],
  message: `expected ${what} of yours, found none with this id`,
});
