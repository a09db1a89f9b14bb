import type { HttpAnswer, HttpSender } from '#platform/http';
import type { AccountAccess, FrozenRequest } from '#providers/contract';
import { ReadBudget } from './read-budget.js';
import { revealWebhookSecret } from './notifications.js';

export interface NexiCall {
  readonly method: FrozenRequest['method'];
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Calls with the account's secret key: the bare key, no `Bearer` (trap 1). */
export class NexiClient {
  readonly budget: ReadBudget;

  constructor(
    private readonly http: HttpSender,
    nowMs?: () => number,
  ) {
    this.budget = new ReadBudget(nowMs);
  }

  send(account: AccountAccess, call: NexiCall): Promise<HttpAnswer> {
    return this.http.send({
      method: call.method,
      url: account.baseUrl + call.path,
      headers: { ...call.headers, authorization: account.credentials['secret_key'] ?? '' },
      ...(call.body ? { body: revealWebhookSecret(call.body, account.webhookSecret) } : {}),
    });
  }
}
