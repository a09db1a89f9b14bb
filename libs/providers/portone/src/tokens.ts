import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { monotonicMs } from '#platform/clock';
import { retryAfterSecondsOf, type HttpAnswer, type HttpSender } from '#platform/http';
import type { AccountAccess } from '#providers/contract';
import { JSON_HEADERS, readEnvelope } from './wire.js';

export type Access =
  | { readonly kind: 'GRANTED'; readonly token: string }
  /** The provider does not know these credentials. */
  | { readonly kind: 'REFUSED'; readonly answer: HttpAnswer & { readonly kind: 'ANSWERED' } }
  | {
      readonly kind: 'UNAVAILABLE';
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    };

interface HeldToken {
  readonly token: string;
  /** When we ask again, on the monotonic clock. */
  readonly renewAtMs: number;
}

/**
 * Longer than the deadline of a call, so that no token dies under way; inside the last minute, in
 * which asking again extends the token by five minutes (wire reference §1.4), so that asking is of
 * use.
 */
const RENEW_BEFORE_MS = 45_000;
/**
 * A token that is nearly over when we get it is used all the same, but not asked for again with
 * each call.
 */
const RENEW_AT_MOST_EACH_MS = 1_000;
/** Asking for a token is a quick call; what waits for it has its own deadline to keep. */
const TOKEN_DEADLINE_MS = 10_000;
/**
 * Wrong credentials stay wrong for a moment: a thousand due charges must not ask a thousand times.
 */
const REFUSAL_HELD_MS = 5_000;
/** Far more accounts than one process serves at a time; a token lost is a token asked for again. */
const ACCOUNTS_MAX = 10_000;

const tokenSchema = z.object({
  access_token: z.string().min(1),
  now: z.number(),
  expired_at: z.number(),
});

/**
 * Access tokens, one per account's credentials, asked for once however many wait. The provider
 * hands every caller the same token until it ends, so its remaining life is `expired_at - now` of
 * its own clock, counted on ours from before we asked.
 */
export class PortoneTokens {
  readonly #held = new LRUCache<string, HeldToken>({ max: ACCOUNTS_MAX });
  readonly #refused = new LRUCache<string, { access: Access; untilMs: number }>({
    max: ACCOUNTS_MAX,
  });
  readonly #underWay = new Map<string, Promise<Access>>();

  constructor(
    private readonly http: HttpSender,
    private readonly nowMs: () => number = monotonicMs,
  ) {}

  async get(account: AccountAccess): Promise<Access> {
    const key = keyOf(account);
    const held = this.#held.get(key);
    if (held && this.nowMs() < held.renewAtMs) return { kind: 'GRANTED', token: held.token };
    const refused = this.#refused.get(key);
    if (refused && this.nowMs() < refused.untilMs) return refused.access;
    return this.renew(account);
  }

  /** Asks also where a token is held: what is wanted is the provider's answer. */
  async renew(account: AccountAccess): Promise<Access> {
    const key = keyOf(account);
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    const asking = this.#ask(account, key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }

  /** Forgets a token that the provider refused, unless a newer one has taken its place already. */
  forget(account: AccountAccess, token: string): void {
    const key = keyOf(account);
    if (this.#held.get(key)?.token === token) this.#held.delete(key);
  }

  async #ask(account: AccountAccess, key: string): Promise<Access> {
    const { imp_key, imp_secret } = account.credentials;
    const askedAtMs = this.nowMs();
    const answer = await this.http.send({
      method: 'POST',
      url: `${account.baseUrl}/users/getToken`,
      headers: JSON_HEADERS,
      body: JSON.stringify({ imp_key, imp_secret }),
      deadlineMs: Math.min(TOKEN_DEADLINE_MS, this.http.deadlineMs),
    });
    const access = this.#read(answer, key, askedAtMs);
    if (access.kind === 'REFUSED')
      this.#refused.set(key, { access, untilMs: this.nowMs() + REFUSAL_HELD_MS });
    return access;
  }

  #read(answer: HttpAnswer, key: string, askedAtMs: number): Access {
    if (answer.kind !== 'ANSWERED') return unavailable(answer.reason);
    if ([400, 401, 403].includes(answer.status)) return { kind: 'REFUSED', answer };
    const envelope = readEnvelope(answer.text);
    const granted =
      answer.status === 200 && envelope.kind === 'HANDLED'
        ? tokenSchema.safeParse(envelope.response).data
        : undefined;
    if (!granted) return unavailable(`HTTP ${answer.status}`, retryAfterSecondsOf(answer.headers));
    const lifeMs = (granted.expired_at - granted.now) * 1000;
    const renewAtMs = askedAtMs + Math.max(lifeMs - RENEW_BEFORE_MS, RENEW_AT_MOST_EACH_MS);
    this.#held.set(key, { token: granted.access_token, renewAtMs });
    return { kind: 'GRANTED', token: granted.access_token };
  }
}

const unavailable = (reason: string, retryAfterSeconds?: number): Access => ({
  kind: 'UNAVAILABLE',
  reason: `no access token: ${reason}`,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

/** Changed credentials are another key; what is kept of them is a digest. */
const keyOf = ({ baseUrl, credentials }: AccountAccess): string =>
  createHash('sha256')
    .update(JSON.stringify([baseUrl, credentials['imp_key'], credentials['imp_secret']]))
    .digest('base64');
