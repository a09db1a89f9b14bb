import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CallRefused, ClientFault, done, RefrainClient, type ClientOptions } from './index.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json =
  (body: unknown, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const gatewayAway = json({}, 502);
const breakOff: Answer = (request) => request.socket.destroy();
const errors = (code: string, status = 200): Answer =>
  json({ errors: [{ message: 'no', extensions: { code, correlationId: 'c-1' } }] }, status);

const charge = {
  id: 'ch_1',
  orderId: 'tea-1',
  status: 'SCHEDULED',
  amount: { amount: 900, currency: 'KRW' },
  dueAt: '2026-01-31T00:00:00.000Z',
  failureCode: null,
  failureClass: null,
  billingKey: { id: 'bk_1', providerKey: 'card-1' },
  refundedAmount: { amount: 0, currency: 'KRW' },
  refunds: [],
  providerMessage: null,
  explanation: 'It will be charged.',
  attempts: [],
  timeline: [{ from: null, to: 'SCHEDULED', at: '2026-01-30T00:00:00.000Z', cause: 'api' }],
  schedule: null,
  bulkCharge: null,
};
const created = json({ data: { createCharge: { charge, replayed: false, userErrors: [] } } });
const retried = json({ data: { retryCharge: { charge, userErrors: [] } } });
const refused = json({
  data: {
    createCharge: {
      charge: null,
      replayed: false,
      userErrors: [{ code: 'INVALID_AMOUNT', field: ['order', 'amount'], message: 'expected > 0' }],
    },
  },
});
const input = {
  billingKeyId: 'bk_1',
  order: { orderId: 'tea-1', name: 'Tea', amount: { amount: 900, currency: 'KRW' } },
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A client of a server that gives these answers, one a request. */
const given = async (answers: Answer[], options: Partial<ClientOptions> = {}) => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(body);
      (answers[bodies.length - 1] ?? json({}, 404))(request, response);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { bodies, client: new RefrainClient({ url, apiKey: 'rfk_x', ...options }) };
};

const faultOf = (call: Promise<unknown>): Promise<ClientFault> =>
  call.then(
    () => Promise.reject(new Error('expected a fault')),
    (fault: ClientFault) => fault,
  );

describe('a call', () => {
  it('answers what was done', async () => {
    const { client } = await given([created]);
    expect(await client.createCharge(input)).toEqual({ kind: 'DONE', charge, replayed: false });
  });

  it('answers what the caller did wrong, and throws it only where that is asked for', async () => {
    const { client } = await given([refused, refused]);
    const outcome = await client.createCharge(input);
    expect(outcome).toMatchObject({ kind: 'REFUSED', userErrors: [{ code: 'INVALID_AMOUNT' }] });
    expect(() => done(outcome)).toThrow(CallRefused);
    expect(() => done(outcome)).toThrow('order.amount: expected > 0 (INVALID_AMOUNT)');
  });

  it('is sent again, byte for byte, when its fate is unclear and it has a key', async () => {
    const { client, bodies } = await given([gatewayAway, breakOff, errors('INTERNAL'), created]);
    expect(await client.createCharge(input)).toMatchObject({ kind: 'DONE' });
    expect(bodies).toHaveLength(4);
    expect(new Set(bodies).size).toBe(1);
  });

  it('is not sent again when it could happen twice', async () => {
    const { client, bodies } = await given([breakOff, retried]);
    const fault = await faultOf(client.retryCharge({ id: 'ch_1' }));
    expect(fault).toMatchObject({ kind: 'UNREACHABLE', mayHaveHappened: true });
    expect(bodies).toHaveLength(1);
  });

  it('is given up when the patience is over, saying whether it may have happened', async () => {
    const { client } = await given([], { patienceMs: 300 });
    servers[0]?.close();
    const fault = await faultOf(client.createCharge(input));
    expect(fault).toMatchObject({ kind: 'UNREACHABLE', mayHaveHappened: false });
  });

  it('ends by itself when no answer comes', async () => {
    const { client } = await given([() => undefined], { timeoutMs: 50, patienceMs: 0 });
    const fault = await faultOf(client.me());
    expect(fault).toMatchObject({ kind: 'UNREACHABLE', mayHaveHappened: true });
  });

  it('that the API does not take is not tried again', async () => {
    const { client, bodies } = await given([errors('UNAUTHENTICATED', 401)]);
    const fault = await faultOf(client.me());
    expect(fault).toMatchObject({ kind: 'REFUSED', code: 'UNAUTHENTICATED' });
    expect(bodies).toHaveLength(1);
  });

  it('tells the correlation id of a failure of the API', async () => {
    const { client } = await given([errors('INTERNAL')], { patienceMs: 0 });
    const fault = await faultOf(client.me());
    expect(fault).toMatchObject({ kind: 'FAILED', correlationId: 'c-1' });
  });

  it('believes no answer of another shape', async () => {
    const { client } = await given([json({ data: { me: { merchant: { id: 7 } } } })]);
    expect(await faultOf(client.me())).toMatchObject({ kind: 'UNREADABLE' });
  });
});

it('reads a list to its end, page after page', async () => {
  const page = (ids: string[], endCursor: string | null) =>
    json({
      data: {
        charges: {
          nodes: ids.map((id) => ({ ...charge, id })),
          pageInfo: { hasNextPage: endCursor !== null, endCursor },
        },
      },
    });
  const { client, bodies } = await given([page(['ch_3', 'ch_2'], 'c2'), page(['ch_1'], null)]);
  const ids: string[] = [];
  for await (const { id } of client.allCharges({ orderIdPrefix: 'tea' })) ids.push(id);
  expect(ids).toEqual(['ch_3', 'ch_2', 'ch_1']);
  expect(JSON.parse(bodies[1] ?? '')).toMatchObject({
    variables: { filter: { orderIdPrefix: 'tea' }, first: 100, after: 'c2' },
  });
});
