import type { FastifyInstance, FastifyReply } from 'fastify';
import { readAccount } from './account.rules.js';
import { inListOrder } from './cards.js';
import type { SandboxCore } from './core.js';
import { readFaultRule, type FaultRule } from './fault-rule.js';
import type { Provider } from './ledger.js';

type Fields = Record<string, unknown>;

/** Keys made in one call: a hundred thousand take about a second. */
const MOST_AGREEMENTS = 1_000_000;
/** How long a moved clock waits for the receivers of its webhooks. */
const WEBHOOK_PATIENCE_MS = 10_000;
/** RFC 3339: a date alone would leave the hour to guesswork. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

const refuse = (reply: FastifyReply, message: string, status = 400): FastifyReply =>
  reply.code(status).send({ error: message });

const fieldsOf = (body: unknown): Fields =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Fields) : {};

const providerNamed = (value: unknown): Provider | undefined => {
  const upper = String(value).toUpperCase();
  return upper === 'PORTONE' || upper === 'NEXI' ? upper : undefined;
};

/** What no real provider has: the truth, the faults and the clock. */
export const registerControl = (app: FastifyInstance, core: SandboxCore): void => {
  addTruthRoutes(app, core);
  addMakingRoutes(app, core);
  addPersonRoutes(app, core);
  addWorldRoutes(app, core);
};

const addTruthRoutes = (app: FastifyInstance, core: SandboxCore): void => {
  app.get('/control/ledger', (_request, reply) =>
    reply.type('application/x-ndjson').send(core.ledger.stream()),
  );
  app.get('/control/requests', async (request, reply) => {
    const { reference, method, path } = request.query as Record<string, string | undefined>;
    const found: Fields[] = [];
    for await (const line of core.requests.lines()) {
      if (reference !== undefined && !line.includes(reference)) continue;
      const entry = JSON.parse(line) as Fields;
      if (reference !== undefined && entry['reference'] !== reference) continue;
      if (method !== undefined && entry['method'] !== method.toUpperCase()) continue;
      if (path !== undefined && entry['path'] !== path) continue;
      found.push(entry);
    }
    return reply.send(found);
  });
  app.get('/control/cards', (_request, reply) =>
    reply.send(inListOrder([...core.halves.values()].flatMap((half) => [...half.cards]))),
  );
  app.get('/control/webhooks', (_request, reply) =>
    reply.send({ sent: core.webhooks.list(), pending: core.webhooks.pending() }),
  );
};

const addMakingRoutes = (app: FastifyInstance, core: SandboxCore): void => {
  app.post('/control/agreements', (request, reply) => {
    const body = fieldsOf(request.body);
    const provider = providerNamed(body['provider']);
    const half = provider && core.halves.get(provider);
    if (!half) return refuse(reply, 'provider: expected PORTONE or NEXI');
    const count = Number(body['count'] ?? 1);
    if (!Number.isInteger(count) || count < 1 || count > MOST_AGREEMENTS) {
      return refuse(reply, `count: expected a whole number from 1 to ${MOST_AGREEMENTS}`);
    }
    const cardNumber = String(body['cardNumber'] ?? '');
    const digits = cardNumber.replace(/\D/g, '');
    const isListed = half.cards.some((card) => card.number.replace(/\D/g, '') === digits);
    const isKnown = isListed || half.knowsCard?.(cardNumber) === true;
    if (!isKnown) return refuse(reply, 'cardNumber: expected one of GET /control/cards');
    const account = body['account'] === undefined ? undefined : String(body['account']);
    if (account !== undefined && !core.accounts.find(provider, account)) {
      return refuse(reply, `account: no ${provider} account has the key ${account}`);
    }
    try {
      const ids = half.createAgreements({ count, cardNumber, ...(account && { account }) });
      return reply.send({ ids });
    } catch (error) {
      return refuse(reply, error instanceof Error ? error.message : String(error));
    }
  });
};

/** What people do at the providers' own pages. */
const addPersonRoutes = (app: FastifyInstance, core: SandboxCore): void => {
  app.post('/control/payments/:paymentId/cancel', (request, reply) => {
    const { paymentId } = request.params as { paymentId: string };
    const cancel = core.halves.get('PORTONE')?.cancelInConsole;
    if (!cancel) return refuse(reply, 'no provider here has a console', 404);
    const { amount, reason } = fieldsOf(request.body);
    if (amount !== undefined && typeof amount !== 'number') {
      return refuse(reply, 'amount: expected a number');
    }
    const named = typeof reason === 'string' ? { reason } : {};
    try {
      return reply.send(cancel({ paymentId, ...(amount !== undefined && { amount }), ...named }));
    } catch (error) {
      return refuse(reply, error instanceof Error ? error.message : String(error));
    }
  });
  app.post('/control/checkouts/:paymentId/complete', async (request, reply) => {
    const { paymentId } = request.params as { paymentId: string };
    const complete = core.halves.get('NEXI')?.completeCheckout;
    if (!complete) return refuse(reply, 'no provider here has a hosted page', 404);
    const { cardNumber } = fieldsOf(request.body);
    if (typeof cardNumber !== 'string') return refuse(reply, 'cardNumber: expected a string');
    try {
      return await reply.send((await complete(paymentId, cardNumber)) ?? {});
    } catch (error) {
      return refuse(reply, error instanceof Error ? error.message : String(error));
    }
  });
};

