import { setTimeout as pause } from 'node:timers/promises';
import { ClientFault } from './client-fault.js';
import type { Operation } from './operation.js';
import { retryDelayMs } from './retry.js';

export interface ClientOptions {
  /** Where the API is: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly apiKey: string;
  /** How long one try may take. */
  readonly timeoutMs?: number;
  /** How long a call may be tried again before it fails; 0: never. */
  readonly patienceMs?: number;
  /** Told before each wait. */
  readonly onRetry?: (fault: ClientFault, waitMs: number) => void;
}

/** Above the API's slowest ordinary answer (a card that is registered while the caller waits). */
const TIMEOUT_MS = 60_000;
/** A restart or a failover of the API, without its callers noticing. */
const PATIENCE_MS = 15_000;
/** Gateways that have nobody behind them for a moment. */
const GATEWAY_STATUSES = new Set([502, 503, 504]);
/** Nothing was sent: there was no connection to send it on. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

interface GraphqlError {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly correlationId?: string };
}
interface GraphqlBody {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlError[];
}

type Try =
  | { readonly data: unknown }
  | { readonly fault: ClientFault; readonly mayRetry: boolean; readonly waitMs?: number };

/** Sends one operation at a time over HTTP, and again where that can do no harm. */
export class Transport {
  constructor(private readonly options: ClientOptions) {}

  async call<Variables extends object, Answer>(
    operation: Operation<Variables, Answer>,
    variables: Variables,
  ): Promise<Answer> {
    const data = await this.send(
      operation,
      JSON.stringify({
        query: operation.document,
        variables,
      }),
    );
    try {
      return operation.read(data);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new ClientFault('UNREADABLE', `${operation.name} answered another shape: ${detail}`, {
        mayHaveHappened: true,
      });
    }
  }

  private async send({ isRepeatable }: Operation<never, unknown>, body: string): Promise<unknown> {
    const { patienceMs = PATIENCE_MS, onRetry } = this.options;
    const deadline = performance.now() + patienceMs;
    for (let retry = 1; ; retry += 1) {
      const tried = await this.tryOnce(body);
      if ('data' in tried) return tried.data;
      const { fault, mayRetry } = tried;
      const waitMs = tried.waitMs ?? retryDelayMs(retry, Math.random());
      const isHarmless = isRepeatable || !fault.mayHaveHappened;
      if (!mayRetry || !isHarmless || performance.now() + waitMs > deadline) throw fault;
      onRetry?.(fault, waitMs);
      await pause(waitMs);
    }
  }

  private async tryOnce(body: string): Promise<Try> {
    const { url, apiKey, timeoutMs = TIMEOUT_MS } = this.options;
    try {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          authorization: `Bearer ${apiKey}`,
        },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      return readResponse(response, await response.text());
    } catch (error) {
      return { fault: presentNetworkError(error, url), mayRetry: true };
    }
  }
}

/** fetch says only "fetch failed"; what failed is its cause. */
const presentNetworkError = (error: unknown, url: string): ClientFault => {
  const { cause = error } = error as { cause?: unknown };
  const { code = '', message = '' } = cause as Partial<NodeJS.ErrnoException>;
  return new ClientFault('UNREACHABLE', `${url} could not be reached: ${message || code}`, {
    mayHaveHappened: !NOT_SENT.has(code),
  });
};

const readResponse = (response: Response, text: string): Try => {
  const { status } = response;
  if (GATEWAY_STATUSES.has(status)) {
    const fault = new ClientFault('UNREACHABLE', `the API answered ${status}`, {
      mayHaveHappened: true,
    });
    return { fault, mayRetry: true };
  }
  if (status === 429) {
    const fault = new ClientFault('REFUSED', 'too many requests', { code: 'RATE_LIMITED' });
    const seconds = Number(response.headers.get('retry-after'));
    return { fault, mayRetry: true, ...(seconds > 0 && { waitMs: seconds * 1000 }) };
  }
  const body = parseBody(text);
  if (!body) {
    const message = `expected a GraphQL answer, found status ${status} and other content`;
    const fault = new ClientFault('UNREADABLE', message, { mayHaveHappened: true });
    return { fault, mayRetry: false };
  }
  const [error] = body.errors ?? [];
  if (!error) return { data: body.data };
  const { code, correlationId } = error.extensions ?? {};
  const isOurs = code === undefined || code === 'INTERNAL';
  const fault = new ClientFault(isOurs ? 'FAILED' : 'REFUSED', error.message, {
    ...(code && { code }),
    ...(correlationId && { correlationId }),
    mayHaveHappened: isOurs,
  });
  return { fault, mayRetry: isOurs };
};

const parseBody = (text: string): GraphqlBody | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    const isAnswer =
      typeof body === 'object' && body !== null && ('data' in body || 'errors' in body);
    return isAnswer ? (body as GraphqlBody) : undefined;
  } catch {
    return undefined;
  }
};
