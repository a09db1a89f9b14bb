import { HttpService } from '@nestjs/axios';
import axios, { type AxiosAdapter } from 'axios';
import { LRUCache } from 'lru-cache';
import { Histogram } from 'prom-client';
import { Pool } from 'undici';
import type { HttpAnswer, HttpCall } from './answer.js';
import { Exchange } from './exchange.js';

export interface HttpSenderOptions {
  /** A provider's own bound is 30 s and less; 35 s leaves room for the way there and back. */
  readonly deadlineMs: number;
  /** Reliability bar, row 35: a connect that hangs ends after 5 s. */
  readonly connectTimeoutMs: number;
  /** The longest real answer, a page of 1,000 payments, is under 4 MiB. */
  readonly maxAnswerBytes: number;
  /**
   * Per origin. More wait in the pool; their deadline runs. Eight accounts that hang, with all the
   * calls they may have open, leave no other account of their provider waiting.
   */
  readonly connections: number;
  /**
   * Only for tests with their own certificate authority; the check itself cannot be switched off.
   */
  readonly certificateAuthority?: string;
}

const DEFAULTS: HttpSenderOptions = {
  deadlineMs: 35_000,
  connectTimeoutMs: 5_000,
  maxAnswerBytes: 8 * 1024 * 1024,
  connections: 512,
};

/**
 * Two providers, live and test, and whatever sandboxes: more origins at once means that someone
 * feeds us addresses.
 */
const ORIGINS_MAX = 64;
/** Shorter than the idle time-outs of common load balancers (60 s), so that we close first. */
const KEEP_ALIVE_MS = 20_000;
/** A server may ask for longer by its `Keep-Alive` header; not for longer than this. */
const KEEP_ALIVE_MAX_MS = 55_000;

/** By how it ended and the class of its status: addresses, and whose they are, are no labels. */
const callSeconds = new Histogram({
  name: 'refrain_provider_call_seconds',
  help: 'How long calls to providers took, by how they ended.',
  labelNames: ['result'] as const,
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 35],
});

/**
 * The one way out to a provider. No redirects, no proxies, no retries, no pipelining, TLS always
 * checked.
 */
export class HttpSender {
  readonly #pools: LRUCache<string, Pool>;
  readonly #http: HttpService;

  constructor(private readonly options: HttpSenderOptions) {
    this.#pools = new LRUCache<string, Pool>({
      max: ORIGINS_MAX,
      // Lets what is under way finish; each call hears its own end.
      dispose: (pool) => void pool.close().catch(() => undefined),
    });
    const instance = axios.create({ adapter: this.#adapter });
    // Axios merges its defaults (transforms, headers, limits: all of them the exchange's business
    // here) into every request anew; without them a request costs half.
    for (const name of Object.keys(instance.defaults) as (keyof typeof instance.defaults)[])
      if (name !== 'adapter') delete instance.defaults[name];
    this.#http = new HttpService(instance);
  }

  /** How long a call may take that names no deadline of its own. */
  get deadlineMs(): number {
    return this.options.deadlineMs;
  }

  /** Always answers; see `HttpAnswer` for what each kind promises. */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const exchange = new Exchange(call, this.options);
    const began = performance.now();
    try {
      // The exchange goes through as the data: axios would merge headers in and out, at twice the
      // cost.
      const { method, url } = call;
      await this.#http.axiosRef.request({ method, url, data: exchange });
    } catch {
      // The exchange itself knows whether a byte had left when axios gave up.
      exchange.fail('the request could not be put together');
    }
    const answer = await exchange.answer;
    callSeconds.observe({ result: resultOf(answer) }, (performance.now() - began) / 1_000);
    return answer;
  }

  /** Ends every connection, also under what is still on its way: each such call hears its own end. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    await Promise.all(pools.map((pool) => pool.destroy().catch(() => undefined)));
    this.#pools.clear();
  }

  /**
   * Axios over undici. It never rejects: an error object of the network, which would carry the
   * credentials of the request, does not come to be.
   */
  readonly #adapter: AxiosAdapter = async (config) => {
    const exchange = config.data as Exchange;
    exchange.run((origin) => this.#poolOf(origin));
    const data = await exchange.answer;
    return { data, status: 0, statusText: '', headers: {}, config };
  };

  #poolOf(origin: string): Pool {
    const known = this.#pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: this.options.connections,
      // One request per connection at a time: a reset then concerns exactly one charge.
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      connect: {
        timeout: this.options.connectTimeoutMs,
        // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the default off.
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(this.options.certificateAuthority ? { ca: this.options.certificateAuthority } : {}),
      },
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}

/** `2xx` to `5xx`, `not_sent`, `no_answer`. */
const resultOf = (answer: HttpAnswer): string =>
  answer.kind === 'ANSWERED' ? `${Math.floor(answer.status / 100)}xx` : answer.kind.toLowerCase();

export const createHttpSender = (options: Partial<HttpSenderOptions> = {}): HttpSender =>
  new HttpSender({ ...DEFAULTS, ...options });
