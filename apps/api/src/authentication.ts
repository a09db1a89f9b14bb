import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { ApiKeys, Viewer } from '#merchants';

const unauthenticated = (message: string): GraphQLError =>
  new GraphQLError(message, {
    extensions: {
      code: 'UNAUTHENTICATED',
      http: { status: 401, headers: new HeaderMap([['www-authenticate', 'Bearer']]) },
    },
  });

const BEARER = /^Bearer ([^\s]{1,200})$/i;

/** Who sends these headers. Throws UNAUTHENTICATED, the same whether the key is unknown, revoked, or wrong. */
export const authenticate = async (
  apiKeys: ApiKeys,
  headers: Readonly<Record<string, unknown>>,
): Promise<Viewer> => {
  const { authorization } = headers;
  if (authorization === undefined)
    throw unauthenticated('expected the header Authorization: Bearer <API key>, found none');
  const [, key] = (typeof authorization === 'string' && BEARER.exec(authorization)) || [];
  const viewer = key ? await apiKeys.authenticate(key) : undefined;
  if (!viewer) throw unauthenticated('expected a valid API key in the header Authorization');
  return viewer;
};
