import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createHttpSender } from '#platform/http';
import type { AccountAccess, Provider } from '#providers/contract';
import { NexiProvider } from '#providers/nexi';
import { PortoneProvider } from '#providers/portone';

/** Shortened from 35 s and 5 s: what hangs, hangs until then. */
const http = createHttpSender({ deadlineMs: 1_500, connectTimeoutMs: 1_000 });
afterAll(() => http.close());

const TOKEN = JSON.stringify({
  ...{ code: 0, message: null },
  response: { access_token: 't', now: 0, expired_at: 1_800 },
});
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** What happens once the request is read. Nothing may be believed of it. */
const AFTER_THE_FIRST_BYTE: Readonly<Record<string, (socket: Socket) => void>> = {
  'is reset before it answers': (socket) => socket.resetAndDestroy(),
  'closes without a word': (socket) => socket.end(),
  'says nothing until the deadline': () => undefined,
  'is reset after the status line': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\n', () => socket.resetAndDestroy()),
  'closes in the middle of the body': (socket) =>
    socket.end(`${HEAD}content-length: 100\r\n\r\n{"code":0`),
  'is reset in the middle of the body': (socket) =>
    socket.write(`${HEAD}content-length: 100\r\n\r\n{"code":0`, () => socket.resetAndDestroy()),
  'hangs in the middle of the body': (socket) =>
    void socket.write(`${HEAD}content-length: 100\r\n\r\n{"code":0`),
  'breaks off its chunks': (socket) =>
    socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n9\r\n{"code":0\r\n`),
  'speaks another protocol': (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  'answers with nothing in the body': (socket) => socket.end(`${HEAD}content-length: 0\r\n\r\n`),
  'answers in an encoding nobody asked for': (socket) =>
    socket.end(`${HEAD}content-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc`),
};

const order = {
  ...{ orderId: 'order-1', name: 'Tea', items: [] },
  amount: { amountMinor: 9_900, currency: 'KRW' },
};
const charge = { providerReference: 'a'.repeat(32), providerKey: 'b'.repeat(32), order };
const refund = {
  ...{ reference: 'c'.repeat(32), providerPaymentId: 'd'.repeat(32), reason: 'returned' },
  ...{ providerChargeId: 'e'.repeat(32), amount: order.amount, order },
  ...{ capturedMinor: 9_900, refundedBeforeMinor: 0 },
};
const schedule = { ...charge, dueAtSeconds: 2_000_000_000 };
const bulk = { externalOperationId: 'f'.repeat(32), items: [charge] };

const accountAt = (provider: Provider, baseUrl: string): AccountAccess => ({
  ...{ providerAccountId: 'account', provider: provider.name, baseUrl },
  credentials: { imp_key: 'k', imp_secret: 's', secret_key: 's', checkout_key: 'c' },
  ...{
    webhookSecret: 'secret',
    notificationUrl: 'http://127.0.0.1:1/',
    termsUrl: 'http://x.example',
  },
  ...{ replay: 'ENFORCED', isReferenceReusable: true, isRawCardRegistrationOn: false },
});

/** Everything that moves money, at each provider that has it. */
const sends = (provider: Provider, account: AccountAccess) => {
  const common = [
    provider.sendCharge(account, provider.describeCharge(account, charge)),
    provider.sendRefund(account, provider.describeRefund(account, refund)),
  ];
  return provider.name === 'NEXI'
    ? [...common, provider.sendBulk(account, provider.describeBulk(account, bulk))]
    : [...common, provider.sendSchedule(account, provider.describeSchedule(account, schedule))];
};
const kindsOf = async (provider: Provider, baseUrl: string): Promise<string[]> => {
  const outcomes = await Promise.all(sends(provider, accountAt(provider, baseUrl)));
  return outcomes.map(({ kind }) => kind);
};

const listen = async (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const isTokenCall = ({ url }: IncomingMessage) => url?.endsWith('/getToken') === true;

describe.each<[string, () => Provider]>([
  ['PortOne', () => new PortoneProvider(http)],
  ['Nexi', () => new NexiProvider(http)],
])('money on its way to %s', (_, create) => {
  it.each(Object.entries(AFTER_THE_FIRST_BYTE))(
    'is UNKNOWN where the line %s',
    async (_name, act) => {
      const server = createHttpServer((request, answer) => {
        if (isTokenCall(request)) answer.end(TOKEN);
        else request.resume().on('end', () => act(request.socket));
      });
      const port = await listen(server);
      expect(await kindsOf(create(), `http://127.0.0.1:${port}`)).toEqual(Array(3).fill('UNKNOWN'));
      server.closeAllConnections();
      server.close();
    },
  );

  it('is NOT_SENT where nobody listens', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await kindsOf(create(), `http://127.0.0.1:${port}`)).toEqual(Array(3).fill('NOT_SENT'));
  });

  it('is NOT_SENT where the name is nobody’s', async () => {
    const kinds = await kindsOf(create(), 'http://nobody.invalid');
    expect(kinds).toEqual(Array(3).fill('NOT_SENT'));
  });

  it('is NOT_SENT where the TLS handshake fails', async () => {
    const server = createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const port = await listen(server);
    expect(await kindsOf(create(), `https://127.0.0.1:${port}`)).toEqual(Array(3).fill('NOT_SENT'));
    server.close();
  });
});
