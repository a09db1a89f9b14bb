import { fromPublicId, newId, toPublicId } from '#kernel';
import { checksumOf, newSecret, SECRET_LENGTH } from '#platform/crypto';

/** An API key taken apart. The merchant's id stands in it, so that even its look-up happens in that merchant's context. */
export interface ApiKeyParts {
  readonly merchantId: string;
  readonly apiKeyId: string;
  readonly secret: string;
}

/** What a key begins with; secret scanners look for it. */
const PREFIX = 'rfk_';
/** A TypeID's suffix: a UUID in 26 characters. */
const ID_LENGTH = 26;
/** 36^6: one typo in two thousand million goes unseen. */
const CHECKSUM_LENGTH = 6;

const idText = (noun: 'merchant' | 'apiKey', id: string): string =>
  toPublicId(noun, id).slice(-ID_LENGTH);

const idFrom = (noun: 'merchant' | 'apiKey', text: string): string | undefined =>
  fromPublicId(noun, `${noun === 'merchant' ? 'mer' : 'key'}_${text}`);

/** `rfk_<merchant id><key id>_<secret><checksum>`; a double click selects it whole. */
export const formatApiKey = ({ merchantId, apiKeyId, secret }: ApiKeyParts): string => {
  const body = `${PREFIX}${idText('merchant', merchantId)}${idText('apiKey', apiKeyId)}_${secret}`;
  return body + checksumOf(body, CHECKSUM_LENGTH);
};

export const newApiKey = (merchantId: string): ApiKeyParts => ({
  merchantId,
  apiKeyId: newId(),
  secret: newSecret(),
});

const SHAPE = new RegExp(
  `^${PREFIX}([0-9a-z]{${ID_LENGTH}})([0-9a-z]{${ID_LENGTH}})_([0-9a-z]{${SECRET_LENGTH}})([0-9a-z]{${CHECKSUM_LENGTH}})$`,
);

/** Nothing when it is not an API key or has a typo: found before any look-up. */
export const parseApiKey = (text: string): ApiKeyParts | undefined => {
  const [, merchant, key, secret, checksum] = SHAPE.exec(text) ?? [];
  if (!merchant || !key || !secret || !checksum) return undefined;
  if (checksumOf(text.slice(0, -CHECKSUM_LENGTH), CHECKSUM_LENGTH) !== checksum) return undefined;
  const merchantId = idFrom('merchant', merchant);
  const apiKeyId = idFrom('apiKey', key);
  return merchantId && apiKeyId ? { merchantId, apiKeyId, secret } : undefined;
};
