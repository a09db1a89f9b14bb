import { Field, ID, ObjectType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { toPublicId } from '#kernel';
import { ApiKeys, type Viewer as Caller } from '#merchants';
import { AnyScope, CurrentViewer, RequireScope } from '../request-context.js';
import { ApiKey, presentApiKey } from './api-key.type.js';
import { ApiKeyScope, type ScopeValue } from './api-key-scope.enum.js';

@ObjectType({ description: 'The tenant. Everything belongs to one.' })
export class Merchant {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;
}

@ObjectType({ description: 'Who this API key speaks for, and what it may do.' })
export class Viewer {
  @Field(() => Merchant)
  merchant: Merchant;

  @Field(() => [ApiKeyScope])
  scopes: ScopeValue[];
}

@Resolver(() => Viewer)
export class ViewerResolver {
  constructor(private readonly keys: ApiKeys) {}

  @Query(() => Viewer)
  @AnyScope()
  me(@CurrentViewer() { merchantId, merchantName, scopes }: Caller): Viewer {
    return {
      merchant: { id: toPublicId('merchant', merchantId), name: merchantName },
      scopes: [...scopes],
    };
  }

  @ResolveField(() => [ApiKey], { description: 'All keys of the merchant, revoked ones too.' })
  @RequireScope('merchants:read')
  async apiKeys(@CurrentViewer() { merchantId }: Caller): Promise<ApiKey[]> {
    return (await this.keys.list(merchantId)).map(presentApiKey);
  }
}
