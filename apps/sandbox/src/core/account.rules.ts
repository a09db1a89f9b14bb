import type { Account } from './accounts.js';

type Fields = Record<string, unknown>;
type Read = { account: Account } | { problem: string };

/** Names of header and query values: what a secret may consist of. */
const KEY = /^[\x21-\x7e]{1,200}$/;
/** PortOne resends five times at most. */
const MOST_RETRIES = 5;

/** Reads an account as it came in: a new one, or the changes to one that exists. */
export const readAccount = (fields: Fields, find: (key: string) => Account | undefined): Read => {
  const key = String(fields['key'] ?? '');
  if (!KEY.test(key)) return { problem: 'key: expected an imp_key or a secret key' };
  const known = find(key);
  const provider = String(fields['provider'] ?? known?.provider ?? '').toUpperCase();
  if (provider !== 'PORTONE' && provider !== 'NEXI') {
    return { problem: 'provider: expected PORTONE or NEXI' };
  }
  if (known && known.provider !== provider) {
    return { problem: `provider: the account ${key} is one of ${known.provider}` };
  }
  const secret = String(fields['secret'] ?? known?.secret ?? '');
  if (!KEY.test(secret)) return { problem: 'secret: expected an imp_secret or a checkout key' };
  const url = fields['webhookUrl'] === undefined ? known?.webhookUrl : fields['webhookUrl'];
  if (url !== undefined && url !== null && !URL.canParse(String(url))) {
    return { problem: 'webhookUrl: expected a URL or null' };
  }
  const type = fields['webhookContentType'] ?? known?.webhookContentType ?? 'json';
  if (type !== 'json' && type !== 'form') {
    return { problem: 'webhookContentType: expected json or form' };
  }
  const retries = Number(fields['webhookRetries'] ?? known?.webhookRetries ?? 0);
  if (!Number.isInteger(retries) || retries < 0 || retries > MOST_RETRIES) {
    return { problem: `webhookRetries: expected a whole number from 0 to ${MOST_RETRIES}` };
  }
  const webhookUrl = url === undefined || url === null ? null : String(url);
  const hook = { webhookUrl, webhookContentType: type, webhookRetries: retries } as const;
  return { account: { provider, key, secret, ...hook } };
};
