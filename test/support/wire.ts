import { setTimeout as pause } from 'node:timers/promises';
import type { House } from './house.js';

/** A request as the sandbox noted it. */
export interface SeenRequest {
  readonly provider: 'PORTONE' | 'NEXI';
  readonly method: string;
  readonly path: string;
  readonly reference: string | null;
  readonly fate?: string;
}

/** What sends money: a single charge of either provider, or a bulk operation. */
const SEND = /\/payments\/again$|\/unscheduledsubscriptions(\/[^/]+)?\/charges$/;
/** What pays money back. */
const REFUND = /\/payments\/cancel$|\/refunds$/;
/** Two busy cores; what takes longer than this does not come at all. */
const PATIENCE_MS = 20_000;

/** The provider's side of the wire. */
export class Wire {
  constructor(private readonly house: House) {}

  async requests(): Promise<SeenRequest[]> {
    return (await (await this.house.control('requests')).json()) as SeenRequest[];
  }

  /** Every request that could have moved money, under one reference or any, in order. */
  async sends(reference?: string): Promise<SeenRequest[]> {
    return (await this.requests()).filter(
      (request) =>
        request.method === 'POST' &&
        SEND.test(request.path) &&
        (reference === undefined || request.reference === reference),
    );
  }

  /** Every request that could have paid money back, in order. */
  async refunds(): Promise<SeenRequest[]> {
    return (await this.requests()).filter(
      ({ method, path }) => method === 'POST' && REFUND.test(path),
    );
  }

  /** What was asked under a reference, without sending anything. */
  async looks(reference: string): Promise<SeenRequest[]> {
    return (await this.requests()).filter(
      ({ method, path }) => method === 'GET' && path.includes(reference),
    );
  }

  /** The next send after these many; waits until it is in. */
  sendAfter(count: number): Promise<SeenRequest> {
    return nthOf(count, () => this.sends());
  }

  /** As `sendAfter`, of what pays back. */
  refundAfter(count: number): Promise<SeenRequest> {
    return nthOf(count, () => this.refunds());
  }

  /** A call of somebody else who has the PortOne account's credentials. */
  async portone<Response>(path: string, body?: object): Promise<Response> {
    const credentials = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };
    const { access_token } = await this.call<{ access_token: string }>(
      '/users/getToken',
      credentials,
    );
    return this.call(path, body, access_token);
  }

  private async call<Response>(path: string, body?: object, token = ''): Promise<Response> {
    const answer = await fetch(`${this.house.sandbox.url}/portone${path}`, {
      headers: { 'content-type': 'application/json', authorization: token },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    const { code, message, response } = (await answer.json()) as {
      code: number;
      message: string;
      response: Response;
    };
    if (code !== 0) throw new Error(`${path}: ${message}`);
    return response;
  }
}

const nthOf = async (
  count: number,
  list: () => Promise<readonly SeenRequest[]>,
): Promise<SeenRequest> => {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = (await list())[count];
    if (found) return found;
    if (performance.now() > giveUpAt) throw new Error('expected a send, found none');
    await pause(10);
  }
};
