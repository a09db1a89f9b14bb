import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { toPublicId } from '#kernel';
import type { ApiKey as ApiKeyRow } from '#merchants';
import { DateTime } from '#platform/graphql';
import { CreatePayload, Payload } from '../user-errors/user-error.type.js';
import { ApiKeyScope, type ScopeValue } from './api-key-scope.enum.js';

@ObjectType({ description: 'A key without its secret.' })
export class ApiKey {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => [ApiKeyScope])
  scopes: ScopeValue[];

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { nullable: true })
  revokedAt: Date | null;
}

export const presentApiKey = (row: ApiKeyRow): ApiKey => ({
  id: toPublicId('apiKey', row.id),
  name: row.name,
  scopes: [...row.scopes],
  createdAt: row.createdAt,
  revokedAt: row.revokedAt,
});

@InputType()
export class CreateApiKeyInput {
  @Field(() => String, { description: 'For people: who uses it, and for what.' })
  name: string;

  @Field(() => [ApiKeyScope], { description: 'Only scopes that the calling key holds itself.' })
  scopes: ScopeValue[];

  @Field(() => String, { nullable: true, description: 'At most 255 characters.' })
  idempotencyKey?: string | null;
}

@ObjectType()
export class CreateApiKeyPayload extends CreatePayload {
  @Field(() => ApiKey, { nullable: true })
  apiKey: ApiKey | null;

  @Field(() => String, {
    nullable: true,
    description: 'The key itself, shown this once: a replay cannot show it again.',
  })
  key: string | null;
}

@InputType()
export class RevokeApiKeyInput {
  @Field(() => ID)
  id: string;
}

@ObjectType()
export class RevokeApiKeyPayload extends Payload {
  @Field(() => ApiKey, { nullable: true })
  apiKey: ApiKey | null;
}
