import { fromPublicId, toPublicId } from '#kernel';
import { newSecret, SECRET_LENGTH } from '#platform/crypto';

/** The last part of an account's webhook address: whose it is, and a secret, so that nobody can guess where to send. */
export interface WebhookTokenParts {
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly secret: string;
}

const PREFIX = 'wht_';
/** A TypeID's suffix: a UUID in 26 characters. */
const ID_LENGTH = 26;

export const newWebhookToken = (merchantId: string, providerAccountId: string): string => {
  const merchant = toPublicId('merchant', merchantId).slice(-ID_LENGTH);
  const account = toPublicId('providerAccount', providerAccountId).slice(-ID_LENGTH);
  return `${PREFIX}${merchant}${account}_${newSecret()}`;
};

const SHAPE = new RegExp(
  `^${PREFIX}([0-9a-z]{${ID_LENGTH}})([0-9a-z]{${ID_LENGTH}})_([0-9a-z]{${SECRET_LENGTH}})$`,
);

/** Nothing when it is none of ours: found without a look-up. */
export const parseWebhookToken = (token: string): WebhookTokenParts | undefined => {
  const [, merchant, account, secret] = SHAPE.exec(token) ?? [];
  if (!merchant || !account || !secret) return undefined;
  const merchantId = fromPublicId('merchant', `mer_${merchant}`);
  const providerAccountId = fromPublicId('providerAccount', `acc_${account}`);
  return merchantId && providerAccountId ? { merchantId, providerAccountId, secret } : undefined;
};
