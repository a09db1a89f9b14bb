import { registerEnumType } from '@nestjs/graphql';
import { SCOPES, type Scope } from '#merchants';

export type ScopeValue = Scope;

/** `charges:read` is CHARGES_READ in GraphQL, whose enums hold no colons. */
export const ApiKeyScope = Object.fromEntries(
  SCOPES.map((scope) => [scope.toUpperCase().replaceAll(/[:-]/g, '_'), scope]),
) as Record<string, Scope>;

registerEnumType(ApiKeyScope, {
  name: 'ApiKeyScope',
  description: 'What an API key may do. Writing does not include reading.',
});