const addWorldRoutes = (app: FastifyInstance, core: SandboxCore): void => {
  addClockRoutes(app, core);
  addFaultRoutes(app, core);
  app.get('/control/switches', (_request, reply) => reply.send(core.switches.list()));
  app.post('/control/switches', (request, reply) => {
    for (const [name, value] of Object.entries(fieldsOf(request.body))) {
      const problem = core.switches.set(name, value);
      if (problem) return refuse(reply, problem);
    }
    return reply.send(core.switches.list());
  });
  app.get('/control/accounts', (_request, reply) => reply.send(core.accounts.list()));
  app.post('/control/accounts', (request, reply) => {
    const read = readAccount(fieldsOf(request.body), (key) => core.accounts.get(key));
    if ('problem' in read) return refuse(reply, read.problem);
    core.accounts.put(read.account);
    return reply.send(read.account);
  });
  app.post('/control/webhooks', (request, reply) => {
    const { provider, account, url, body, headers, contentType } = fieldsOf(request.body);
    if (typeof url !== 'string' || !URL.canParse(url)) return refuse(reply, 'url: expected a URL');
    core.webhooks.send({
      provider: providerNamed(provider) ?? 'PORTONE',
      account: String(account ?? ''),
      url,
      headers: fieldsOf(headers) as Record<string, string>,
      contentType: contentType === 'form' ? 'form' : 'json',
      body: fieldsOf(body),
      event: 'by hand',
      reference: 'by hand',
      retry: { times: 0, delaysMs: [] },
    });
    return reply.code(202).send({});
  });
  app.post('/control/reset', (_request, reply) => {
    core.reset();
    return reply.send({});
  });
};

const addClockRoutes = (app: FastifyInstance, core: SandboxCore): void => {
  const clocks = (): Record<string, string> => {
    const accounts = core.accounts.list();
    return Object.fromEntries(
      accounts.map(({ key }) => [key, new Date(core.clock.nowMs(key)).toISOString()]),
    );
  };
  app.get('/control/clock', (_request, reply) => reply.send({ accounts: clocks() }));
  app.post('/control/clock', async (request, reply) => {
    const { at, account } = fieldsOf(request.body);
    const atMs = typeof at === 'string' && RFC3339.test(at) ? Date.parse(at) : Number.NaN;
    if (Number.isNaN(atMs)) return refuse(reply, 'at: expected a time in RFC 3339');
    const everyone = core.accounts.list().map(({ key }) => key);
    if (account !== undefined && !everyone.includes(String(account))) {
      return refuse(reply, 'account: expected an imp_key or a secret key of this sandbox');
    }
    const moved = account === undefined ? everyone : [String(account)];
    const ahead = moved.find((key) => core.clock.nowMs(key) > atMs);
    if (ahead !== undefined) {
      const now = new Date(core.clock.nowMs(ahead)).toISOString();
      return refuse(reply, `at: a clock only moves forward, and that of ${ahead} shows ${now}`);
    }
    await core.clock.advanceTo(atMs, moved);
    await core.webhooks.settled(WEBHOOK_PATIENCE_MS);
    return reply.send({ at: new Date(atMs).toISOString(), accounts: clocks() });
  });
};

const addFaultRoutes = (app: FastifyInstance, core: SandboxCore): void => {
  app.get('/control/faults', (_request, reply) => reply.send(core.faults.list()));
  app.delete('/control/faults', (_request, reply) => {
    core.faults.set([]);
    return reply.send([]);
  });
  app.post('/control/faults', (request, reply) => {
    const { body } = request;
    const listed = Array.isArray(body) ? body : fieldsOf(body)['rules'];
    const inputs: unknown[] = Array.isArray(listed) ? listed : [body];
    const rules: FaultRule[] = [];
    for (const [index, input] of inputs.entries()) {
      const read = readFaultRule(input);
      if ('problem' in read) return refuse(reply, `rule ${index}: ${read.problem}`);
      rules.push(read.rule);
    }
    // A list is the whole of it, a single rule comes on top.
    if (Array.isArray(listed)) core.faults.set(rules);
    else for (const rule of rules) core.faults.add(rule);
    return reply.send(core.faults.list());
  });
};
