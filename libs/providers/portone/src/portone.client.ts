import { monotonicMs } from '#platform/clock';
import type { HttpAnswer, HttpSender } from '#platform/http';
import type { AccountAccess } from '#providers/contract';
import { PortoneTokens } from './tokens.js';

export interface PortoneCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, or why there was no point in asking yet. */
export type PortoneAnswer =
  | Exclude<HttpAnswer, { kind: 'NOT_SENT' }>
  | {
      readonly kind: 'NOT_SENT';
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    };

/** With less than this left a call would only be cut off: better not to begin it. */
const LEFT_AT_LEAST_MS = 100;

/** Calls with an access token; a token refused in mid-life is replaced once. */
export class PortoneClient {
  readonly #tokens: PortoneTokens;

  constructor(
    private readonly http: HttpSender,
    private readonly nowMs: () => number = monotonicMs,
  ) {
    this.#tokens = new PortoneTokens(http, nowMs);
  }

  async send(account: AccountAccess, call: PortoneCall): Promise<PortoneAnswer> {
    // All of one operation, tokens included: a lease is sized by it.
    const endsAtMs = this.nowMs() + this.http.deadlineMs;
    const first = await this.#sendOnce(account, call, endsAtMs);
    if (first.token === undefined || first.answer.kind !== 'ANSWERED') return first.answer;
    if (first.answer.status !== 401) return first.answer;
    // 401 is given at the door, before anything is done: the same request may go again.
    this.#tokens.forget(account, first.token);
    const second = await this.#sendOnce(account, call, endsAtMs);
    return second.answer;
  }

  /** Whether the credentials are good: asks for a token and nothing else. */
  async knock(account: AccountAccess): Promise<PortoneAnswer | { readonly kind: 'GRANTED' }> {
    const access = await this.#tokens.renew(account);
    if (access.kind === 'GRANTED') return { kind: 'GRANTED' };
    return access.kind === 'REFUSED' ? asRefusedAtDoor(access.answer) : notSent(access);
  }

  async #sendOnce(
    account: AccountAccess,
    call: PortoneCall,
    endsAtMs: number,
  ): Promise<{ readonly answer: PortoneAnswer; readonly token?: string }> {
    const access = await this.#tokens.get(account);
    if (access.kind === 'REFUSED') return { answer: asRefusedAtDoor(access.answer) };
    if (access.kind === 'UNAVAILABLE') return { answer: notSent(access) };
    const deadlineMs = endsAtMs - this.nowMs();
    if (deadlineMs < LEFT_AT_LEAST_MS)
      return { answer: { kind: 'NOT_SENT', reason: 'the deadline ended before the request' } };
    const answer = await this.http.send({
      method: call.method,
      url: account.baseUrl + call.path,
      headers: { ...call.headers, authorization: `Bearer ${access.token}` },
      ...(call.body === undefined ? {} : { body: call.body }),
      deadlineMs,
    });
    return { answer, token: access.token };
  }
}

type Answered = HttpAnswer & { readonly kind: 'ANSWERED' };

/** Credentials refused with whatever status are a 401 to those who classify answers. */
const asRefusedAtDoor = (answer: Answered): Answered => ({ ...answer, status: 401 });

const notSent = (access: {
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}): PortoneAnswer => ({
  kind: 'NOT_SENT',
  reason: access.reason,
  ...(access.retryAfterSeconds === undefined
    ? {}
    : { retryAfterSeconds: access.retryAfterSeconds }),
});
