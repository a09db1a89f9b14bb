import type {
  AccountAccess,
  Card,
  Failure,
  Issue,
  KeyDeletion,
  RawCard,
  Reading,
} from '#providers/contract';
import { redactMessage } from '#platform/http';
import { failureOf } from './failure-codes.js';
import type { PortoneClient } from './portone.client.js';
import { isAbsence, keepUnread, readHandled } from './reading.js';
import { refusalKindOf } from './refusals.js';
import { JSON_HEADERS, readCustomer, type WireCustomer } from './wire.js';

const pathOf = (providerKey: string): string =>
  // A merchant's own string, slashes and Hangul included (trap 17).
  `/subscribe/customers/${encodeURIComponent(providerKey)}`;

/** The provider masks; should one ever not, we do. */
const maskOf = (number: string): string =>
  /\d{13}/.test(number.replaceAll(/[ -]/g, ''))
    ? number.replaceAll(/[ -]/g, '').replace(/^(\d{4})\d+(\d{4})$/, '$1****$2')
    : number;

const cardOf = ({ card_number, card_name }: WireCustomer): Card => ({
  maskedNumber: card_number ? maskOf(card_number) : null,
  brand: card_name ?? null,
  // CustomerAnnotation (§7.3) tells no expiry.
  expiresOn: null,
});

/** §2.2. Unknown is a 404 in the specification and a 200 in the recordings: both are taken. */
export const readKey = async (
  client: PortoneClient,
  account: AccountAccess,
  providerKey: string,
): Promise<Reading<{ readonly card: Card }>> => {
  const read = readHandled(
    await client.send(account, { method: 'GET', path: pathOf(providerKey) }),
  );
  if (read.kind !== 'HANDLED') return keepUnread(read, 'KEY');
  const customer = readCustomer(read.response);
  if (!customer || customer.customer_uid !== providerKey)
    return { kind: 'UNAVAILABLE', reason: 'the answer is about no such key' };
  return { kind: 'FOUND', card: cardOf(customer) };
};

const refused = (failureCode: Failure['failureCode'], providerMessage: string): Issue => ({
  kind: 'REFUSED',
  failureCode,
  providerCode: null,
  providerMessage,
});

/** `dddd-dddd-dddd-dddd` and `YYYY-MM` (§2.1). Lives from here to the socket and nowhere else. */
const cardBody = (card: RawCard, channelKey: string | undefined): string =>
  JSON.stringify({
    channel_key: channelKey,
    card_number: card.number.replaceAll(/\D/g, '').replaceAll(/(\d{4})(?=\d)/g, '$1-'),
    expiry: `${card.expiryYear.padStart(4, '20')}-${card.expiryMonth.padStart(2, '0')}`,
    birth: card.birthOrBusinessNumber,
    pwd_2digit: card.passwordTwoDigits,
    cvc: card.cvc,
  });

/**
 * §2.1. On a key that exists it would silently put another card under it (trap 17): so it is asked
 * first.
 */
export const issueKey = async (
  client: PortoneClient,
  account: AccountAccess,
  { providerKey, card }: { readonly providerKey: string; readonly card: RawCard },
): Promise<Issue> => {
  if (!account.isRawCardRegistrationOn)
    return { kind: 'UNSUPPORTED', alternative: 'attachBillingKey' };
  const known = await readKey(client, account, providerKey);
  if (known.kind === 'UNAVAILABLE') return { kind: 'NOT_SENT', reason: known.reason };
  if (known.kind === 'FOUND') return refused('PROVIDER_REJECTED', 'the key exists already');

  const answer = await client.send(account, {
    method: 'POST',
    path: pathOf(providerKey),
    headers: JSON_HEADERS,
    body: cardBody(card, account.credentials['channel_key']),
  });
  if (answer.kind === 'NOT_SENT') return { kind: 'NOT_SENT', reason: answer.reason };
  if (answer.kind === 'ANSWERED' && answer.status === 401)
    return refused('CONFIGURATION', 'the credentials were refused');
  if (answer.kind === 'ANSWERED' && answer.status === 429)
    return refused('RATE_LIMITED', 'too many requests');
  const read = readHandled(answer);
  if (read.kind === 'UNAVAILABLE') return { kind: 'UNKNOWN', reason: read.reason };
  if (read.kind === 'REFUSED') return issueRefused(read.message);
  const customer = readCustomer(read.response);
  return customer?.customer_uid === providerKey
    ? { kind: 'ISSUED', card: cardOf(customer) }
    : { kind: 'UNKNOWN', reason: 'handled, but the answer is about no such key' };
};

const issueRefused = (message: string): Issue => {
  const kind = refusalKindOf(message);
  if (kind === 'IN_DOUBT' || kind === 'ALREADY_USED')
    return { kind: 'UNKNOWN', reason: redactMessage(message) };
  const failure = failureOf(message);
  if (kind === 'SETTINGS_REFUSED' || kind === 'ACCESS_REFUSED')
    return { kind: 'REFUSED', ...failure, failureCode: 'CONFIGURATION' };
  if (kind === 'PARAMETERS_REFUSED')
    return { kind: 'REFUSED', ...failure, failureCode: 'PROVIDER_REJECTED' };
  return { kind: 'REFUSED', ...failure };
};

/**
 * §2.4. Only the provider's own "deleted" or "never heard of it" counts. Its schedules outlive a
 * key (trap 20): they are revoked before, by whoever calls this.
 */
export const deleteKey = async (
  client: PortoneClient,
  account: AccountAccess,
  { providerKey, reason }: { readonly providerKey: string; readonly reason: string },
): Promise<KeyDeletion> => {
  const path = `${pathOf(providerKey)}?reason=${encodeURIComponent(reason)}`;
  const read = readHandled(await client.send(account, { method: 'DELETE', path }));
  if (read.kind === 'UNAVAILABLE') return { kind: 'FAILED', reason: read.reason };
  if (read.kind === 'REFUSED')
    return isAbsence(read, 'KEY')
      ? { kind: 'DELETED' }
      : { kind: 'FAILED', reason: redactMessage(read.message) };
  return readCustomer(read.response)?.customer_uid === providerKey
    ? { kind: 'DELETED' }
    : { kind: 'FAILED', reason: 'the answer is about no such key' };
};
