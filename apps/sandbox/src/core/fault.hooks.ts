import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SandboxCore } from './core.js';
import type { Strike } from './faults.js';
import { instantOf } from './instant.js';
import type { Provider } from './ledger.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The fault drawn for this request. */
    strike: Strike | undefined;
    isRecorded: boolean;
  }
}

/** The quantile of the 99th percentile of a normal distribution: what turns a median and a p99 into a sigma. */
const NORMAL_P99 = 2.326;

const HTML =
  '<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>';

export const providerOf = (url: string): Provider | undefined => {
  if (url.startsWith('/portone')) return 'PORTONE';
  return url.startsWith('/nexi') ? 'NEXI' : undefined;
};

const pathOf = (url: string): string => {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
};

/** Around every provider request: it is recorded, meets its fault, and its changes are written before its answer leaves. */
export const addProviderHooks = (app: FastifyInstance, core: SandboxCore): void => {
  app.decorateRequest('strike', undefined);
  app.decorateRequest('isRecorded', false);

  app.addHook('preHandler', (request, reply, done) => {
    const provider = providerOf(request.url);
    if (!provider) return done();
    record(core, request, provider);
    const fate = request.strike ? meetBefore(core, request, reply) : 'GO_ON';
    if (fate === 'GO_ON') done();
    else if (typeof fate === 'number') setTimeout(done, fate);
  });

  // oxlint-disable-next-line max-params -- Fastify's own shape of a hook
  app.addHook('onSend', (request, reply, payload, done) => {
    const provider = providerOf(request.url);
    if (provider && !request.isRecorded) record(core, request, provider);
    const send = (): void => {
      if (request.strike && typeof payload === 'string')
        meetAfter(core, request, { reply, payload, done });
      else done(null, payload);
    };
    const writing = core.flush();
    if (writing) writing.then(send, done);
    else send();
  });
};

const record = (core: SandboxCore, request: FastifyRequest, provider: Provider): void => {
  request.isRecorded = true;
  const half = core.halves.get(provider);
  const reference = half?.referenceOf?.(request) ?? null;
  const account = half?.accountOf?.(request) ?? null;
  const path = pathOf(request.url);
  const { method } = request;
  if (!core.faults.isCalm) {
    const occasion = { provider, method, path, reference, account };
    request.strike = core.faults.draw(occasion, ['BEFORE', 'DURING', 'AFTER']);
  }
  const fate = request.strike?.rule.fate;
  const time = instantOf(Date.now());
  core.requests.append({ time, provider, method, path, reference, account, ...(fate && { fate }) });
};

/** `GO_ON`, a wait in milliseconds, or `ENDED` when the request goes no further. */
const meetBefore = (
  core: SandboxCore,
  request: FastifyRequest,
  reply: FastifyReply,
): 'GO_ON' | 'ENDED' | number => {
  const strike = request.strike;
  if (!strike) return 'GO_ON';
  const { fate, options } = strike.rule;
  const answerError = (status: number): 'ENDED' => {
    const { contentType, body } = errorBody(core, request, status);
    request.strike = undefined;
    void reply.code(status).type(contentType).send(body);
    return 'ENDED';
  };
  switch (fate) {
    case 'refuse':
      reply.hijack();
      request.raw.socket.resetAndDestroy();
      return 'ENDED';
    case 'hang-before':
      reply.hijack();
      return 'ENDED';
    case 'slow':
      return slownessMs(strike);
    case 'error-before':
      return answerError(options.status ?? 500);
    case 'lookup-down':
      return answerError(options.status ?? 503);
    case 'unauthorized':
      return answerError(401);
    case 'rate-limited': {
      const wait = options.retryAfterSeconds;
      if (wait !== undefined) void reply.header('retry-after', String(wait));
      return answerError(429);
    }
    default:
      return 'GO_ON';
  }
};

const errorBody = (
  core: SandboxCore,
  request: FastifyRequest,
  status: number,
): { contentType: string; body: string } => {
  // Gateways in front of a provider speak HTML.
  if (status === 502 || status === 504) return { contentType: 'text/html', body: HTML };
  const provider = providerOf(request.url);
  const half = provider && core.halves.get(provider);
  return half?.errorAnswer?.(status) ?? { contentType: 'text/plain', body: '' };
};

type Done = (error: Error | null, payload?: unknown) => void;

const meetAfter = (
  core: SandboxCore,
  request: FastifyRequest,
  answer: { reply: FastifyReply; payload: string; done: Done },
): void => {
  const { reply, payload, done } = answer;
  const { fate, options } = request.strike?.rule ?? { fate: 'slow', options: {} };
  const replaceBy = (status: number, contentType: string, body: string): void => {
    void reply.code(status).type(contentType).header('content-length', Buffer.byteLength(body));
    done(null, body);
  };
  switch (fate) {
    case 'hang-after':
      return;
    case 'response-lost':
    case 'bulk-response-lost':
      request.raw.socket.resetAndDestroy();
      return;
    case 'reset-mid-body':
      return resetMidBody(request, reply, payload);
    case 'error-after': {
      const status = options.status ?? 500;
      const { contentType, body } = errorBody(core, request, status);
      return replaceBy(status, contentType, body);
    }
    case 'html-body':
      return replaceBy(options.status ?? 200, 'text/html', HTML);
    case 'truncated-json': {
      const contentType = 'application/json; charset=utf-8';
      return replaceBy(reply.statusCode, contentType, payload.slice(0, payload.length >> 1));
    }
    case 'reported-failed': {
      const provider = providerOf(request.url);
      const report = provider && core.halves.get(provider)?.reportedFailed?.(request, payload);
      if (report) return replaceBy(report.status, report.contentType, report.body);
      return done(null, payload);
    }
    default:
      return done(null, payload);
  }
};

const resetMidBody = (request: FastifyRequest, reply: FastifyReply, payload: string): void => {
  const body = Buffer.from(payload);
  reply.raw.writeHead(reply.statusCode, {
    'content-type': String(reply.getHeader('content-type') ?? 'application/json'),
    'content-length': body.length,
  });
  const half = body.subarray(0, body.length >> 1);
  // The client must have read the first half before the reset overtakes it.
  reply.raw.write(half, () => setTimeout(() => request.raw.socket.resetAndDestroy(), 20));
};

/** Between two bounds, or log-normal with a median and a 99th percentile; fixed by the draw. */
const slownessMs = ({ rule, luck }: Strike): number => {
  const { minMs, maxMs, medianMs = 1000, p99Ms = 5000 } = rule.options;
  if (minMs !== undefined && maxMs !== undefined) return minMs + luck * (maxMs - minMs);
  const sigma = Math.log(Math.max(p99Ms / Math.max(medianMs, 1), 1)) / NORMAL_P99;
  return medianMs * Math.exp(sigma * normalQuantile(luck));
};

/** The logistic curve stands in for the normal one: within a few per cent, and in one line. */
const normalQuantile = (share: number): number => {
  const bounded = Math.min(Math.max(share, 0.0005), 0.9995);
  return Math.log(bounded / (1 - bounded)) / 1.702;
};
