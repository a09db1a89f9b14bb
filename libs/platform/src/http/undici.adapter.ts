import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios';
import type { Dispatcher, Pool } from 'undici';
import type { HttpAnswer } from './answer.js';

/** What the exchange needs to know of the house's limits. */
export interface ExchangeLimits {
  readonly deadlineMs: number;
  readonly maxAnswerBytes: number;
}

/** An error's name and nothing else: its message and its fields may hold what we sent. */
const nameOf = (error: unknown): string => {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown error';
};

/**
 * One request on the wire, from the hand-over to undici to the last byte of the answer. `isSent` is
 * set in the hook that undici calls directly before it writes the first byte to a socket. Whatever
 * goes wrong before that is NOT_SENT; whatever goes wrong after it is NO_ANSWER, a reset of a
 * reused connection included.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpAnswer>;
  #settle: (answer: HttpAnswer) => void;
  #isSent = false;
  #isSettled = false;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly maxAnswerBytes: number,
    deadlineMs: number,
  ) {
    this.#settle = () => undefined;
    this.answer = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#timer = setTimeout(() => this.#giveUp('no answer within the deadline'), deadlineMs);
  }

  /**
   * The last moment at which nothing has left. Throwing here keeps the request from being written
   * and the connection in the pool; undici calls it again if it means to send the request once
   * more, which it must not.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled) throw new Error('given up before it was sent');
    if (this.#isSent) throw new Error('would be sent a second time');
    this.#isSent = true;
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx are announcements: the answer is still to come.
    if (status < 200) return;
    this.#status = status;
    for (const [name, value] of Object.entries(headers))
      this.#headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
    const encoding = this.#headers['content-encoding'];
    // We ask for none; bytes that we cannot read are no answer.
    if (encoding && encoding !== 'identity') this.#giveUp(`the answer is encoded as ${encoding}`);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.maxAnswerBytes)
      this.#giveUp(`the answer is longer than ${this.maxAnswerBytes} bytes`);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.#finish({
      kind: 'ANSWERED',
      status: this.#status,
      headers: this.#headers,
      text: body.toString('utf8'),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: unknown): void {
    this.fail(nameOf(error));
  }

  fail(reason: string): void {
    this.#finish({ kind: this.#isSent ? 'NO_ANSWER' : 'NOT_SENT', reason });
  }

  #giveUp(reason: string): void {
    this.fail(reason);
    // Closes the socket under a request that is on its way; one that still waits is stopped in
    // onRequestStart.
    this.#controller?.abort(new Error('given up'));
  }

  #finish(answer: HttpAnswer): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#chunks = [];
    this.#settle(answer);
  }
}

const exchange = (
  pool: Pool,
  config: InternalAxiosRequestConfig,
  { limits, path }: { limits: ExchangeLimits; path: string },
): Promise<HttpAnswer> => {
  const running = new Exchange(limits.maxAnswerBytes, config.timeout || limits.deadlineMs);
  try {
    pool.dispatch(
      {
        method: (config.method ?? 'get').toUpperCase() as Dispatcher.HttpMethod,
        path,
        headers: config.headers.toJSON() as Record<string, string>,
        body: typeof config.data === 'string' && config.data !== '' ? config.data : null,
        // No body outlives our own deadline, so undici's two stay off.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      running,
    );
  } catch (error) {
    running.fail(nameOf(error));
  }
  return running.answer;
};

/**
 * Axios over undici pools. It always resolves, with the answer as `data`: an error object of the
 * network, which would carry the credentials of the request, does not come to be.
 */
export const createUndiciAdapter =
  (poolOf: (origin: string) => Pool, limits: ExchangeLimits): AxiosAdapter =>
  async (config) => {
    const { origin, pathname, search } = new URL(config.url ?? '');
    const data = await exchange(poolOf(origin), config, { limits, path: pathname + search });
    return { data, status: 0, statusText: '', headers: {}, config };
  };
