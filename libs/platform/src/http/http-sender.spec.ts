import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createHttpSender, type HttpSender, type HttpSenderOptions } from './index.js';

type Listening = { readonly url: string; readonly close: () => Promise<void> };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const sender = (options: Partial<HttpSenderOptions> = {}): HttpSender => {
  const created = createHttpSender(options);
  closers.push(() => created.close());
  return created;
};

const listen = async (
  server: Server | ReturnType<typeof createTcpServer>,
  sockets = new Set<Socket>(),
): Promise<Listening> => {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = () =>
    new Promise<void>((done) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => done());
    });
  closers.push(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};

const serve = (handle: (request: IncomingMessage, response: ServerResponse) => void) =>
  listen(createServer(handle));
const serveBytes = (handle: (socket: Socket) => void) => listen(createTcpServer(handle));

describe('the HTTP client', () => {
  it('sends what it is given, byte for byte, and answers with the whole answer', async () => {
    const seen: { method?: string; url?: string; body: string; authorization?: string }[] = [];
    const { url } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { method, url: path, headers } = request;
        seen.push({ method, url: path, body, authorization: headers.authorization });
        response.writeHead(207, { 'X-Some': 'thing' }).end('{"이름":"값"}');
      });
    });
    const answer = await sender().send({
      method: 'POST',
      url: `${url}/a%2Fb?c=1`,
      headers: { authorization: 'secret', 'content-type': 'application/json' },
      body: '{"amount":10.50}',
    });
    expect(answer).toMatchObject({ kind: 'ANSWERED', status: 207, text: '{"이름":"값"}' });
    expect(answer.kind === 'ANSWERED' && answer.headers['x-some']).toBe('thing');
    expect(seen).toEqual([
      { method: 'POST', url: '/a%2Fb?c=1', body: '{"amount":10.50}', authorization: 'secret' },
    ]);
  });

  it('hands a redirect back instead of following it', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const answer = await sender().send({ method: 'GET', url });
    expect(answer).toMatchObject({ kind: 'ANSWERED', status: 302 });
    expect(requests).toBe(1);
  });

  it('says NOT_SENT when nobody listens, also to calls that wait for a connection', async () => {
    const { url, close } = await serveBytes(() => undefined);
    await close();
    const http = sender({ connections: 4 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => http.send({ method: 'POST', url, body: '{}' })),
    );
    expect(new Set(answers.map((answer) => answer.kind))).toEqual(new Set(['NOT_SENT']));
    expect(answers[0]).toEqual({ kind: 'NOT_SENT', reason: 'ECONNREFUSED' });
  });

  it('says NOT_SENT when the name does not resolve', async () => {
    const answer = await sender().send({ method: 'POST', url: 'http://no-such-host.invalid/' });
    expect(answer.kind).toBe('NOT_SENT');
  });

  it('says NOT_SENT for a header that no request can carry, and does not repeat it', async () => {
    const answer = await sender().send({
      method: 'POST',
      url: 'http://127.0.0.1:9/',
      headers: { authorization: 'line\nbreak' },
    });
    expect(answer.kind).toBe('NOT_SENT');
    expect(JSON.stringify(answer)).not.toContain('break');
  });

  it('says NOT_SENT when the TLS handshake never happens', async () => {
    const { url } = await serveBytes((socket) => socket.destroy());
    const answer = await sender().send({ method: 'POST', url: url.replace('http', 'https') });
    expect(answer.kind).toBe('NOT_SENT');
  });

  it('says NOT_SENT when a connect hangs, long before the deadline', async () => {
    const { url } = await serveBytes(() => undefined);
    const http = sender({ connectTimeoutMs: 200 });
    const answer = await http.send({ method: 'POST', url: url.replace('http', 'https') });
    expect(answer).toEqual({ kind: 'NOT_SENT', reason: 'UND_ERR_CONNECT_TIMEOUT' });
  });

  it('says NOT_SENT when no connection is free in time, and never sends it later', async () => {
    const paths: string[] = [];
    const held: ServerResponse[] = [];
    const { url } = await serve((request, response) => {
      paths.push(request.url ?? '');
      held.push(response);
    });
    const http = sender({ connections: 1 });
    const first = http.send({ method: 'POST', url: `${url}/first`, body: '{}' });
    while (held.length < 1) await new Promise((tick) => setImmediate(tick));
    const waited = await http.send({ method: 'POST', url: `${url}/late`, deadlineMs: 30 });
    expect(waited.kind).toBe('NOT_SENT');
    held[0]?.end('{}');
    expect((await first).kind).toBe('ANSWERED');
    const third = http.send({ method: 'POST', url: `${url}/third`, deadlineMs: 10_000 });
    while (held.length < 2) await new Promise((tick) => setImmediate(tick));
    held[1]?.end('{}');
    expect((await third).kind).toBe('ANSWERED');
    expect(paths).toEqual(['/first', '/third']);
  });

  const broken: Record<string, (socket: Socket) => void> = {
    'the connection is reset under a sent request': (socket) => socket.resetAndDestroy(),
    'the connection closes without an answer': (socket) => socket.end(),
    'the body ends before its stated length': (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"code":0'),
    'the connection is reset in the middle of the body': (socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"c', () =>
        socket.resetAndDestroy(),
      ),
    'the chunked body is cut': (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"cod\r\n'),
    'the answer is no HTTP': (socket) => socket.end('220 mail ready\r\n'),
    'the answer is longer than allowed': (socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`),
    'the answer is encoded though we asked for none': (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}'),
    'the answer never comes': () => undefined,
    'the answer never ends': (socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{'),
  };
  it.each(Object.entries(broken))('says NO_ANSWER when %s, after one send', async (_name, act) => {
    let requests = 0;
    const { url } = await serveBytes((socket) =>
      socket.once('data', () => {
        requests += 1;
        act(socket);
      }),
    );
    const http = sender({ maxAnswerBytes: 4096 });
    // Long enough to connect on a busy machine.
    const answer = await http.send({ method: 'POST', url, body: '{"a":1}', deadlineMs: 1_000 });
    expect(answer.kind).toBe('NO_ANSWER');
    expect(requests).toBe(1);
  });

  it('says NO_ANSWER, once, when a reused connection is reset under a request', async () => {
    const received: string[] = [];
    const { url } = await serveBytes((socket) => {
      let requests = 0;
      socket.on('data', (bytes) => {
        received.push(bytes.toString().split(' ')[1] ?? '');
        requests += 1;
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
        else socket.resetAndDestroy();
      });
    });
    const http = sender({ connections: 1 });
    expect((await http.send({ method: 'POST', url: `${url}/1`, body: '{}' })).kind).toBe(
      'ANSWERED',
    );
    const reset = await http.send({ method: 'POST', url: `${url}/2`, body: '{}' });
    expect(reset.kind).toBe('NO_ANSWER');
    const next = await http.send({ method: 'POST', url: `${url}/3`, body: '{}' });
    expect(next.kind).toBe('ANSWERED');
    expect(received).toEqual(['/1', '/2', '/3']);
  });

  it('does not pipeline: a second request waits for the first answer', async () => {
    const held: ServerResponse[] = [];
    const { url } = await serve((_request, response) => void held.push(response));
    const http = sender({ connections: 1 });
    const both = [1, 2].map(() => http.send({ method: 'POST', url, body: '{}' }));
    while (held.length < 1) await new Promise((tick) => setImmediate(tick));
    await new Promise((tick) => setTimeout(tick, 20));
    expect(held).toHaveLength(1);
    held[0]?.end('{}');
    while (held.length < 2) await new Promise((tick) => setImmediate(tick));
    held[1]?.end('{}');
    await Promise.all(both);
  });

  it('takes a 1xx as an announcement and waits for the answer', async () => {
    const { url } = await serve((_request, response) => {
      response.writeProcessing();
      response.writeHead(200).end('{"code":0}');
    });
    const answer = await sender().send({ method: 'GET', url });
    expect(answer).toMatchObject({ kind: 'ANSWERED', status: 200, text: '{"code":0}' });
  });
});
