import { createHash } from 'node:crypto';
import { invariant, textProblem } from '#kernel';
import { matchesHash, sha256 } from '#platform/crypto';
import type { Database, Transaction } from '#platform/database';
import { LRUCache } from 'lru-cache';
import { formatApiKey, newApiKey, parseApiKey, type ApiKeyParts } from './api-key.js';
import {
  countLiveApiKeys,
  findApiKey,
  findKeyHolder,
  insertApiKey,
  listApiKeys,
  revokeApiKey,
  type ApiKey,
  type KeyHolder,
} from './api-keys.repository.js';
import { refusal, type Refusal } from './refusal.js';
import { isScope, type Scope } from './scope.js';

/** Who a request comes from: always from the credential, never from anything else the caller sends. */
export interface Viewer {
  readonly merchantId: string;
  readonly merchantName: string;
  readonly apiKeyId: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** A revoked key must be refused everywhere within 5 s; the rest is for the look-up itself. */
const HOLDER_TTL_MS = 4_000;
/** Keys in use at one time in one process. */
const HOLDERS_MAX = 10_000;
/** The keys of a merchant are a plain list, so it is bounded. */
const LIVE_KEYS_MAX = 100;
/** A line in a list of keys. */
const NAME_MAX = 64;
/** Stripe's size; long enough for any client's own id. */
export const IDEMPOTENCY_KEY_MAX = 255;

export interface CreateApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly idempotencyKey?: string | null;
}

export type ApiKeyRefusalCode =
  'INVALID_INPUT' | 'IDEMPOTENCY_MISMATCH' | 'LIMIT_EXCEEDED' | 'SCOPE_NOT_HELD';

export type ApiKeyCreation =
  /** `key` is shown this once; a replay cannot show it again. */
  | { kind: 'CREATED'; apiKey: ApiKey; key: string | null; replayed: boolean }
  | { kind: 'REFUSED'; refusals: readonly Refusal<ApiKeyRefusalCode>[] };

/** The same idempotency key of the same merchant is the same id: the primary key refuses a second one. UUID version 8 (RFC 9562). */
const idOf = (merchantId: string, idempotencyKey: string): string => {
  const hex = createHash('sha256')
    .update(JSON.stringify(['api-key', merchantId, idempotencyKey]))
    .digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

const hashOf = ({ secret }: ApiKeyParts): string => sha256(secret).toString('hex');
/** Compared with when there is no such key, so that both answers take the same time. */
const NO_HASH = sha256('').toString('hex');

export class ApiKeys {
  private readonly holders: LRUCache<string, KeyHolder, ApiKeyParts>;

  constructor(private readonly database: Database) {
    this.holders = new LRUCache<string, KeyHolder, ApiKeyParts>({
      max: HOLDERS_MAX,
      ttl: HOLDER_TTL_MS,
      fetchMethod: (_, __, { context }) =>
        this.database.withMerchant(context.merchantId, (tx) =>
          findKeyHolder(tx, context.merchantId, context.apiKeyId),
        ),
    });
  }

  /** Nothing when the key is garbled, unknown, revoked, or its secret wrong: the caller is not told which. */
  async authenticate(key: string): Promise<Viewer | undefined> {
    const parts = parseApiKey(key);
    if (!parts) return undefined;
    const { merchantId, apiKeyId } = parts;
    const holder = await this.holders.fetch(`${merchantId}:${apiKeyId}`, { context: parts });
    const isRight = matchesHash(parts.secret, Buffer.from(holder?.secretHash ?? NO_HASH, 'hex'));
    return holder && isRight
      ? { merchantId, apiKeyId, merchantName: holder.merchantName, scopes: new Set(holder.scopes) }
      : undefined;
  }

  /** `grantor`: the scopes of whoever asks; nobody gives what they don't hold. */
  async create(
    merchantId: string,
    input: CreateApiKey,
    grantor: ReadonlySet<Scope>,
  ): Promise<ApiKeyCreation> {
    const refusals = checkCreate(input, grantor);
    if (refusals.length > 0) return { kind: 'REFUSED', refusals };
    const { idempotencyKey } = input;
    const parts = {
      ...newApiKey(merchantId),
      ...(idempotencyKey ? { apiKeyId: idOf(merchantId, idempotencyKey) } : {}),
    };
    return this.database.withMerchant(merchantId, (tx) => createIn(tx, input, parts));
  }

  list(merchantId: string): Promise<ApiKey[]> {
    return this.database.withMerchant(merchantId, (tx) => listApiKeys(tx, merchantId));
  }

  /** Nothing when the merchant has no such key. Other processes see it within 5 s. */
  async revoke(merchantId: string, id: string): Promise<ApiKey | undefined> {
    const revoked = await this.database.withMerchant(merchantId, (tx) =>
      revokeApiKey(tx, merchantId, id),
    );
    this.holders.delete(`${merchantId}:${id}`);
    return revoked;
  }
}

const createIn = async (
  tx: Transaction,
  input: CreateApiKey,
  parts: ApiKeyParts,
): Promise<ApiKeyCreation> => {
  const { merchantId, apiKeyId: id } = parts;
  const { name } = input;
  const scopes = [...new Set(input.scopes)].toSorted();
  const earlier = input.idempotencyKey ? await findApiKey(tx, merchantId, id) : undefined;
  if (!earlier && (await countLiveApiKeys(tx, merchantId)) >= LIVE_KEYS_MAX)
    return refused('LIMIT_EXCEEDED', [], `expected at most ${LIVE_KEYS_MAX} live API keys`);
  const made = earlier
    ? undefined
    : await insertApiKey(tx, { merchantId, id, name, scopes, secretHash: hashOf(parts) });
  if (made) return { kind: 'CREATED', apiKey: made, key: formatApiKey(parts), replayed: false };

  const kept = earlier ?? (await findApiKey(tx, merchantId, id));
  invariant(kept, 'expected the API key that took the id');
  const isSame = kept.name === name && kept.scopes.join() === scopes.join();
  return isSame
    ? { kind: 'CREATED', apiKey: kept, key: null, replayed: true }
    : refused('IDEMPOTENCY_MISMATCH', ['idempotencyKey'], 'expected the same name and scopes');
};

const refused = (
  code: ApiKeyRefusalCode,
  field: readonly string[],
  message: string,
): ApiKeyCreation => ({ kind: 'REFUSED', refusals: [refusal(code, field, message)] });

const checkCreate = (
  { name, scopes, idempotencyKey }: CreateApiKey,
  grantor: ReadonlySet<Scope>,
): Refusal<ApiKeyRefusalCode>[] => {
  const refusals: Refusal<ApiKeyRefusalCode>[] = [];
  const nameProblem = textProblem(name, NAME_MAX);
  if (nameProblem) refusals.push(refusal('INVALID_INPUT', ['name'], nameProblem));
  if (scopes.length === 0 || !scopes.every(isScope))
    refusals.push(refusal('INVALID_INPUT', ['scopes'], 'expected at least one scope'));
  const missing = scopes.filter((scope) => !grantor.has(scope));
  if (missing.length > 0)
    refusals.push(
      refusal(
        'SCOPE_NOT_HELD',
        ['scopes'],
        `expected scopes you hold, found ${missing.join(', ')}`,
      ),
    );
  if (idempotencyKey != null && !(idempotencyKey && idempotencyKey.length <= IDEMPOTENCY_KEY_MAX))
    refusals.push(
      refusal('INVALID_INPUT', ['idempotencyKey'], `expected 1–${IDEMPOTENCY_KEY_MAX} characters`),
    );
  return refusals;
};
