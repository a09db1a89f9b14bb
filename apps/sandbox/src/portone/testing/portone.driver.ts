import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../sandbox.js';

export const APPROVED_CARD = '4330-1200-0000-0009';
export const POOR_CARD = '4000-0000-0000-0010';
export const POOR_REFUSED_CARD = '4000-0100-0000-0019';
export const LATE_CARD = '4000-0200-0000-0018';

export interface Answer {
  status: number;
  code: number;
  message: string | null;
  // What a test reads out of a body is whatever the test expects there.
  response: any;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The sandbox in this process, spoken to as a merchant's server would. */
export class PortoneDriver {
  token = '';

  private constructor(readonly sandbox: Sandbox) {}

  static async start(options: SandboxOptions = {}): Promise<PortoneDriver> {
    const driver = new PortoneDriver(await createSandbox(options));
    driver.token = (await driver.getToken()).response.access_token;
    return driver;
  }

  getToken(key = 'imp_sandbox', secret = 'imp_sandbox_secret'): Promise<Answer> {
    return this.post('/users/getToken', { imp_key: key, imp_secret: secret });
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.call('POST', path, { body });
  }

  async call(
    method: Method,
    path: string,
    sent: { body?: unknown; raw?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const payload = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
    const answer = await this.sandbox.app.inject({
      method,
      url: `/portone${path}`,
      headers: {
        authorization: this.token,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...sent.headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const body = answer.json<Omit<Answer, 'status'>>();
    return { status: answer.statusCode, ...body };
  }

  /** A registered key whose charges end as its card says. */
  async makeKey(cardNumber = APPROVED_CARD): Promise<string> {
    const { ids } = await this.control('/agreements', {
      provider: 'PORTONE',
      count: 1,
      cardNumber,
    });
    return ids[0];
  }

  again(customerUid: string, merchantUid: string, more: object = {}): Promise<Answer> {
    const order = { customer_uid: customerUid, merchant_uid: merchantUid, amount: 9900 };
    return this.post('/subscribe/payments/again', { ...order, name: 'Monthly fee', ...more });
  }

  schedule(customerUid: string, schedules: object[], more: object = {}): Promise<Answer> {
    return this.post('/subscribe/payments/schedule', {
      customer_uid: customerUid,
      schedules,
      ...more,
    });
  }

  nowSeconds(): number {
    return Math.floor(this.sandbox.core.clock.nowMs('imp_sandbox') / 1000);
  }

  async moveClock(seconds: number): Promise<void> {
    const atMs = this.sandbox.core.clock.nowMs('imp_sandbox') + seconds * 1000;
    await this.control('/clock', { at: new Date(atMs).toISOString(), account: 'imp_sandbox' });
  }

  async control(path: string, body?: unknown, method: Method = 'POST'): Promise<any> {
    const answer = await this.sandbox.app.inject({
      method,
      url: `/control${path}`,
      ...(body === undefined ? {} : { payload: body as object }),
    });
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${answer.payload}`);
    return answer.json();
  }

  async ledger(): Promise<any[]> {
    const answer = await this.sandbox.app.inject({ method: 'GET', url: '/control/ledger' });
    return answer.payload
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }
}

export interface Received {
  contentType: string;
  body: string;
}

/** Something that listens for webhooks and answers as told. */
export class Receiver {
  readonly received: Received[] = [];
  statuses: number[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static start(): Promise<Receiver> {
    return new Promise((resolve) => {
      const server = createServer((request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => {
          receiver.received.push({ contentType: String(request.headers['content-type']), body });
          response.statusCode = receiver.statuses.shift() ?? 200;
          response.end();
        });
      });
      let receiver: Receiver;
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        receiver = new Receiver(server, `http://127.0.0.1:${port}/webhook`);
        resolve(receiver);
      });
    });
  }

  get bodies(): any[] {
    return this.received.map(({ body }) => JSON.parse(body));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
