import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { MagicCard, ProviderHalf, SandboxCore } from '../core/index.js';
import { accountOf, authenticate, KeysInFlight, referenceOf } from './access.js';
import { registerAgreements } from './agreements.routes.js';
import { parseBodies } from './bodies.js';
import { resumeBulks } from './bulk.js';
import { registerCardPayments, registerPaymentMethods } from './cards.routes.js';
import { planLatePayment } from './charging.js';
import { giveCard, returnUrlOf } from './checkout.js';
import { declineMessage, declineOf } from './declines.js';
import { registerHostedPage } from './hosted.routes.js';
import { newId, normalizeId } from './ids.js';
import { registerImports } from './imports.routes.js';
import { registerOperations } from './operations.routes.js';
import { overviewOf } from './overview.js';
import { registerPayments } from './payments.routes.js';
import { ReadLimit } from './read-limit.js';
import { resumeRefunds } from './refund.js';
import { NexiRefusal } from './refusal.js';
import { NexiState, type Nexi } from './state.js';
import { defineNexiSwitches } from './switches.js';
import { findTestCard, outcomeOf, TEST_CARDS } from './test-cards.js';
import { defaultExpiry } from './times.js';

const DEFAULT_ACCOUNT = 'test-secret-key-sandbox';

const internalError = { message: 'Internal server error', code: '1000', source: 'internal' };

/** Refusals as the provider words them; what the server itself refuses in the same shape. */
const answerError = (
  error: FastifyError | NexiRefusal,
  _request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply => {
  if (error instanceof NexiRefusal) {
    void reply.code(error.status).headers(error.headers);
    return error.body === undefined ? reply.send() : reply.send(error.body);
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return reply.code(status).send({ errors: { '': [error.message] } });
  process.stderr.write(`sandbox: nexi failed: ${error.stack ?? error.message}\n`);
  return reply.code(500).send(internalError);
};

const toMagicCard = (card: (typeof TEST_CARDS)[number]): MagicCard => ({
  provider: 'NEXI',
  number: card.number,
  outcome: outcomeOf(card),
  description: card.description,
  ...(card.registrationCode === undefined ? {} : { at: 'REGISTRATION' as const }),
});

const createAgreements = (
  { core, state }: Nexi,
  input: { count: number; cardNumber: string; account?: string },
): string[] => {
  const card = findTestCard(input.cardNumber);
  if (!card) throw new Error('cardNumber: expected one of GET /control/cards');
  if (card.registrationCode !== undefined)
    throw new Error(`cardNumber: this card fails at registration (${card.registrationCode})`);
  const account = input.account ?? DEFAULT_ACCOUNT;
  const atMs = core.clock.nowMs(account);
  const stored = `${card.number}/${defaultExpiry(atMs)}`;
  return Array.from({ length: input.count }, () => {
    const id = newId('agreement');
    state.agreements.put({ id, account, kind: 'unscheduled', card: stored, atMs });
    return id;
  });
};

const completeCheckout = async (
  nexi: Nexi,
  paymentId: string,
  cardNumber: string,
): Promise<unknown> => {
  const payment = nexi.state.payments.get(normalizeId(paymentId) ?? '');
  if (!payment) throw new Error(`paymentId: no payment has the id ${paymentId}`);
  const result = giveCard(nexi, payment, { number: cardNumber });
  if (result.kind === 'REFUSED') throw new Error(result.reason);
  await nexi.core.flush();
  if (result.kind === 'DECLINED')
    return {
      paymentId: payment.id,
      status: 'FAILED',
      code: result.decline.code,
      message: result.message,
    };
  const { agreement, kind } = result.payment;
  return {
    paymentId: payment.id,
    status: 'COMPLETED',
    redirectUrl: returnUrlOf(result.payment) ?? null,
    ...(agreement === undefined
      ? {}
      : { [kind === 'scheduled' ? 'subscriptionId' : 'unscheduledSubscriptionId']: agreement }),
  };
};

/** Fault "reported failed": the charge was done, the answer says the issuer refused. */
const reportedFailed: ProviderHalf['reportedFailed'] = (request, payload) => {
  const isCharge = request.method === 'POST' && /\/charges\/?$/.test(request.url);
  const answer = JSON.parse(payload === '' ? '{}' : payload) as Record<string, unknown>;
  if (!isCharge || typeof answer['chargeId'] !== 'string') return undefined;
  const decline = declineOf('05');
  const message = declineMessage(decline, String(answer['paymentId'] ?? ''));
  return {
    status: 402,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ code: decline.code, message, source: decline.source }),
  };
};

const registerApi = (
  app: FastifyInstance,
  { nexi, reads, keys }: { nexi: Nexi; reads: ReadLimit; keys: KeysInFlight },
): void => {
  void app.register(
    async (api) => {
      api.addHook('onRequest', authenticate(nexi));
      api.addHook('preValidation', keys.enter);
      registerPayments(api, nexi, reads);
      registerOperations(api, nexi);
      registerAgreements(api, nexi);
      registerPaymentMethods(api);
      registerCardPayments(api, nexi);
    },
    { prefix: '/v1' },
  );
  void app.register(
    async (imports) => {
      imports.addHook('onRequest', authenticate(nexi));
      registerImports(imports, nexi);
    },
    { prefix: '/imports' },
  );
};

/** After a start: what an earlier run left under way goes on. */
const resume = (nexi: Nexi): void => {
  resumeBulks(nexi);
  for (const payment of nexi.state.payments.values()) {
    if (payment.refunds) resumeRefunds(nexi, payment);
    if (payment.paidLateAtMs !== undefined) planLatePayment(nexi, payment);
  }
};

/** The pretend Nexi Checkout: its API under /v1, and the page where a person gives a card. */
export const registerNexi = (app: FastifyInstance, core: SandboxCore): ProviderHalf => {
  defineNexiSwitches(core.switches);
  const nexi: Nexi = { core, state: new NexiState(core) };
  const reads = new ReadLimit();
  const keys = new KeysInFlight();

  app.decorateRequest('nexiAccount', '');
  app.decorateRequest('leaveKey', undefined);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) => reply.code(404).send());
  parseBodies(app);
  registerHostedPage(app, nexi);
  registerApi(app, { nexi, reads, keys });
  resume(nexi);

  return {
    cards: TEST_CARDS.map(toMagicCard),
    createAgreements: (input) => createAgreements(nexi, input),
    completeCheckout: (paymentId, cardNumber) => completeCheckout(nexi, paymentId, cardNumber),
    overview: overviewOf(nexi),
    reset: () => {
      nexi.state.reset();
      reads.clear();
      keys.clear();
    },
    referenceOf,
    accountOf: (request) => accountOf(nexi, request),
    errorAnswer: (status) =>
      status === 500
        ? { contentType: 'application/json; charset=utf-8', body: JSON.stringify(internalError) }
        : { contentType: 'text/plain', body: '' },
    reportedFailed,
  };
};
