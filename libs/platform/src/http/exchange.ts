import type { Dispatcher, Pool } from 'undici';
import type { HttpAnswer, HttpCall } from './answer.js';

/** What the exchange needs to know of the house's limits. */
export interface ExchangeLimits {
  readonly deadlineMs: number;
  readonly maxAnswerBytes: number;
}

/**
 * An answer in another form than JSON is of no use; the name tells a provider's engineer whose
 * calls these are.
 */
const HEADERS = { accept: 'application/json', 'user-agent': 'Refrain' };

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
export class Exchange implements Dispatcher.DispatchHandler {
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
    private readonly call: HttpCall,
    private readonly limits: ExchangeLimits,
  ) {
    this.#settle = () => undefined;
    this.answer = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#timer = setTimeout(
      () => this.#giveUp('no answer within the deadline'),
      call.deadlineMs ?? limits.deadlineMs,
    );
  }

  /** Hands the call over to the pool of its origin. */
  run(poolOf: (origin: string) => Pool): void {
    const { method, url, headers, body } = this.call;
    try {
      const { origin, pathname, search } = new URL(url);
      const request = {
        method,
        path: pathname + search,
        headers: { ...HEADERS, ...headers },
        body: body || null,
        // No body outlives our own deadline, so undici's two stay off.
        headersTimeout: 0,
        bodyTimeout: 0,
      };
      poolOf(origin).dispatch(request, this);
    } catch (error) {
      this.fail(nameOf(error));
    }
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
    if (this.#bytes > this.limits.maxAnswerBytes)
      this.#giveUp(`the answer is longer than ${this.limits.maxAnswerBytes} bytes`);
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
