import { connect, type Socket } from 'node:net';

export interface Load {
  port: number;
  connections: number;
  seconds: number;
  /** The n-th request, head and body. */
  requestOf: (n: number) => string;
  /** What every answer must hold, so that a refusal is not counted as work. */
  expected: string;
}

const LENGTH = /content-length: (\d+)/i;
const HEAD_END = '\r\n\r\n';

/**
 * Keep-alive connections that each send the next request when the last was answered. Bare sockets:
 * an HTTP client costs more than the server that is measured.
 */
export const drive = async (load: Load): Promise<number> => {
  const count = { sent: 0, answered: 0 };
  const endAtMs = performance.now() + load.seconds * 1000;
  const lanes = Array.from({ length: load.connections }, () => runLane(load, count, endAtMs));
  const startedAtMs = performance.now();
  await Promise.all(lanes);
  return count.answered / ((performance.now() - startedAtMs) / 1000);
};

const runLane = (
  load: Load,
  count: { sent: number; answered: number },
  endAtMs: number,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket: Socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
    const send = (): void => {
      count.sent += 1;
      socket.write(load.requestOf(count.sent));
    };
    let received = '';
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (text: string) => {
      received += text;
      if (!isWhole(received)) return;
      if (!received.includes(load.expected)) {
        socket.destroy();
        reject(new Error(`expected ${load.expected}, found ${received}`));
        return;
      }
      received = '';
      count.answered += 1;
      if (performance.now() < endAtMs) send();
      else socket.end(resolve);
    });
  });

const isWhole = (received: string): boolean => {
  const head = received.indexOf(HEAD_END);
  const length = LENGTH.exec(received)?.[1];
  return head >= 0 && received.length >= head + HEAD_END.length + Number(length ?? 0);
};
