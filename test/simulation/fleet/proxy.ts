import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What befalls the next bytes that a client sends through a proxy, once. */
export type Trouble =
  /** These bytes arrive later, and what follows them on the connection waits. */
  | { readonly kind: 'DELAY'; readonly ms: number }
  /** The connection is closed; the bytes never arrive. */
  | { readonly kind: 'DROP' }
  /** The same with a reset. */
  | { readonly kind: 'RESET' }
  /** The bytes arrive, then the client's half is closed. */
  | { readonly kind: 'HALF_CLOSE' }
  /** So many bytes arrive, then nothing moves, either way, and nobody is told; until a reset, as a kernel's patience ends. */
  | { readonly kind: 'BLACK_HOLE'; readonly afterBytes: number; readonly forMs: number }
  /** A COMMIT arrives at PostgreSQL; its client is reset before it can hear of it. */
  | { readonly kind: 'CUT_AFTER_COMMIT' };

export interface Proxy {
  readonly port: number;
  readonly url: string;
  /** Befalls the next fitting bytes of any connection; several wait in line. */
  trouble(trouble: Trouble): void;
  /** What troubles struck so far, by kind. */
  readonly struck: Readonly<Record<string, number>>;
  /** Forgets the troubles that wait, and ends connections that were left in a black hole. */
  calm(): void;
  /** Resets every connection there is. */
  cutAll(): void;
  /** Refuses new connections while it is down, and resets those there are. */
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}

/** As the protocol of PostgreSQL carries it: text, closed by a zero byte. */
const COMMIT = Buffer.from('COMMIT\0');
/** Between two targets: those that are down answer at once. */
const CONNECT_AGAIN_MS = 20;

class Connection {
  isLost = false;
  private pending: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
    private readonly takeTrouble: (chunk: Buffer) => Trouble | undefined,
  ) {
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.end());
    }
    client.on('data', (chunk: Buffer) => this.fromClient(chunk));
    upstream.on('data', (chunk: Buffer) => {
      if (!this.isLost) client.write(chunk);
    });
    client.on('end', () => this.later(() => upstream.end()));
    upstream.on('end', () => {
      if (!this.isLost) client.end();
    });
    client.on('close', () => this.end());
    upstream.on('close', () => {
      if (!this.isLost) this.end();
    });
  }

  reset(): void {
    for (const socket of [this.client, this.upstream])
      if (!socket.destroyed) socket.resetAndDestroy();
  }

  end(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  private fromClient(chunk: Buffer): void {
    if (this.isLost) return;
    const trouble = this.takeTrouble(chunk);
    switch (trouble?.kind) {
      case 'DROP':
        return this.end();
      case 'RESET':
        return this.reset();
      case 'BLACK_HOLE':
        this.isLost = true;
        this.upstream.write(chunk.subarray(0, trouble.afterBytes));
        setTimeout(() => this.reset(), trouble.forMs).unref();
        return;
      case 'HALF_CLOSE':
        this.later(() => this.upstream.end(chunk));
        return;
      case 'CUT_AFTER_COMMIT':
        this.isLost = true; // the answer stays with us
        this.upstream.write(chunk, () => this.client.resetAndDestroy());
        return;
      case 'DELAY':
        this.pending = this.pending.then(() => pause(trouble.ms));
        this.waiting += 1;
        void this.pending.then(() => (this.waiting -= 1));
        break;
      case undefined:
    }
    this.later(() => this.upstream.write(chunk));
  }

  /** In order: at once, unless something before it waits. */
  private later(act: () => void): void {
    if (this.waiting === 0) return act();
    this.waiting += 1;
    this.pending = this.pending.then(() => {
      this.waiting -= 1;
      if (!this.upstream.destroyed) act();
    });
  }
}

const fits = (trouble: Trouble, chunk: Buffer): boolean =>
  trouble.kind !== 'CUT_AFTER_COMMIT' || chunk.includes(COMMIT);

/** Between a client and whoever answers at the target's port; with several targets, those that answer in turn. */
export const createProxy = async (targets: () => readonly number[]): Promise<Proxy> => {
  const connections = new Set<Connection>();
  const waiting: Trouble[] = [];
  const struck: Record<string, number> = {};
  let isDown = false;
  let turn = 0;

  const takeTrouble = (chunk: Buffer): Trouble | undefined => {
    const index = waiting.findIndex((trouble) => fits(trouble, chunk));
    const [trouble] = index < 0 ? [] : waiting.splice(index, 1);
    if (trouble) struck[trouble.kind] = (struck[trouble.kind] ?? 0) + 1;
    return trouble;
  };
  const open = (client: Socket): void => {
    client.on('error', () => undefined);
    const ports = targets();
    turn += 1;
    const attempt = (left: number): void => {
      const port = ports[(turn + left) % Math.max(1, ports.length)];
      if (isDown || port === undefined || left === 0) return void client.resetAndDestroy();
      const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      const again = () => void setTimeout(() => attempt(left - 1), CONNECT_AGAIN_MS);
      upstream.once('error', again);
      upstream.once('connect', () => {
        upstream.off('error', again);
        const connection = new Connection(client, upstream, takeTrouble);
        connections.add(connection);
        client.once('close', () => connections.delete(connection));
        client.resume();
      });
    };
    client.pause();
    attempt(ports.length);
  };
  const server: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, open);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const cutAll = () => {
    for (const connection of connections) connection.reset();
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    trouble: (trouble) => void waiting.push(trouble),
    struck,
    calm: () => {
      waiting.length = 0;
      for (const connection of connections) if (connection.isLost) connection.reset();
    },
    cutAll,
    setDown: (down) => {
      isDown = down;
      if (down) cutAll();
    },
    close: async () => {
      cutAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
