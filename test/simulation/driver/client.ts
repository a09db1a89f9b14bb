import { setTimeout as pause } from 'node:timers/promises';
import type { History } from './history.js';

export interface UserError {
  readonly code: string;
  readonly message: string;
}
export interface Payload {
  readonly userErrors: readonly UserError[];
  readonly [field: string]: unknown;
}

/** What stands in the payload of each mutation. */
const SELECTIONS: Readonly<Record<string, string>> = {
  createCharge: 'charge { id orderId status } replayed',
  cancelCharge: 'charge { id orderId status }',
  retryCharge: 'charge { id orderId status }',
  resolveCharge: 'charge { id orderId status }',
  refundCharge: 'refund { id status amount { amount currency } } charge { id orderId } replayed',
  createBulkCharge: 'bulkCharge { id externalId status } replayed',
  createSchedule: 'schedule { id externalId } replayed',
  updateSchedule: 'schedule { id }',
  pauseSchedule: 'schedule { id }',
  resumeSchedule: 'schedule { id }',
  skipOccurrence: 'schedule { id }',
  cancelSchedule: 'schedule { id }',
  deleteBillingKey: 'billingKey { id }',
  changeBillingKey: 'schedules { id } charges { id }',
  attachBillingKey: 'billingKey { id } replayed',
  advanceTestClock: 'operation { id status }',
};

/** Longer than any API call may take; then nobody knows. */
const TIMEOUT_MS = 15_000;
const AGAIN_MS = 700;

export interface ClientOptions {
  readonly merchant: string;
  readonly apiKey: string;
  readonly urls: readonly string[];
  readonly history: History;
}

/** A merchant's own system: it writes down what it asked and heard, and asks again when it heard nothing. */
export class Client {
  constructor(private readonly options: ClientOptions) {}

  get merchant(): string {
    return this.options.merchant;
  }

  /** One call at one API. Nothing: nobody knows whether it happened. */
  async once(mutation: string, input: object, api: number): Promise<Payload | undefined> {
    const { history, merchant } = this.options;
    const op = { op: history.invoke(mutation, merchant, input), f: mutation, merchant };
    try {
      const payload = await this.send(mutation, input, api);
      history.end(op, payload.userErrors.length === 0 ? 'ok' : 'fail', payload);
      return payload;
    } catch (error) {
      history.end(op, 'info', error instanceof Error ? error.message.slice(0, 200) : 'unknown');
      return undefined;
    }
  }

  /** The same call, at one API after the other, until one answers or the time is over. */
  async insist(mutation: string, input: object, giveUpAt: number): Promise<Payload | undefined> {
    for (let api = 0; ; api += 1) {
      const payload = await this.once(mutation, input, api);
      if (payload || performance.now() > giveUpAt) return payload;
      await pause(AGAIN_MS);
    }
  }

  private async send(mutation: string, input: object, api: number): Promise<Payload> {
    const { urls, apiKey } = this.options;
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) {
      ${SELECTIONS[mutation]} userErrors { code message } } }`;
    const response = await fetch(`${urls[api % urls.length]}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        authorization: `Bearer ${apiKey}`,
      },
      body: JSON.stringify({ query, variables: { input } }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = (await response.json()) as {
      data?: Record<string, Payload> | null;
      errors?: readonly { message: string; extensions?: { code?: string } }[];
    };
    const payload = body.data?.[mutation];
    if (!payload) throw new Error(`${response.status} ${JSON.stringify(body.errors ?? null)}`);
    return payload;
  }
}
