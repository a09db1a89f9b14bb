import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { createSandbox, type Sandbox } from '../../sandbox.js';

export const SECRET_KEY = 'test-secret-key-sandbox';
export const VISA = '4925000000000004';

type Json = Record<string, unknown>;

interface Answer {
  readonly status: number;
  // What a test reads out of a body is whatever the test expects there.
  readonly body: any;
  readonly text: string;
}

export const orderOf = (amount: number, reference = 'order-1', currency = 'SEK'): Json => ({
  amount,
  currency,
  reference,
  items: [
    {
      reference: 'item-1',
      name: 'Monthly fee',
      quantity: 1,
      unit: 'pcs',
      unitPrice: amount,
      taxRate: 0,
      taxAmount: 0,
      grossTotalAmount: amount,
      netTotalAmount: amount,
    },
  ],
});

export const registrationOf = (changes: Json = {}): Json => ({
  order: orderOf(0, 'registration-1'),
  checkout: {
    integrationType: 'HostedPaymentPage',
    returnUrl: 'https://shop.example/return?step=2',
    cancelUrl: 'https://shop.example/cancel',
    termsUrl: 'https://shop.example/terms',
  },
  unscheduledSubscription: { create: true },
  ...changes,
});

/** The sandbox in this process, spoken to as a merchant's server would. */
export class NexiDriver {
  private constructor(readonly sandbox: Sandbox) {}

  static async start(dataDir?: string): Promise<NexiDriver> {
    return new NexiDriver(await createSandbox(dataDir === undefined ? {} : { dataDir }));
  }

  async call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    sent: { body?: unknown; headers?: Record<string, string>; raw?: string } = {},
  ): Promise<Answer> {
    const payload = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
    const answer = await this.sandbox.app.inject({
      method,
      url: `/nexi${path}`,
      headers: {
        authorization: SECRET_KEY,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...sent.headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const isJson = String(answer.headers['content-type'] ?? '').includes('json');
    const body: unknown = isJson && answer.payload !== '' ? answer.json() : undefined;
    return { status: answer.statusCode, body, text: answer.payload };
  }

  async control(path: string, body: Json): Promise<Answer> {
    const answer = await this.sandbox.app.inject({
      method: 'POST',
      url: `/control${path}`,
      payload: body,
    });
    return { status: answer.statusCode, body: answer.json(), text: answer.payload };
  }

  async agreements(count: number, cardNumber = VISA): Promise<string[]> {
    const { body } = await this.control('/agreements', { provider: 'NEXI', count, cardNumber });
    return body.ids;
  }

  async ledger(): Promise<Json[]> {
    const lines: Json[] = [];
    for await (const line of this.sandbox.core.ledger.lines())
      if (line !== '') lines.push(JSON.parse(line) as Json);
    return lines;
  }

  /** Moves the account's clock on by so many milliseconds, and all that is due happens. */
  async elapse(ms: number): Promise<void> {
    const at = new Date(this.sandbox.core.clock.nowMs(SECRET_KEY) + ms).toISOString();
    await this.control('/clock', { at, account: SECRET_KEY });
  }

  async close(): Promise<void> {
    await this.sandbox.close();
  }
}

interface Delivery {
  readonly authorization: string | undefined;
  readonly headers: Record<string, unknown>;
  readonly body: any;
}

/**
 * A merchant's webhook address that remembers what came; `statuses` are its next answers, then 200.
 */
export class WebhookReceiver {
  readonly deliveries: Delivery[] = [];
  statuses: number[] = [];
  private constructor(private readonly server: Server) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        const { authorization, ...headers } = request.headers;
        receiver.deliveries.push({ authorization, headers, body: JSON.parse(text) });
        response.writeHead(receiver.statuses.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  registerFor(...events: string[]): Json {
    return {
      webHooks: events.map((eventName) => ({
        eventName,
        url: this.url,
        authorization: 'secret0123456789',
      })),
    };
  }

  names(): string[] {
    return this.deliveries.map((delivery) => delivery.body.event);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
