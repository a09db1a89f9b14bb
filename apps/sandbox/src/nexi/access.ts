import type { FastifyReply, FastifyRequest } from 'fastify';
import { normalizeId } from './ids.js';
import { isObject, propertyOf } from './reader.js';
import { conflict } from './refusal.js';
import type { Nexi } from './state.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The secret key of the account whose request this is. */
    nexiAccount: string;
    /** Lets another request under the same key in before this one is answered. */
    leaveKey: (() => void) | undefined;
  }
}

/** The bare secret key: no `Bearer`, no `Basic`. */
export const accountOf = ({ core }: Nexi, request: FastifyRequest): string | null => {
  const key = request.headers.authorization;
  return key !== undefined && core.accounts.find('NEXI', key) ? key : null;
};

export const authenticate =
  (nexi: Nexi) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const account = accountOf(nexi, request);
    if (account === null) return reply.code(401).send();
    request.nexiAccount = account;
    return undefined;
  };

export const keyOf = (request: FastifyRequest): string | undefined => {
  const header = request.headers['idempotency-key'];
  return typeof header === 'string' && header !== '' ? header : undefined;
};

/**
 * A key is in flight from the arrival of its request to its answer, or to the end of its
 * connection.
 */
export class KeysInFlight {
  private readonly keys = new Set<string>();

  /** Answers 409 to a second request under a key whose first has no answer yet. */
  readonly enter = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const key = request.method === 'POST' ? keyOf(request) : undefined;
    if (key === undefined) return;
    const name = `${request.nexiAccount} ${request.url} ${key}`;
    if (this.keys.has(name)) throw conflict('A request with this Idempotency-Key is in progress.');
    this.keys.add(name);
    request.leaveKey = () => this.keys.delete(name);
    const leave = (): void => {
      this.keys.delete(name);
      reply.raw.off('finish', leave).off('close', leave);
    };
    reply.raw.once('finish', leave).once('close', leave);
  };

  clear(): void {
    this.keys.clear();
  }
}

const textAt = (body: unknown, ...path: string[]): string | undefined => {
  let value = body;
  for (const name of path) value = isObject(value) ? propertyOf(value, name) : undefined;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** What a request is about: the caller's own handle if there is one, else what it names. */
export const referenceOf = (request: FastifyRequest): string | null => {
  const { body } = request;
  const params = (request.params ?? {}) as Record<string, string | undefined>;
  const named = params['id'] ?? params['bulkId'];
  return (
    keyOf(request) ??
    textAt(body, 'externalBulkChargeId') ??
    textAt(body, 'externalBulkVerificationId') ??
    (named === undefined ? undefined : (normalizeId(named) ?? named)) ??
    textAt(body, 'myReference') ??
    textAt(body, 'order', 'reference') ??
    null
  );
};

/** Query names are matched in any case. */
export const queryText = (request: FastifyRequest, name: string): string | undefined => {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(request.query as Record<string, unknown>))
    if (key.toLowerCase() === wanted && typeof value === 'string' && value !== '') return value;
  return undefined;
};
