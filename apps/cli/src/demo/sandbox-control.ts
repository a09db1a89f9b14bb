import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

export type Provider = 'PORTONE' | 'NEXI';

/** A card number with a fixed fate. */
export interface MagicCard {
  readonly provider: Provider;
  readonly number: string;
  readonly outcome: string;
  readonly at?: 'REGISTRATION';
}

/** What the provider's side says of money that moved. */
export interface LedgerLine {
  readonly provider: Provider;
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly reference: string;
  readonly orderReference: string;
  readonly billingKey: string | null;
  readonly amount: number;
  readonly currency: string;
}

/** The sandbox's own PortOne account. */
const PORTONE_CREDENTIALS = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };
/** Between two looks for a sandbox that is away. */
const AWAY_MS = 500;

/** What the sandbox answered when it took the question but not its content. */
class SandboxRefusal extends Error {}

/** The other side: what a provider, a card holder and a bank would do. */
export class SandboxControl {
  constructor(
    private readonly url: string,
    /** How long the sandbox may be away. */
    private readonly patienceMs: number,
  ) {}

  cards(): Promise<readonly MagicCard[]> {
    return this.ask('/control/cards');
  }

  /** Keys at the provider, as if the merchant had registered these cards before it came to us. */
  async agreements(provider: Provider, count: number, cardNumber: string): Promise<string[]> {
    const body = { provider, count, cardNumber };
    return (await this.ask<{ ids: string[] }>('/control/agreements', { body })).ids;
  }

  /** What the card holder does on the provider's page. */
  async completeCheckout(paymentUrl: string, cardNumber: string): Promise<void> {
    const paymentId = new URL(paymentUrl).searchParams.get('pid') ?? '';
    await this.ask(`/control/checkouts/${paymentId}/complete`, { body: { cardNumber } });
  }

  /** The merchant's own way to a new card under an old key: PortOne replaces the card. */
  async replaceCard(customerUid: string, cardNumber: string): Promise<void> {
    const { access_token: token } = await this.portone<{ access_token: string }>(
      '/users/getToken',
      { body: PORTONE_CREDENTIALS },
    );
    await this.portone(`/subscribe/customers/${encodeURIComponent(customerUid)}`, {
      body: { card_number: cardNumber, expiry: '2031-12', birth: '900101', pwd_2digit: '00' },
      headers: { authorization: token },
    });
  }

  /** How often the provider was asked to charge under this reference. */
  async countCharges(reference: string): Promise<number> {
    const path = `/control/requests?method=POST&reference=${encodeURIComponent(reference)}`;
    return (await this.ask<unknown[]>(path)).length;
  }

  async *ledger(): AsyncGenerator<LedgerLine> {
    const response = await this.fetch('/control/ledger');
    if (!response.body) return;
    const lines = createInterface({ input: Readable.fromWeb(response.body as never) });
    for await (const line of lines) if (line) yield JSON.parse(line) as LedgerLine;
  }

  private async portone<Answer>(path: string, request: Request): Promise<Answer> {
    const answer = await this.ask<{ code: number; message: string; response: Answer }>(
      `/portone${path}`,
      request,
    );
    if (answer.code !== 0) throw new SandboxRefusal(`PortOne refused ${path}: ${answer.message}`);
    return answer.response;
  }

  private async ask<Answer>(path: string, request: Request = {}): Promise<Answer> {
    const response = await this.fetch(path, request);
    return (await response.json()) as Answer;
  }

  /** A sandbox that is being started again is waited for. */
  private async fetch(path: string, { body, headers = {} }: Request = {}): Promise<Response> {
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      try {
        const response = await fetch(`${this.url}${path}`, {
          headers: { 'content-type': 'application/json', ...headers },
          ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
        });
        if (response.ok) return response;
        throw new SandboxRefusal(`the sandbox answered ${response.status} to ${path}`);
      } catch (error) {
        if (error instanceof SandboxRefusal || performance.now() > deadline) throw error;
        await pause(AWAY_MS);
      }
    }
  }
}

interface Request {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}
