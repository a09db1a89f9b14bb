import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { fromPublicId } from '#kernel';
import { ApiKeys, type Viewer } from '#merchants';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { notFound, presentRefusals } from '../user-errors/user-error.type.js';
import {
  CreateApiKeyInput,
  CreateApiKeyPayload,
  presentApiKey,
  RevokeApiKeyInput,
  RevokeApiKeyPayload,
} from './api-key.type.js';

@Resolver()
export class ApiKeysResolver {
  constructor(private readonly keys: ApiKeys) {}

  @Mutation(() => CreateApiKeyPayload)
  @RequireScope('api-keys:write')
  async createApiKey(
    @Args('input') input: CreateApiKeyInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<CreateApiKeyPayload> {
    const made = await this.keys.create(viewer.merchantId, input, viewer.scopes);
    if (made.kind === 'REFUSED') {
      const userErrors = presentRefusals(made.refusals);
      return { apiKey: null, key: null, replayed: false, userErrors };
    }
    const { apiKey, key, replayed } = made;
    return { apiKey: presentApiKey(apiKey), key, replayed, userErrors: [] };
  }

  @Mutation(() => RevokeApiKeyPayload)
  @RequireScope('api-keys:write')
  async revokeApiKey(
    @Args('input') { id }: RevokeApiKeyInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<RevokeApiKeyPayload> {
    const apiKeyId = fromPublicId('apiKey', id);
    const revoked = apiKeyId && (await this.keys.revoke(merchantId, apiKeyId));
    return revoked
      ? { apiKey: presentApiKey(revoked), userErrors: [] }
      : { apiKey: null, userErrors: [notFound(['id'], 'an API key')] };
  }
}
