import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account, ProviderHalf, SandboxCore } from '../core/index.js';
import {
  badRequest,
  bodyOf,
  CONTENT_TYPE,
  done,
  failed,
  MESSAGES,
  notFound,
  unauthorized,
  type Answer,
} from './answer.js';
import { cancelInConsole } from './cancelling.js';
import { addChargeRoutes } from './charges.routes.js';
import { addCustomerRoutes, makeKeys } from './customers.routes.js';
import { isFields, parseBody, parseQuery, textIn, type Fields } from './fields.js';
import { addPaymentRoutes } from './payments.routes.js';
import { Portone, type AddRoute } from './portone.js';
import { addNotRecurringRoutes } from './not-recurring.routes.js';
import { addOtherRoutes } from './others.routes.js';
import { addScheduleRoutes } from './schedules.routes.js';
import { overviewOf } from './overview.js';
import { reportedFailed } from './reported-failed.js';
import { findTestCard, MAGIC_CARDS } from './test-cards.js';

declare module 'fastify' {
  interface FastifyRequest {
    portoneAccount: Account | undefined;
  }
}

/** Answers nothing: a reply handed on through a promise is a promise itself, and a slow one. */
const send = (reply: FastifyReply, answer: Answer): void => {
  void reply.code(answer.status).header('content-type', CONTENT_TYPE).send(bodyOf(answer));
};

/** User agents are few and payments many: each text is kept once. */
const agents = new Map<string, string>();
const agentOf = (request: FastifyRequest): string | null => {
  const agent = request.headers['user-agent'];
  if (agent === undefined) return null;
  const known = agents.get(agent);
  if (known !== undefined) return known;
  if (agents.size < 1000) agents.set(agent, agent);
  return agent;
};

/** All of PortOne V1 under the scope it is given. */
export const registerPortone = (app: FastifyInstance, core: SandboxCore): ProviderHalf => {
  const portone = new Portone(core);
  app.decorateRequest('portoneAccount', undefined);
  addParsing(app);
  addToken(app, portone);

  const add: AddRoute = (method, url, handler) => {
    app.route({
      method,
      url,
      onRequest: (request, reply, next) => {
        request.portoneAccount = authorise(portone, request);
        if (request.portoneAccount) return next();
        const status = Number(core.switches.get('portoneMissingToken'));
        const isMissing = tokenOf(request) === undefined;
        send(reply, isMissing ? { ...unauthorized(), status } : unauthorized());
      },
      handler: (request, reply): void => {
        const account = request.portoneAccount;
        if (!account) return send(reply, unauthorized());
        const answer = handler({
          account,
          body: isFields(request.body) ? request.body : {},
          query: parseQuery(request.url),
          params: request.params as Record<string, string>,
          userAgent: agentOf(request),
          strike: request.strike,
        });
        if (!(answer instanceof Promise)) return send(reply, answer);
        answer.then(
          (it) => send(reply, it),
          (error: unknown) => void reply.send(error),
        );
      },
    });
  };
  addCustomerRoutes(add, portone);
  addChargeRoutes(add, portone);
  addScheduleRoutes(add, portone);
  addPaymentRoutes(add, portone);
  addOtherRoutes(add, portone);
  addNotRecurringRoutes(add);
  return halfOf(portone);
};

const halfOf = (portone: Portone): ProviderHalf => ({
  cards: MAGIC_CARDS,
  knowsCard: (number) => findTestCard(number) !== undefined,
  createAgreements: (input) => makeKeys(portone, input),
  cancelInConsole: (input) => cancelInConsole(portone, input),
  overview: overviewOf(portone),
  reset: () => {
    portone.state.reset();
    portone.tokens.keepThroughReset();
  },
  referenceOf: (request) => {
    const body = isFields(request.body) ? request.body : {};
    return referenceIn(body) ?? referenceIn((request.params as Fields | undefined) ?? {});
  },
  accountOf: (request) => {
    const named = isFields(request.body) ? textIn(request.body, 'imp_key') : undefined;
    return request.portoneAccount?.key ?? named ?? null;
  },
  errorAnswer: (status) => ({
    contentType: CONTENT_TYPE,
    body: bodyOf(
      status === 401
        ? unauthorized()
        : failed(ERROR_TEXTS[status] ?? 'Error', { status, code: -1 }),
    ),
  }),
  reportedFailed,
});

const ERROR_TEXTS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  414: 'URI Too Long',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const referenceIn = (fields: Fields): string | null => {
  const merchantUid = fields['merchant_uid'];
  if (Array.isArray(merchantUid) && typeof merchantUid[0] === 'string') return merchantUid[0];
  const schedules = fields['schedules'];
  const first: unknown = Array.isArray(schedules) ? schedules[0] : undefined;
  if (isFields(first)) return textIn(first, 'merchant_uid') ?? null;
  return (
    textIn(fields, 'merchant_uid') ??
    textIn(fields, 'imp_uid') ??
    textIn(fields, 'customer_uid') ??
    null
  );
};

const addParsing = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, parsed) => {
    const body = parseBody(String(text));
    if (body) return parsed(null, body);
    parsed(Object.assign(new Error('the body is no JSON'), { statusCode: 400 }), undefined);
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) process.stderr.write(`sandbox: ${error.stack ?? error.message}\n`);
    const { message } = error;
    send(
      reply,
      status < 500 ? { ...badRequest(message), status } : failed(message, { status, code: -1 }),
    );
  });
  app.setNotFoundHandler((_request, reply) => send(reply, notFound('Not Found')));
};

const addToken = (app: FastifyInstance, portone: Portone): void => {
  app.post('/users/getToken', (request, reply) => {
    const body = isFields(request.body) ? request.body : {};
    const key = textIn(body, 'imp_key');
    const secret = textIn(body, 'imp_secret');
    if (key === undefined || secret === undefined) {
      return send(reply, badRequest(MESSAGES.missingCredentials));
    }
    const account = portone.core.accounts.find('PORTONE', key);
    if (account?.secret !== secret) {
      return send(reply, failed(MESSAGES.badCredentials, { status: 401, code: -1 }));
    }
    return send(reply, done(portone.tokens.issue(account)));
  });
};

/** `Authorization` with or without Bearer, then the old header, then the query: whichever comes first counts alone. */
const tokenOf = (request: FastifyRequest): string | undefined => {
  const { authorization } = request.headers;
  if (authorization) return authorization.replace(/^Bearer\s+/i, '').trim();
  const old = request.headers['x-imptokenheader'];
  if (typeof old === 'string' && old !== '') return old.trim();
  return request.url.includes('_token=') ? textIn(parseQuery(request.url), '_token') : undefined;
};

const authorise = (portone: Portone, request: FastifyRequest): Account | undefined => {
  const token = tokenOf(request);
  const key = token === undefined ? undefined : portone.tokens.accountOf(token);
  return key === undefined ? undefined : portone.core.accounts.find('PORTONE', key);
};
